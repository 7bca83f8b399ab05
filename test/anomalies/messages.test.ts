import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBrain } from "#apps/chat/brain.ts";
import type { Brain } from "#apps/chat/surface.ts";
import { anomalies as job } from "#apps/worker/jobs/anomalies.ts";
import { endFinding, recordFinding } from "#core/anomalies/service.ts";
import type { Answer } from "#core/answers/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { listShowbacks } from "#core/showback/service.ts";
import { type Acme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { appendHours, appendOnTime, type Hour, usualHours } from "./feed.ts";

const database = useDatabase();
let acme: Acme;
let brain: Brain;
let now = new Date("2026-11-20T03:10:00Z");

const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  for (const who of ["ada", "grace", "fin"]) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${who}`, personId(acme, who)],
    );
  }
  await database.owner.query(
    `insert into scope_on_call (org_id, scope_id, position, person_id) values ($1, $2, 1, $3)
     on conflict (org_id, scope_id, position) do update set person_id = excluded.person_id`,
    [acme.orgId, acme.scopes.get("payments"), personId(acme, "sam")],
  );
  await database.owner.query(
    `insert into scope_channel (org_id, scope_id, surface, destination)
     values ($1, $2, 'slack', 'C-payments')`,
    [acme.orgId, acme.scopes.get("payments")],
  );
  await appendHours(database.pool, acme.orgId, usualHours(new Date("2026-11-05T00:00:00Z"), at(2)));
  brain = createBrain({
    pool: database.pool,
    clock: () => now,
    priceBookOf: async () => buildPriceBook(loadCatalogue()),
  });
});
beforeEach(async () => {
  const tables = "finding_suppression, finding, anomaly_watch, anomaly_seen, outbox";
  await database.owner.query(`truncate ${tables} restart identity`);
  await database.owner.query("delete from rollup_hour where hour >= $1", [at(2)]);
  await database.owner.query("delete from ledger_entry where occurred_at >= $1", [at(2)]);
});

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The job ten minutes after the hour. */
async function run(hour: number): Promise<void> {
  now = new Date(at(hour).getTime() + 600_000);
  const slot = now;
  const { orgId } = acme;
  const timeZone = "Europe/Berlin";
  await transaction(database.pool, (tx) =>
    job.run({ pool: database.pool, tx, orgId, timeZone, scope: "", slot, now, attempt: 1, log }),
  );
}

const add = (hours: readonly Hour[]) => appendOnTime(database.pool, acme.orgId, hours);
const loop = (hour: number, requests = 4_000): Hour => ({
  at: at(hour),
  requests,
  key: "ci-nightly-7",
  environment: "ci",
});

/** What is owed since the last look: to whom, how placed, its first line. */
async function owed(): Promise<string[]> {
  const names = new Map([...acme.people].map(([key, id]) => [`person:${id}`, key]));
  const { rows } = await database.owner.query<Record<"to" | "placement" | "title", string>>(
    `select destination as to, placement, body ->> 'title' as title from outbox
     where state = 'queued' order by id`,
  );
  await database.owner.query(
    `update outbox set state = 'sent', reference = id::text, sent_at = now(), leads = true`,
  );
  return rows.map(({ to, placement, title }) => `${names.get(to) ?? to} ${placement}: ${title}`);
}

function asked(who: string) {
  const asker = { personId: personId(acme, who), operator: false, account: `slack:T1:U-${who}` };
  const audience = { kind: "person" as const, personId: personId(acme, who) };
  return { orgId: acme.orgId, asker, audience, surface: "slack" as const };
}
const ask = (who: string, text: string): Promise<Answer> => brain.ask({ ...asked(who), text });
const press = (who: string, verb: string, token: string, values = {}): Promise<Answer> =>
  brain.press({ ...asked(who), verb, token, values });
const fact = (answer: Answer, label: string) =>
  answer.facts.find((one) => one.label === label)?.value;

describe("the message of a finding", () => {
  it("goes to the room of its scope and who answers for it, and is edited until it is over", async () => {
    await add([loop(2)]);
    await run(3);
    const line = "checkout-agent: +$35 an hour since 03:00, looks like a retry loop";
    expect(await owed()).toEqual([`C-payments thread: ${line}`, `ada thread: ${line}`]);
    await add([loop(3)]);
    await run(4);
    expect(await owed()).toEqual([`C-payments update: ${line}`, `ada update: ${line}`]);
    await add(usualHours(at(4), at(6)));
    await run(5);
    await run(6);
    const last = (await owed()).at(-1);
    expect(last).toMatch(/^ada update: RESOLVED: checkout-agent, extra \$70$/);
    await run(7);
    expect(await owed()).toEqual([]);
  });

  it("goes to the room chosen for anomalies, while the scope's own keeps the rest", async () => {
    const payments = acme.scopes.get("payments");
    await database.owner.query(
      `insert into scope_channel (org_id, scope_id, kind, surface, destination)
       values ($1, $2, 'anomaly', 'slack', 'C-incidents'), ($1, 0, 'anomaly', 'slack', 'C-all')`,
      [acme.orgId, payments],
    );
    await add([loop(2)]);
    await run(3);
    await database.owner.query("delete from scope_channel where kind = 'anomaly'");
    const rooms = async () => (await owed()).map((line) => line.split(":")[0]);
    expect(await rooms()).toEqual(["C-incidents thread", "ada thread"]);
    // Chosen otherwise since: who was told keeps a message that is true, and the new room has its own.
    await add([loop(3)]);
    await run(4);
    expect(await rooms()).toEqual(["C-payments thread", "ada update", "C-incidents update"]);
    const showbacks = await listShowbacks(database.pool, acme.orgId);
    expect(showbacks.map(({ channel }) => channel.destination)).toEqual(["C-payments"]);
  });

  it("goes also to whoever is Accountable when it is large", async () => {
    await database.owner.query(
      `update raci set responsible = '{product}' where org_id = $1
       and activity = 'attribute_spend'`,
      [acme.orgId],
    );
    await add([loop(2, 700), loop(3, 700)]);
    await run(3);
    expect(await owed()).toEqual([]);
    await run(4);
    expect((await owed()).map((one) => one.split(":")[0])).toEqual(["C-payments thread"]);
    await add([loop(4)]);
    await run(5);
    expect((await owed()).map((one) => one.split(":")[0])).toEqual([
      "C-payments update",
      "ada thread",
    ]);
    await database.owner.query(
      `update raci set responsible = '{engineering}' where org_id = $1
       and activity = 'attribute_spend'`,
      [acme.orgId],
    );
  });

  it("is not sent twice by a run that is repeated, nor to other organisations", async () => {
    const other = await makeAcme(database.owner, { key: "other" });
    await add([loop(2)]);
    await run(3);
    await owed();
    await run(3);
    expect((await owed()).filter((one) => one.includes("thread"))).toEqual([]);
    const { rows } = await database.owner.query("select 1 from outbox where org_id = $1", [
      other.orgId,
    ]);
    expect(rows).toEqual([]);
  });

  it("tells also what other jobs found, and that it is over", async () => {
    const subject = { kind: "source" as const, key: "openai" };
    const of = { orgId: acme.orgId, class: "source_quiet" as const, subject };
    await transaction(database.pool, (tx) =>
      recordFinding(tx, {
        ...of,
        scopeId: 0,
        since: at(1),
        seenAt: at(1),
        excess: 0n,
        rate: 0n,
        evidence: { why: "No charge has come from openai since Thursday." },
        push: true,
        now: at(2),
      }),
    );
    await run(3);
    expect(await owed()).toEqual(["grace thread: openai: since 02:00, the source went quiet"]);
    await run(3);
    expect(await owed()).toEqual([]);
    await transaction(database.pool, (tx) => endFinding(tx, { ...of, now: at(4) }));
    await run(5);
    expect(await owed()).toEqual(["grace update: RESOLVED: openai"]);
  });

  it("is not sent of what is below the floor: it is listed", async () => {
    await add([{ at: at(2), requests: 380, input: 150 }]);
    await run(3);
    expect(await owed()).toEqual([]);
    const answer = await ask("ada", "anomalies payments");
    expect(answer.title).toBe("payments: 1 finding open");
    expect(answer.table?.rows[0]?.slice(1, 4)).toEqual([
      "OPEN, listed only",
      "checkout-agent",
      "request jump",
    ]);
  });
});

describe("asking and pressing", () => {
  beforeEach(async () => {
    await add([loop(2)]);
    await run(3);
    await owed();
  });

  it("shows why, what to do, and who is on it", async () => {
    const answer = await ask("u1", "anomaly 1");
    expect(answer.sentence).toContain("Requests 4,000 an hour (usual 100)");
    expect(answer.sentence).toContain("tokens per request and price unchanged");
    expect(fact(answer, "Mostly")).toContain("100% key ci-nightly-7");
    expect(fact(answer, "First step")).toContain("stop ci-nightly-7 where it was issued");
    expect(fact(answer, "Owner")).toBe("checkout-agent: Ada Byron; on call Sam Search");
    expect(answer.chart?.categories).toHaveLength(12);
    // Who may not take it on reads it, and who may.
    expect(answer.actions).toEqual([]);
    expect(answer.notes[0]).toMatch(/Ada Byron.* may take it on\.$/);
    const labels = ["I'm on it", "Snooze 4 h", "Expected..."];
    const mine = await ask("sam", "anomaly 1");
    expect(mine.actions.map(({ label }) => label)).toEqual(labels);
  });

  it("offers to block a key that was issued here, and says so once it is blocked", async () => {
    const { rows } = await database.owner.query<{ id: number }>(
      `insert into virtual_key (org_id, name, scope_id, owner_id, use_case, models, ledger_key,
         dimension_id, state, approved_at, lapses_at, changed_at)
       select $1, 'nightly', $2, $3, 'tagging', '{}', value, id, 'active', now(), now(), now()
       from dimension_value where org_id = $1 and dimension = 'key' and value = 'ci-nightly-7'
       returning id`,
      [acme.orgId, acme.scopes.get("payments"), personId(acme, "ada")],
    );
    const answer = await ask("ada", "anomaly 1");
    expect(answer.actions[0]).toMatchObject({
      label: "Block key...",
      command: "block key nightly",
    });
    await database.owner.query(
      `insert into traffic_block (org_id, target_kind, target_id, reason, blocked_by, blocked_at)
       values ($1, 'key', $2, 'loop', $3, $4)`,
      [acme.orgId, rows[0]?.id, personId(acme, "sam"), new Date("2026-11-20T03:13:00Z")],
    );
    const blocked = await ask("ada", "anomaly 1");
    expect(fact(blocked, "Blocked")).toBe("04:13 by Sam Search");
    expect(blocked.actions[0]?.label).toBe("I'm on it");
    await database.owner.query("delete from traffic_block");
    await database.owner.query("delete from virtual_key");
  });

  it("is taken on once, by the first of two, and every message says so", async () => {
    const [first, second] = await Promise.all([
      press("ada", "finding_acknowledge", "1"),
      press("grace", "finding_acknowledge", "1"),
    ]);
    const said = [first.sentence, second.sentence].filter((one) => one.includes("changed nothing"));
    expect(said).toHaveLength(1);
    expect((await owed()).map((one) => one.split(":")[0])).toEqual([
      "C-payments update",
      "ada update",
    ]);
    const again = await press("ada", "finding_acknowledge", "1");
    expect(again.sentence).toContain("Your press changed nothing, it is ACKNOWLEDGED");
    expect(await owed()).toEqual([]);
  });

  it("is refused to who holds no role there, and to what is no button of ours", async () => {
    const refused = await press("u1", "finding_acknowledge", "1");
    expect(refused).toMatchObject({ state: "refused" });
    expect(refused.sentence).toContain("may not acknowledge");
    for (const token of ["", "1|", "x", "9999999999", "1|240|3"]) {
      const answer = await press("ada", "finding_snooze", token);
      expect(answer.state, token).not.toBe("ok");
    }
    expect((await press("ada", "finding_acknowledge", "77")).state).toBe("not_found");
    expect(await owed()).toEqual([]);
  });

  it("may be pressed by who is on call", async () => {
    const answer = await press("sam", "finding_snooze", "1|240");
    expect(fact(answer, "State")).toBe("SNOOZED until 08:10 by Sam Search");
  });

  it("wakes when the snooze is over and it is not", async () => {
    await press("ada", "finding_snooze", "1|90");
    await add([loop(3)]);
    await run(4);
    expect(fact(await ask("ada", "anomaly 1"), "State")).toBe("SNOOZED until 05:40 by Ada Byron");
    await add([loop(4)]);
    await run(5);
    expect(fact(await ask("ada", "anomaly 1"), "State")).toBe("OPEN");
  });

  it("is expected through the form, for a time and for a reason", async () => {
    const form = await brain.form("finding_expect", "1", asked("ada"));
    expect(form).toMatchObject({ verb: "finding_expect", token: "1" });
    const bare = await press("ada", "finding_expect", "1", { days: "7", reason: " " });
    expect(bare.state).not.toBe("ok");
    const values = { days: "7", reason: "the yearly back-fill" };
    const answer = await press("ada", "finding_expect", "1", values);
    expect(fact(answer, "State")).toBe("EXPECTED until 27 Nov 04:10 by Ada Byron");
    await add([loop(3)]);
    await run(4);
    expect((await owed()).filter((one) => one.includes("thread"))).toEqual([]);
  });

  it("pressed after it is over changes nothing but its label", async () => {
    await add(usualHours(at(3), at(6)));
    for (const hour of [4, 5, 6]) await run(hour);
    const late = await press("ada", "finding_acknowledge", "1");
    expect(late.sentence).toContain("Your press changed nothing, it is RESOLVED 06:10");
    expect(late.actions.map(({ label }) => label)).toEqual(["Not an anomaly"]);
    const typed = await ask("ada", "anomaly 1 snooze 8h");
    expect(typed.sentence).toMatch(/^There is nothing left to change. What was found of checkout-/);
    expect(typed.actions.map(({ label }) => label)).toEqual(["Not an anomaly"]);
    const labelled = await press("ada", "finding_label", "1");
    expect(fact(labelled, "Label")).toBe("not an anomaly");
    expect(labelled.actions).toEqual([]);
  });

  it("asked for in words is a button first: a question changes nothing", async () => {
    const answer = await ask("ada", "anomaly 1 snooze 8h");
    expect(answer.actions[0]).toMatchObject({ label: "Snooze 8 h", token: "1|480" });
    expect(fact(answer, "State")).toBe("OPEN");
    const expected = await ask("ada", "anomaly 1 expect 7d because of the back-fill");
    expect(expected.actions[0]).toMatchObject({ token: "1|10080|of the back-fill" });
    const resolve = await ask("ada", "anomaly #1 resolve fixed in PR 9");
    expect(resolve.actions[0]).toMatchObject({ token: "1|fixed in PR 9" });
    const done = await press("ada", "finding_resolve", "1|fixed in PR 9");
    expect(done.title).toContain("RESOLVED: checkout-agent");
    // Without a number it asks for all of them.
    expect((await ask("ada", "anomaly")).command).toBe("anomalies");
    for (const text of ["anomaly x", "anomaly 1 eat", "anomaly 1 snooze long"]) {
      expect((await ask("ada", text)).state, text).not.toBe("ok");
    }
  });

  it("lists by scope, with all that was resolved on request, and as CSV", async () => {
    const all = await ask("ada", "anomalies");
    expect(all.title).toBe("Acme: 1 finding open");
    expect(all.download?.csv.split("\n")[1]).toContain("1,runaway_loop,open,told,checkout-agent");
    expect((await ask("ada", "anomalies search")).title).toBe("search: nothing unusual now");
    expect((await ask("ada", "anomalies team payments all")).title).toContain("1 finding open");
    expect((await ask("ada", "anomalies on claude")).state).not.toBe("ok");
  });
});
