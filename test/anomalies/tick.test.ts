import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Finding } from "#core/anomalies/schema.ts";
import { listFindings } from "#core/anomalies/service.ts";
import { recordAnomalies, type TickResult } from "#core/anomalies/tick.ts";
import { transaction } from "#core/db/transaction.ts";
import { type Acme, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { appendHours, appendOnTime, HOUR_MS, type Hour, usualHours } from "./feed.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

const at = (hour: number) => new Date(Date.UTC(2026, 10, 20, hour));
const HISTORY_FROM = new Date("2026-11-05T00:00:00Z");

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  for (const { orgId } of [acme, other]) {
    await appendHours(database.pool, orgId, usualHours(HISTORY_FROM, at(0)));
  }
});
const TABLES = "finding_suppression, finding, anomaly_watch, anomaly_seen";
beforeEach(async () => {
  await database.owner.query(`truncate ${TABLES} restart identity`);
  await database.owner.query("delete from rollup_hour where hour >= $1", [at(0)]);
  await database.owner.query("delete from rollup_day where local_day >= '2026-11-20'");
  await database.owner.query("delete from ledger_entry where occurred_at >= $1", [at(0)]);
});

/** The tick ten minutes after the hour. */
const tick = (hour: number, of = acme): Promise<TickResult> =>
  transaction(database.pool, (tx) =>
    recordAnomalies(tx, { orgId: of.orgId, now: new Date(at(hour).getTime() + 600_000) }),
  );

const now = (hour: number, change: Partial<Hour> = {}): Hour => ({ at: at(hour), ...change });
const add = (hours: readonly Hour[], of = acme) => appendOnTime(database.pool, of.orgId, hours);
const usual = (from: number, to: number, change: Partial<Hour> = {}) =>
  usualHours(at(from), at(to), change);

const said = ({ class: of, state, subject, excess, rate }: Finding) => ({
  of,
  state,
  subject: `${subject.kind}:${subject.key}`,
  excess: Number(excess) / 1e9,
  rate: Number(rate) / 1e9,
});
const all = async (of = acme) => (await listFindings(database.pool, of.orgId)).map(said);
const loops = async () => (await all()).filter(({ of }) => of === "runaway_loop");
const agentOf = (of: Acme) => `scope:${of.scopes.get("payments/checkout-web/checkout-agent")}`;

