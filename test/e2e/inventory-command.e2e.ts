import { beforeAll, expect, it } from "vitest";
import { assignItem, retireItem, undoDecision } from "#core/inventory/decide.ts";
import { loadInventory } from "#core/inventory/service.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { planFile } from "#core/org/service.ts";
import { type Acme, append, makeAcme, NOW } from "#test/chat/acme.ts";
import { provenPeople, useCommandLine } from "#test/cli/use-command-line.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, exampleOf, fileOf } from "#test/org/organisation.ts";

const database = useDatabase();
const world = useCommandLine(database);
const { line } = world;
const as = provenPeople(database, world, () => acme);
let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  const call = (key: string, agent: string, index: number) => ({
    source: "seed",
    externalId: `call-${index}`,
    occurredAt: `2026-${index % 2 === 0 ? "10" : "11"}-21T10:00:00Z`,
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1_000, output: 10 },
    key,
    tags: { agent },
  });
  await append(database.pool, acme.orgId, [
    call("ci-nightly-7", "checkout-agent", 0),
    call("ci-nightly-7", "checkout-agent", 1),
    call("key-search", "crawler", 2),
    call("key-search", "crawler", 3),
  ]);
});

it("the inventory is listed and decided on the command line, with exit codes that say how it went", async () => {
  const list = await line("inventory", "keys", "--flag", "ownerless", "--json");
  expect([list.exitCode, JSON.parse(list.out).figures.listed.amount]).toEqual([0, "2"]);
  const csv = await line("inventory", "all", "--csv");
  expect(csv.out.split("\r\n")[0]).toMatch(/^kind,id,name,flags,provider/);
  expect(csv.out).toContain("model,gpt-4o,gpt-4o,");
  const wrong = await line("inventory", "--flag", "odd");
  expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining("'odd' is no flag")]);
  const none = await line("inventory", "key", "nobody");
  expect([none.exitCode, none.out]).toEqual([1, expect.stringContaining("called 'nobody'")]);

  const operator = await line("inventory", "claim", "key", "ci-nightly-7");
  expect([operator.exitCode, operator.out]).toEqual([1, expect.stringContaining("by people")]);
  const claimed = await as("ada", "inventory", "claim", "key", "ci-nightly-7");
  expect([claimed.exitCode, claimed.out]).toEqual([0, expect.stringContaining("You answer for")]);
  const given = ["--to", "Grace Hopper", "--cost-centre", "4711", "--use", "Nightly runs"];
  const assigned = await as("ada", "inventory", "assign", "key", "ci-nightly-7", ...given);
  expect(assigned.out).toContain("Grace Hopper answers for ci-nightly-7 from now on.");
  const retired = await as("grace", "inventory", "retire", "ci-nightly-7");
  expect(retired.out).toContain("marked as retired");
  const set = await as("grace", "inventory", "set", "key-search", "--use", "Search");
  expect(set.out).toContain("is saved; aispend.yaml does not overwrite it unasked");
});

it("a vendor is reviewed on the command line", async () => {
  const list = await line("vendors");
  expect(list.out).toContain("No spend requires a review yet");
  const nameless = await line("vendors", "--decide", "keep");
  expect([nameless.exitCode, nameless.err]).toEqual([
    1,
    expect.stringContaining("name of a vendor"),
  ]);
  const words = ["vendors", "openai", "--decide", "keep", "--because", "Cheapest of three"];
  const decided = await as("fin", ...words, "--next", "2027-06-01");
  expect(decided.out).toContain("openai: keep; it is reviewed again 1 Jun 2027.");
  expect((await as("ada", ...words)).exitCode).toBe(1);
});

it("what is assigned in chat is asked about by the file, never overwritten, and in no other organisation", async () => {
  const text = exampleOf("filed");
  const { orgId } = await apply(database.pool, text);
  const { orgId: besideId } = await apply(database.pool, exampleOf("beside"));
  const people = (await loadDirectory(database.pool, orgId)).peopleByName;
  const [ana = 0, ben = 0] = [people.get("ana"), people.get("ben")];
  const { items } = await loadInventory(database.pool, orgId, NOW);
  expect(items.map(({ kind, id, flags }) => [kind, id, flags.join(" ")])).toEqual([
    ["payment_method", "corporate-card", ""],
    ["account", "org-acme-1", ""],
    ["key", "key_4f2a", ""],
    ["seat_plan", "cursor-business", ""],
  ]);
  const by = { personId: ana, actorAccount: "slack:T1:U1", surface: "slack" };
  const press = { orgId, kind: "key", id: "key_4f2a", seen: 0, by, now: NOW } as const;
  await assignItem(database.pool, press, { to: ben });
  const { lines } = await planFile(database.pool, fileOf(text), NOW);
  expect(lines).toEqual([
    "Nothing else to change in filed; 1 value last set in chat: --take file or --take chat.",
    "! key ci-nightly: owner ben since 2026-11-22 14:30 UTC, set in chat by Ana Ruiz; " +
      "the file says eve",
  ]);
  const next = (await loadDirectory(database.pool, besideId)).peopleByName.get("ana") ?? 0;
  const mine = { ...press, orgId: besideId, by: { ...by, personId: next } };
  const account = { ...mine, kind: "account", id: "org-acme-1" } as const;
  await expect(retireItem(database.pool, account)).rejects.toMatchObject({
    message: "OpenAI production is still named by ci-nightly",
  });
  const { item: key } = await retireItem(database.pool, mine);
  const { item } = await retireItem(database.pool, account);
  expect([key.retiredOn, item.retiredOn]).toEqual(["2026-11-22", "2026-11-22"]);
  await undoDecision(database.pool, { ...account, seen: item.decision?.id ?? 0 });
  await undoDecision(database.pool, { ...mine, seen: key.decision?.id ?? 0 });
  const beside = await planFile(database.pool, fileOf(exampleOf("beside")), NOW);
  expect(beside.lines).toEqual(["Nothing to change: beside is as the file says."]);
});
