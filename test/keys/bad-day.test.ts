import { beforeAll, beforeEach, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import type { Answer } from "#core/answers/schema.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme, presser } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { askAs, clearKeys, decideAs } from "./keys.ts";

const database = useDatabase();
let acme: Acme;
let brain: Brain;
let ask: ReturnType<typeof asker>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  brain = brainOf(database.pool);
  ask = asker(brain, acme);
});
beforeEach(() => clearKeys(database.owner));

async function act(who: string, text: string): Promise<Answer> {
  const answer = await ask(who, text);
  const [offered] = answer.actions;
  if (offered?.kind !== "press") return answer;
  return presser(brain, acme)(who, offered.verb, offered.token);
}

it("a block says what it does not stop: what calls its provider past the gateway", async () => {
  const nothing = await ask("ada", "block agent checkout-agent");
  expect(nothing.facts[1]?.value).toMatch(/^\$0 of \$[\d,.]+K? in 30 days through issued keys$/);
  expect(nothing.notes.join()).toContain(
    "What checkout-agent spends is called with keys that were not issued here: those go on.",
  );
});

it("a cap is raised for a while only where there is one, and only to more", async () => {
  const missing = await act("ada", "cap raise agent checkout-agent 75 today");
  expect([missing.state, missing.sentence]).toEqual([
    "refused",
    "There is no cap a day to raise for a while.",
  ]);
  await act("ada", "cap set agent checkout-agent 50 a day because runaway");
  const less = await act("ada", "cap set agent checkout-agent 20 today");
  expect(less.sentence).toContain("$20.00 is no more than the $50.00 a day that it has");
  expect((await act("ada", "cap raise agent checkout-agent 75 today")).sentence).toBe(
    "checkout-agent may use $75.00 a day until tonight.",
  );
  const { request } = await askAs(database.pool, acme, "u1");
  await decideAs(database.pool, acme, "ada", request.id);
  const key = await act("u1", "key raise tag-disputes 150 today because tests");
  expect(key.sentence).toContain("$150 is no more than the $200 a month that it has");
});

it("the glass is broken of what has a cap, and says of which", async () => {
  const nothing = await ask("sam", "break glass agent refund-agent because customers wait");
  expect([nothing.title, nothing.sentence]).toEqual([
    "Nothing to break",
    "refund-agent has no cap of its own.",
  ]);
  await act("ada", "cap set agent refund-agent 50 a day because runaway");
  const glass = await ask("sam", "break glass agent refund-agent because customers wait");
  expect(glass.sentence).toContain("The cap of refund-agent, $50.00 a day, would be 20% more");
  // Of what holds now: 20% more than less would give nothing.
  await act("ada", "cap raise agent refund-agent 75 today");
  const broken = await act("sam", "break glass agent refund-agent because customers wait");
  expect(broken.sentence).toContain("refund-agent may use $90.00 a day until");
});

it("a raise without an amount opens its form, and one's own keys are found", async () => {
  const { request } = await askAs(database.pool, acme, "u1");
  await decideAs(database.pool, acme, "ada", request.id);
  const raise = await ask("u1", "key raise tag-disputes");
  expect(raise.actions[0]).toMatchObject({ kind: "form", form: "key_raise" });
  const mine = await ask("u1", "keys of me");
  expect([mine.title, mine.sentence]).toEqual([
    "Keys of User One: 1",
    "User One has 1 key; their caps are HARD (gateway).",
  ]);
});

it("the log is read in dollars and names", async () => {
  const { request } = await askAs(database.pool, acme, "u1");
  const change = { kind: "approve", change: { capAmount: 100_000_000_000n } } as const;
  await decideAs(database.pool, acme, "ada", request.id, change);
  const log = await ask("ada", "audit key tag-disputes");
  const said = JSON.stringify(log.table?.rows);
  expect(said).toContain("cap $200.00 > $100.00");
  expect(said).toContain("owner User One");
  expect(said).toContain("scope payments");
  expect(said).not.toMatch(/\d{9}/);
});