describe("the hourly tick", () => {
  it("finds nothing in usual hours, and nothing twice", async () => {
    await add(usual(0, 3));
    await tick(1);
    await tick(2);
    await tick(3);
    expect(await all()).toEqual([]);
  });

  it("finds a loop in the first hour, moves its cost on, and resolves it when it is over", async () => {
    await add(usual(0, 2));
    await tick(2);
    await add([now(2, { requests: 4_000, key: "ci-nightly-7", environment: "ci" })]);
    const first = await tick(3);
    // The key is new as well: that is listed, and told of by the loop's message.
    expect(first.moved.map(({ finding, isNews }) => [finding.class, isNews])).toEqual([
      ["runaway_loop", true],
      ["new_key", false],
    ]);
    // 4,000 requests of $0.009 each; 105 of them are usual.
    const [found] = await loops();
    expect(found).toMatchObject({ of: "runaway_loop", state: "open", subject: agentOf(acme) });
    expect(found?.excess).toBeGreaterThan(34);
    expect(found?.excess).toBeCloseTo(found?.rate ?? 0, 6);
    const again = await tick(3);
    expect(again.moved.filter(({ isNews }) => isNews)).toEqual([]);
    expect(await loops()).toEqual([found]);
    await add([now(3, { requests: 4_000, key: "ci-nightly-7", environment: "ci" })]);
    await tick(4);
    expect((await loops())[0]?.excess).toBeCloseTo(2 * (found?.excess ?? 0), 0);
    await add(usual(4, 7));
    await tick(5);
    expect(await loops()).toMatchObject([{ state: "open", rate: 0 }]);
    const over = await tick(6);
    expect(over.moved.some(({ finding }) => finding.class === "runaway_loop")).toBe(true);
    expect(await loops()).toMatchObject([{ state: "resolved", rate: 0 }]);
  });

  it("takes the same up again within half a day, without telling it anew", async () => {
    await add([...usual(0, 2), now(2, { requests: 4_000 }), ...usual(3, 6)]);
    for (const hour of [3, 4, 5, 6]) await tick(hour);
    expect((await all())[0]?.state).toBe("resolved");
    await add([now(6, { requests: 4_000 })]);
    const again = await tick(7);
    expect(again.moved.map(({ isNews }) => isNews)).toEqual([false]);
    expect(await all()).toMatchObject([{ state: "open" }]);
  });

  it("shows who is behind it: key, model and environment, and what stayed as it was", async () => {
    await add([
      ...usual(0, 2),
      now(2, { requests: 1_400, key: "ci-nightly-7", environment: "ci" }),
      now(2, { requests: 100 }),
    ]);
    await tick(3);
    const [finding] = await listFindings(database.pool, acme.orgId);
    expect(finding?.evidence.unchanged).toEqual(["tokens", "price"]);
    const kinds = finding?.evidence.contributors.map(({ kind, share }) => [kind, share > 0.9]);
    expect(kinds).toEqual([
      ["key", true],
      ["model", true],
      ["environment", true],
    ]);
    expect(finding?.evidence.hours).toHaveLength(12);
    expect(finding?.evidence.hours.at(-1)?.cost).toBeGreaterThan(
      2 * (finding?.evidence.hours.at(-1)?.high ?? 0),
    );
  });

  it("takes a jump of requests with its callers for a launch, and pushes nobody", async () => {
    const crowd = usualHours(new Date("2026-11-13T00:00:00Z"), at(0), {
      callers: 10,
      requests: 10,
    });
    await appendHours(database.pool, acme.orgId, crowd);
    await add([...usual(0, 2, { callers: 10 }), now(2, { requests: 2_000, callers: 200 })]);
    const { moved } = await tick(3);
    expect(moved.map(({ finding, isNews }) => [finding.class, isNews])).toEqual([
      ["launch", false],
    ]);
  });

  it("decides nothing about an hour from rows that come late, and uses them as baseline", async () => {
    await add(usual(0, 2));
    await tick(2);
    await tick(3);
    const late = { arrives: new Date(at(5).getTime() + 60_000) };
    await appendHours(database.pool, acme.orgId, [now(2, { requests: 3_000, ...late })]);
    await add(usual(3, 5));
    await tick(5);
    await tick(6);
    expect(await all()).toEqual([]);
  });

  it("judges an hour once more when its grace is over", async () => {
    await add(usual(0, 2));
    await tick(3);
    expect(await all()).toEqual([]);
    const within = { arrives: new Date(at(3).getTime() + 50 * 60_000) };
    await appendHours(database.pool, acme.orgId, [now(2, { requests: 2_000, ...within })]);
    await add(usual(3, 4));
    await tick(4);
    expect(await all()).toMatchObject([{ of: "runaway_loop" }]);
  });

  it("lives with hours that are missing and with a worker that was away", async () => {
    await add([...usual(0, 1), now(5, { requests: 4_000 }), ...usual(6, 8)]);
    await tick(1);
    await tick(8);
    expect(await all()).toMatchObject([{ of: "runaway_loop", state: "resolved" }]);
  });

  it("lists what is below the floor, and pushes it once it is above", async () => {
    await add([...usual(0, 2), now(2, { requests: 380, input: 150 })]);
    const listed = await tick(3);
    expect(listed.moved.map(({ finding, isNews }) => [finding.pushedAt, isNews])).toEqual([
      [undefined, false],
    ]);
    await add([now(3, { requests: 4_000 })]);
    const pushed = await tick(4);
    expect(pushed.moved.map(({ isNews }) => isNews)).toEqual([true]);
  });

  it("lists a burst of one hour, and pushes a jump that goes on or has cost a day's floor", async () => {
    await add([...usual(0, 2), now(2, { requests: 1_500 })]);
    expect((await tick(3)).moved.map(({ isNews }) => isNews)).toEqual([false]);
    await add([now(3, { requests: 1_500 })]);
    expect((await tick(4)).moved.map(({ isNews }) => isNews)).toEqual([true]);
  });

  it("pushes nothing under one percent of the scope's monthly budget a day", async () => {
    await database.owner.query(
      `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, thresholds,
         state, origin, reason, valid_from, created_at)
       values ($1, 'scope', $2, 'budget', 'month', 'usd', 90000000000000, '{80}', 'live', 'file',
         'test', '2026-11-01', now())`,
      [acme.orgId, acme.scopes.get("payments")],
    );
    await add([...usual(0, 2), now(2, { requests: 4_000 })]);
    expect((await tick(3)).moved.map(({ isNews }) => isNews)).toEqual([false]);
    await database.owner.query("delete from budget");
  });

  it("leaves closed what a person closed while it goes on", async () => {
    await add([...usual(0, 2), ...[2, 3, 4].map((hour) => now(hour, { requests: 4_000 }))]);
    await tick(3);
    await database.owner.query(
      `update finding set state = 'resolved', resolved_at = now(), resolution = 'by_person'`,
    );
    expect((await tick(4)).moved).toEqual([]);
    expect((await tick(5)).moved).toEqual([]);
    expect(await all()).toHaveLength(1);
  });

  it("finds a price that the source reports, a fall of the cache and bloat, each as itself", async () => {
    const agents = ["payments/disputes/refund-agent", "payments/disputes/triage"];
    const [refund = "", triage = ""] = agents;
    const cached = { agent: refund, cached: 1_500 };
    await appendHours(database.pool, acme.orgId, [
      ...usualHours(HISTORY_FROM, at(0), cached),
      ...usualHours(HISTORY_FROM, at(0), { agent: triage, requests: 100, reported: "0.9" }),
    ]);
    await add([
      ...usual(0, 2),
      now(2, { input: 9_000 }),
      ...usual(0, 2, cached),
      now(2, { agent: refund, cached: 0, requests: 400 }),
      ...usual(0, 2, { agent: triage, requests: 100, reported: "0.9" }),
      now(2, { agent: triage, requests: 100, reported: "1.8" }),
    ]);
    await tick(3);
    const found = (await all()).filter(({ of }) => of !== "runaway_loop");
    expect(found.map(({ of }) => of).sort()).toEqual(["cache_fall", "price_change", "token_bloat"]);
    await database.owner.query("delete from rollup_hour where agent_id = any ($1)", [
      agents.map((path) => acme.scopes.get(path)),
    ]);
  });

  it("watches the spend of a key that names no agent as a series of its own", async () => {
    const bare = { agent: "payments", key: "batch-key" };
    await appendHours(database.pool, acme.orgId, usualHours(HISTORY_FROM, at(0), bare));
    await add([...usual(0, 2, bare), now(2, { ...bare, requests: 4_000 })]);
    await tick(3);
    const [finding] = await listFindings(database.pool, acme.orgId);
    expect(finding).toMatchObject({
      class: "runaway_loop",
      subject: { kind: "key" },
      scopeId: acme.scopes.get("payments"),
    });
  });

  it("stays within its organisation", async () => {
    await add([...usual(0, 2), now(2, { requests: 4_000 })]);
    await add(usual(0, 3), other);
    await tick(3, other);
    expect(await all(other)).toEqual([]);
    await tick(3);
    expect(await all()).toHaveLength(1);
    expect(await all(other)).toEqual([]);
  });

  it("of two workers at the same moment is one", async () => {
    await add([...usual(0, 2), now(2, { requests: 4_000 })]);
    const both = await Promise.all([tick(3), tick(3)]);
    expect(both.flatMap(({ moved }) => moved.filter(({ isNews }) => isNews))).toHaveLength(1);
    expect(await all()).toHaveLength(1);
  });
});

