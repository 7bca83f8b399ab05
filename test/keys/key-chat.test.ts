import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain, Form } from "#apps/chat/surface.ts";
import type { Answer } from "#core/answers/schema.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  personId,
  presser,
  privately,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { clearKeys, DOLLAR, scopeId, setBudget } from "./keys.ts";

const database = useDatabase();
let acme: Acme;
let brain: Brain;
let pressAs: ReturnType<typeof presser>;
let ask: ReturnType<typeof asker>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  brain = brainOf(database.pool);
  pressAs = presser(brain, acme);
  ask = asker(brain, acme);
  const link = (key: string) =>
    database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${key}`, personId(acme, key)],
    );
  for (const key of ["ada", "u1", "grace", "u2"]) await link(key);
  await database.owner.query(
    "insert into scope_member (org_id, scope_id, person_id) values ($1, $2, $3)",
    [acme.orgId, scopeId(acme, "payments"), personId(acme, "u2")],
  );
  await database.owner.query(
    `insert into scope_channel (org_id, scope_id, surface, destination)
     values ($1, $2, 'slack', 'C0PAY')`,
    [acme.orgId, scopeId(acme, "payments")],
  );
});
beforeEach(async () => {
  await clearKeys(database.owner);
  await setBudget(database.owner, acme, "payments", 12_000n * DOLLAR);
});

const from = (who: string) => privately(acme, who);

function formAs(who: string, name: string, token: string): Promise<Form | Answer> {
  return brain.form(name, token, from(who));
}

async function formOf(who: string, name: string, token: string): Promise<Form> {
  const form = await formAs(who, name, token);
  if (!("fields" in form)) throw new Error(form.sentence);
  return form;
}

const FIELDS = {
  use: "nightly dispute tagging",
  models: "claude-haiku-4-5",
  cap: "200",
  period: "month",
  until: "2027-01-31",
  environment: "ci",
  job: "tag-disputes",
};

async function request(who = "u2", more: Record<string, string> = {}): Promise<Answer> {
  const scope = String(scopeId(acme, "payments"));
  return pressAs(who, "key_request", "new", { ...FIELDS, scope, ...more });
}

interface Owed {
  body: Answer;
  destination: string;
  placement: string;
  kind: string;
  dedupe_key: string;
}

async function owed(kind = "key_request"): Promise<Owed[]> {
  const { rows } = await database.owner.query<Owed>(
    `select body, destination, placement, kind, dedupe_key from outbox
     where org_id = $1 and kind = $2 order by id`,
    [acme.orgId, kind],
  );
  return rows;
}

/** The token of the newest request. */
async function newest(): Promise<string> {
  const { rows } = await database.owner.query<{ id: number }>(
    "select max(id) as id from key_request",
  );
  return String(rows[0]?.id);
}

async function approve(who = "ada"): Promise<Answer> {
  return pressAs(who, "key_approve", await newest());
}

async function reveal(who = "u2"): Promise<Answer> {
  const { rows } = await database.owner.query<{ id: number }>(
    "select max(id) as id from virtual_key",
  );
  const shown = await formAs(who, "key_reveal", String(rows[0]?.id));
  if ("fields" in shown) throw new Error("a secret is no form");
  return shown;
}

describe("a key in chat", () => {
  it("is asked for in a form that offers only one's own scopes, with what the cap leaves", async () => {
    expect(brain.opens("key")).toEqual({ form: "key_request", token: "new" });
    expect(brain.opens("key ci-nightly-7")).toBeUndefined();
    const form = await formOf("u2", "key_request", "new");
    const scopes = form.fields.find(({ name }) => name === "scope");
    const labels = scopes?.kind === "choice" ? scopes.options.map(({ label }) => label) : [];
    expect(labels[0]).toMatch(/^payments \(leaves \$[\d,]+ of \$12,000\)$/);
    expect(labels.some((label) => label.startsWith("search"))).toBe(false);
    const nobody = await formAs("pia", "key_request", "new");
    expect("fields" in nobody ? "" : nobody.sentence).toMatch(/^You belong to no team/);
    const refused = await request("u2", { scope: String(scopeId(acme, "search")) });
    expect(refused.title).toBe("Not one of your scopes");
  });

  it("stands as a card in the channel and with the owner, and turns into its outcome", async () => {
    const asked = await request();
    expect(asked.sentence).toBe("I asked Ada Byron; you hear from me as soon as it is decided.");
    const cards = await owed();
    expect(cards.map(({ destination }) => destination)).toEqual([
      "C0PAY",
      `person:${personId(acme, "ada")}`,
    ]);
    const [card] = cards;
    expect(card?.body.sentence).toBe(
      "User Two asks for a key for payments, waiting for Ada Byron.",
    );
    expect(card?.body.actions.map(({ label }) => label)).toEqual([
      "Approve",
      "Change...",
      "Deny...",
      "Ask...",
    ]);
    expect(card?.body.notes[0]).toBe("Escalates to Grace Hopper on Tue 15:30.");
    const done = await approve();
    expect(done.sentence).toBe(
      "User Two asks for a key for payments: APPROVED 15:30 by Ada Byron, cap $200 a month.",
    );
    const edits = (await owed()).filter(({ placement }) => placement === "update");
    expect(edits.map(({ destination }) => destination)).toEqual(
      cards.map((one) => one.destination),
    );
    expect(edits[0]?.body.actions.map(({ label }) => label)).toEqual(["Undo", "Key"]);
    const [told] = await owed("key_outcome");
    expect(told?.destination).toBe(`person:${personId(acme, "u2")}`);
    expect(told?.body.actions[0]).toMatchObject({ kind: "form", form: "key_reveal" });
  });

  it("pressed again, by others or too late is answered politely and changes nothing", async () => {
    await request();
    const own = await pressAs("u2", "key_approve", await newest());
    expect([own.state, own.sentence]).toEqual([
      "refused",
      "You may not approve the key of payments.",
    ]);
    const [first, second] = await Promise.all([approve("ada"), approve("grace")]);
    const sentences = [first?.sentence, second?.sentence];
    expect(sentences.filter((one) => one?.endsWith("Your press changed nothing."))).toHaveLength(1);
    const unknown = await pressAs("ada", "key_approve", "nonsense");
    expect(unknown.title).toBe("That button no longer works");
  });

  it("is approved with changes, or denied with a reason that the asker reads", async () => {
    await request();
    const id = await newest();
    const form = await formOf("ada", "key_change", id);
    const wider = await pressAs("ada", form.verb, form.token, { cap: "900" });
    expect(wider.sentence).toBe("$900.00 is more than the $200.00 that was asked for.");
    const done = await pressAs("ada", form.verb, form.token, { cap: "100", until: "2026-12-24" });
    expect(done.sentence).toContain("cap $100 of $200 a month asked, expires 24 Dec.");
    await request("u2", { job: "second" });
    const denial = await formOf("ada", "key_deny", await newest());
    const denied = await pressAs("ada", denial.verb, denial.token, {
      reason: "use the shared key",
    });
    expect(denied.sentence).toContain("DENIED 15:30 by Ada Byron: use the shared key.");
    expect((await owed("key_outcome")).at(-1)?.body.sentence).toContain("use the shared key");
  });

  it("can be asked about: question and answer stand under the card", async () => {
    await request();
    const id = await newest();
    const form = await formOf("ada", "key_ask", id);
    await pressAs("ada", form.verb, form.token, { text: "Why not the shared key?" });
    const [question] = await owed("key_question");
    expect(question?.destination).toBe(`person:${personId(acme, "u2")}`);
    const reply = await formOf("u2", "key_ask", id);
    expect(reply.title).toBe("Answer");
    await pressAs("u2", reply.verb, reply.token, { text: "It has no cap of its own." });
    const under = (await owed()).filter(({ placement }) => placement === "thread");
    expect(under.map(({ body }) => body.sentence)).toEqual([
      "Ada Byron asks about tag-disputes: Why not the shared key?",
      "Ada Byron asks about tag-disputes: Why not the shared key?",
      "User Two answers about tag-disputes: It has no cap of its own.",
      "User Two answers about tag-disputes: It has no cap of its own.",
    ]);
    // Whoever has no message of it reads both in the request.
    const seen = await ask("u2", `key request ${id}`);
    expect(seen.notes.slice(0, 2)).toEqual([
      "Ada Byron asks: Why not the shared key?",
      "User Two answers: It has no cap of its own.",
    ]);
    expect(seen.actions.map(({ label }) => label)).toEqual([
      "Answer...",
      "Withdraw",
      "My requests",
    ]);
    const decides = await ask("ada", `key request ${id}`);
    expect(decides.actions[0]?.label).toBe("Approve");
  });

  it("refused to somebody says who decides; a form that does not fit says what does not", async () => {
    await request();
    const id = await newest();
    const own = await pressAs("u2", "key_approve", id);
    expect([own.title, own.notes.join(" ")]).toEqual([
      "Not yours to decide",
      expect.stringContaining("Ada Byron can decide it."),
    ]);
    const more = await pressAs("ada", "key_approve_changed", id, { cap: "1000" });
    expect([more.title, more.sentence]).toEqual([
      "That does not fit",
      "$1,000.00 is more than the $200.00 that was asked for.",
    ]);
  });

  it("shows its secret once, to its asker, and it is nowhere else", async () => {
    await request();
    await approve();
    const notMine = await reveal("ada");
    expect([notMine.state, notMine.secret]).toEqual(["refused", undefined]);
    const shown = await reveal();
    const secret = shown.secret?.value ?? "";
    expect(secret).toMatch(/^sk-aispend-/);
    const again = await reveal();
    expect(again.sentence).toBe("The key tag-disputes is active, so it cannot be revealed.");
    const edits = (await owed()).filter(({ placement }) => placement === "update");
    expect(edits.at(-1)?.body.notes).toEqual(["Revealed once, privately."]);
    expect(edits.at(-1)?.body.actions.map(({ label }) => label)).toEqual(["Key"]);
    const undo = await pressAs("ada", "key_undo", await newest());
    expect(undo.sentence).toBe("The key tag-disputes was revealed already.");
  });

  it("that could not be shown can be revealed again; the first secret is dead", async () => {
    await request();
    await approve();
    const { secret } = await reveal();
    const back = await pressAs("u2", secret?.notShown ?? "", secret?.receipt ?? "");
    expect(back.sentence).toMatch(/^The secret could not be shown, so it was revoked at once/);
    const second = await reveal();
    expect(second.secret?.value).not.toBe(secret?.value);
  });

  it("is shown with its use against its cap, listed, and found by its owner", async () => {
    await request();
    await approve();
    await reveal();
    const shown = await ask("ada", "key tag-disputes");
    expect(shown.sentence).toBe(
      "tag-disputes of payments is active; used $0 of $200 (0%) in November.",
    );
    expect(shown.facts.find(({ label }) => label === "Cap")?.value).toBe(
      "$200 a month, HARD (gateway)",
    );
    expect((await ask("ada", "keys payments")).table?.rows[0]).toEqual([
      "tag-disputes",
      "active",
      "payments",
      "User Two",
      "$200 a month",
      "$0 of $200 (0%)",
      "31 Jan 2027",
    ]);
    expect((await ask("ada", "keys search")).title).toBe("Keys of search: none");
    expect((await ask("ada", "keys of User Two")).title).toBe("Keys of User Two: 1");
    expect((await ask("u2", "keys of ada")).title).toMatch(/^Keys of Ada Byron: /);
    // Several are called User: a first name that is not unique names nobody.
    expect((await ask("ada", "keys of user")).state).toBe("not_found");
    // A key that was not issued here is still asked for its spend.
    expect((await ask("ada", "key ci-nightly-7")).title).toContain("ci-nightly-7");
  });

  it("is suspended, rotated, given away, raised and revoked by words and a press", async () => {
    await request();
    await approve();
    await reveal();
    const act = async (who: string, text: string) => {
      const preview = await ask(who, text);
      const [press] = preview.actions;
      if (press?.kind !== "press") throw new Error(`${preview.title}: ${preview.sentence}`);
      return pressAs(who, press.verb, press.token);
    };
    expect((await act("u2", "key suspend tag-disputes")).sentence).toBe(
      "tag-disputes is suspended.",
    );
    expect((await act("u2", "key resume tag-disputes")).sentence).toBe(
      "tag-disputes is active again.",
    );
    expect((await act("ada", "key rotate tag-disputes")).sentence).toBe(
      "The old secret of tag-disputes works for 24 more hours; User Two can reveal the new one.",
    );
    expect((await reveal()).secret?.value).toMatch(/^sk-aispend-/);
    const raise = await act("u2", "key raise tag-disputes to $300 today because backfill");
    expect(raise.sentence).toContain("I asked Ada Byron");
    expect((await approve()).sentence).toContain("another cap for tag-disputes");
    const raised = await ask("u2", "key tag-disputes");
    expect(raised.facts.find(({ label }) => label === "Raised")?.value).toBe(
      "$300 a month until 22 Nov",
    );
    expect((await act("ada", "key give tag-disputes to User One")).sentence).toContain("User One");
    expect((await act("u1", "key revoke tag-disputes")).sentence).toBe("tag-disputes is revoked.");
  });

  it("is blocked by who answers for anything there, with what that stops", async () => {
    await request();
    await approve();
    await reveal();
    // Who may not is told who may, and gets no button that would be refused.
    const stranger = await ask("u1", "block key tag-disputes because retry loop");
    expect([stranger.state, stranger.sentence]).toEqual([
      "refused",
      "You may not block tag-disputes.",
    ]);
    expect(stranger.notes[0]).toMatch(
      /Ada Byron.* may, with: block key tag-disputes because retry loop$/,
    );
    const preview = await ask("sam", "block key tag-disputes because retry loop");
    expect(preview.facts[0]?.value).toBe("job tag-disputes: nightly dispute tagging");
    expect(preview.facts[2]?.value).toBe("Customer traffic seen: none in 30 days");
    const [press] = preview.actions;
    if (press?.kind !== "press") throw new Error("no press");
    expect((await pressAs("u2", press.verb, press.token)).state).toBe("refused");
    const done = await pressAs("sam", press.verb, press.token);
    expect(done.sentence).toBe("tag-disputes is blocked, by Sam Search: retry loop.");
    expect((await ask("ada", "key tag-disputes")).title).toBe("KEY tag-disputes: BLOCKED");
    expect((await owed("traffic_block")).map(({ destination }) => destination)).toContain("C0PAY");
    const [lift] = done.actions;
    if (lift?.kind !== "press") throw new Error("no press");
    expect((await pressAs("sam", lift.verb, lift.token)).state).toBe("refused");
    expect((await pressAs("ada", lift.verb, lift.token)).title).toBe("tag-disputes: unblocked");
    const notOurs = await ask("ada", "block key ci-nightly-7");
    expect(notOurs.sentence).toContain("was not issued by aispend");
    expect((await ask("ada", "block agent checkout-agent")).title).toBe("Block checkout-agent?");
  });

  it("and the cap of an agent is set by its owner; by others it is asked for", async () => {
    const act = async (who: string, text: string) => {
      const [press] = (await ask(who, text)).actions;
      if (press?.kind !== "press") throw new Error("no press");
      return pressAs(who, press.verb, press.token);
    };
    const set = await act("ada", "cap set agent checkout-agent 50 a day because runaways");
    expect(set.sentence).toBe("checkout-agent may use $50.00 a day from now on.");
    const asked = await act("u1", "cap raise agent checkout-agent 75 today");
    expect(asked.sentence).toBe("You may not change that cap; I asked Ada Byron.");
    const [message] = await owed("cap_request");
    const [allow] = message?.body.actions ?? [];
    if (allow?.kind !== "press") throw new Error("no press");
    expect((await pressAs("ada", allow.verb, allow.token)).sentence).toBe(
      "checkout-agent may use $75.00 a day until tonight.",
    );
    const shown = await ask("ada", "cap agent checkout-agent");
    expect(shown.facts.map(({ value }) => value)).toEqual([
      "$50.00 a day, HARD (gateway)",
      "$75.00 a day until 22 Nov",
    ]);
  });

  it("and the on-call breaks the glass once a period, and the Accountable is told", async () => {
    const act = async (who: string, text: string) => {
      const [press] = (await ask(who, text)).actions;
      if (press?.kind !== "press") throw new Error("no press");
      return pressAs(who, press.verb, press.token);
    };
    await act("ada", "cap set agent refund-agent 50 a day because runaways");
    const why = "because customers are waiting";
    expect((await ask("sam", "break glass agent refund-agent")).notes[0]).toContain("Say why");
    const refused = await act("u1", `break glass agent refund-agent ${why}`);
    expect(refused.sentence).toBe("You may not break the glass of payments/disputes/refund-agent.");
    expect(refused.actions).toMatchObject([{ command: "owners payments/disputes/refund-agent" }]);
    const [first, second] = await Promise.all([
      act("sam", `break glass agent refund-agent ${why}`),
      act("sam", `break glass agent refund-agent ${why}`),
    ]);
    const sentences = [first.sentence, second.sentence].toSorted();
    expect(sentences).toEqual([
      "Sam Search broke the glass: refund-agent may use $60.00 a day until 19:30, " +
        "because customers are waiting.",
      "The glass was broken in this day already.",
    ]);
    const cap = await ask("ada", "cap agent refund-agent");
    expect(cap.facts.map(({ value }) => value)).toContain("$60.00 a day until 19:30");
    const told = await owed("break_glass");
    expect(told.map(({ destination }) => destination)).toEqual([
      "C0PAY",
      `person:${personId(acme, "ada")}`,
    ]);
  });

  it("and who did what is in the log, for those who answer for it", async () => {
    await request();
    await approve();
    await reveal();
    const log = await ask("ada", "audit key tag-disputes");
    const actions = log.table?.rows.map(([, , action]) => action);
    expect(actions?.slice(0, 5)).toEqual([
      "key.revealed",
      "key.approved",
      "key.granted",
      "cap.set",
      "key.requested",
    ]);
    expect(log.download?.csv).toContain("key.granted");
    expect((await ask("pia", "audit payments")).state).toBe("ok");
    expect((await ask("u3", "audit payments")).title).toBe("Not shown to you");
    expect((await ask("u2", "audit key tag-disputes")).state).toBe("ok");
    expect((await ask("gov", "audit org")).table?.rows.length).toBeGreaterThan(3);
  });

  it("shows on the home page what waits and what can be revealed", async () => {
    await request();
    const waits = await brain.home(from("ada"));
    expect(waits.waiting.title).toBe("Waiting for me: 1 request for keys");
    expect((await ask("ada", "key requests")).sentence).toBe(
      "1 request waits for you; 0 of yours are open.",
    );
    expect((await ask("ada", `key request ${await newest()}`)).actions[0]?.label).toBe("Approve");
    await approve();
    const mine = await brain.home(from("u2"));
    expect(mine.requests.actions.map(({ label }) => label)).toEqual([
      "Reveal tag-disputes",
      "Request a key...",
    ]);
  });
});