describe("new models, keys and providers", () => {
  it("are found once, with what they cost, where they are used", async () => {
    await add(usual(0, 2));
    await tick(2);
    await add([now(2, { model: "claude-opus-4-5", key: "new-key" }), now(2)]);
    await tick(3);
    const found = await all();
    const news = found.map(({ of }) => of).filter((of) => of.startsWith("new_"));
    expect(news.sort()).toEqual(["new_key", "new_model"]);
    await add([now(3, { model: "claude-opus-4-5", key: "new-key" }), now(3)]);
    await tick(4);
    const later = (await all()).filter(({ of }) => of === "new_model");
    expect(later).toHaveLength(1);
    expect(later[0]?.excess).toBeGreaterThan(found[0]?.excess ?? 0);
    const [finding] = await listFindings(database.pool, acme.orgId, { classes: ["new_model"] });
    expect(finding?.scopeId).toBe(acme.scopes.get("payments/checkout-web/checkout-agent"));
  });

  it("are found in a bill that comes a day later", async () => {
    await add(usual(0, 2));
    await tick(2);
    const bill = { agent: "payments", key: "billed-key", arrives: at(2) };
    const yesterday = { at: at(-24), requests: 10, model: "gpt-4o-mini", ...bill };
    await appendHours(database.pool, acme.orgId, [yesterday]);
    await tick(3);
    const found = (await all()).map(({ of }) => of).sort();
    expect(found).toEqual(["new_key", "new_model"]);
  });

  it("are none where all is new, nor what an import of the past brought", async () => {
    const fresh = await makeAcme(database.owner, { key: `fresh-${HOUR_MS}` });
    await add(usual(0, 2), fresh);
    await tick(1, fresh);
    await tick(2, fresh);
    expect(await all(fresh)).toEqual([]);
    await add(usual(0, 2));
    await tick(2);
    const past = usualHours(HISTORY_FROM, new Date("2026-11-06T00:00:00Z"), {
      model: "claude-haiku-4-5",
      arrives: at(2),
    });
    await appendHours(database.pool, acme.orgId, past);
    await add([now(2, { model: "claude-haiku-4-5", requests: 5 }), now(2)]);
    await tick(3);
    expect((await all()).filter(({ of }) => of.startsWith("new_"))).toEqual([]);
  });
});

describe("spend on a key", () => {
  const key = (values: string) =>
    database.owner.query(
      `insert into inventory_item (org_id, kind, key, native_id, owner_id, retired_on)
       values ${values}`,
      [acme.orgId, acme.people.get("ada")],
    );
  const found = async () =>
    (await all()).map(({ of }) => of).filter((of) => of.endsWith("_key") && of !== "new_key");

  const since = async () => {
    const { rows } = await database.owner.query<{ began: Date; earlier: boolean }>(
      `select since as began, (evidence ->> 'beganEarlier')::boolean as earlier from finding
       where org_id = $1 and class = 'ownerless_key' order by id`,
      [acme.orgId],
    );
    return rows;
  };

  it("that the inventory knows without an owner is found, until it has one", async () => {
    await key("($1, 'key', 'checkout', 'key-checkout', case when $2 = 0 then 0 end, null)");
    await add(usual(0, 6));
    await tick(1);
    expect(await found()).toEqual(["ownerless_key"]);
    // It is used since long: what is shown is how far back it was looked, and it says so.
    expect(await since()).toEqual([{ began: at(1 - 14 * 24), earlier: true }]);
    await tick(2);
    expect(await since()).toEqual([{ began: at(1 - 14 * 24), earlier: true }]);
    await database.owner.query("update inventory_item set owner_id = $1", [acme.people.get("ada")]);
    for (const hour of [3, 4, 5]) await tick(hour);
    expect((await all())[0]?.state).toBe("resolved");
    await database.owner.query("delete from inventory_item");
  });

  it("whose owner left is found since then, however long it was used", async () => {
    await key("($1, 'key', 'checkout', 'key-checkout', $2, null)");
    await database.owner.query("update person set left_on = '2026-11-18' where id = $1", [
      acme.people.get("ada"),
    ]);
    await add(usual(0, 1));
    await tick(1);
    await database.owner.query("update person set left_on = null where id = $1", [
      acme.people.get("ada"),
    ]);
    expect(await since()).toEqual([{ began: new Date("2026-11-18T00:00:00Z"), earlier: false }]);
    await database.owner.query("delete from inventory_item");
  });

  it("after its end is found as such", async () => {
    await key("($1, 'key', 'checkout', 'key-checkout', $2, '2026-11-18')");
    await add(usual(0, 1));
    await tick(1);
    expect(await found()).toEqual(["expired_key"]);
    await database.owner.query("delete from inventory_item");
  });

  it("that nobody knows and that resolves to no team is found; an attributed one is not", async () => {
    await add([...usual(0, 1), now(0, { key: "hackday", agent: "" })]);
    await tick(1);
    expect(await found()).toEqual(["ownerless_key"]);
  });
});
