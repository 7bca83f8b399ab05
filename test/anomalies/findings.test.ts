import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Finding } from "#core/anomalies/schema.ts";
import {
  getFinding,
  listFindings,
  type NewFinding,
  pressFinding,
  type Recorded,
  recordFinding,
  type Transition,
} from "#core/anomalies/service.ts";
import { listAudit } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { type Acme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
});
beforeEach(async () => {
  await database.owner.query("truncate finding_suppression, finding restart identity");
});

const at = (hour: number) => new Date(Date.UTC(2026, 10, 22, hour));
const NOW = at(14);

function draft(of: Acme, change: Partial<NewFinding> = {}): NewFinding {
  const agent = of.scopes.get("payments/checkout-web/checkout-agent") ?? -1;
  return {
    orgId: of.orgId,
    class: "runaway_loop",
    subject: { kind: "scope", key: String(agent) },
    scopeId: agent,
    since: at(12),
    seenAt: at(12),
    excess: 41n * NANO_PER_USD,
    rate: 38n * NANO_PER_USD,
    evidence: {},
    push: true,
    now: NOW,
    ...change,
  };
}

const write = (one: NewFinding): Promise<Recorded> =>
  transaction(database.pool, (tx) => recordFinding(tx, one));

async function opened(one: NewFinding): Promise<Finding> {
  const recorded = await write(one);
  if (recorded.state === "suppressed") throw new Error("it was suppressed");
  return recorded.finding;
}

function press(of: Acme, id: number, who: string, transition: Transition, now = NOW) {
  const by = { personId: personId(of, who), actorAccount: `slack:T:${who}`, surface: "slack" };
  return pressFinding(database.pool, { orgId: of.orgId, id, transition, by, now });
}

describe("a finding", () => {
  it("is one as long as it is not resolved: seen again, its figures move", async () => {
    const first = await write(draft(acme));
    expect(first).toMatchObject({ state: "opened", isNews: true });
    const again = await write(draft(acme, { seenAt: at(13), excess: 79n * NANO_PER_USD }));
    expect(again).toMatchObject({
      state: "updated",
      isNews: false,
      finding: { since: at(12), lastSeenAt: at(13), excess: 79n * NANO_PER_USD, edits: 1 },
    });
    expect(await listFindings(database.pool, acme.orgId)).toHaveLength(1);
  });

  it("that was only listed is news once it is to be told", async () => {
    expect(await write(draft(acme, { push: false }))).toMatchObject({ isNews: false });
    expect(await write(draft(acme, { push: true }))).toMatchObject({ isNews: true });
    expect(await write(draft(acme, { push: false }))).toMatchObject({ isNews: false });
  });

  it("of two jobs at the same moment is one", async () => {
    const states = await Promise.all([write(draft(acme)), write(draft(acme))]);
    expect(states.map(({ state }) => state).sort()).toEqual(["opened", "updated"]);
  });

  it("stays within its organisation, whatever its subject is called", async () => {
    const mine = await opened(draft(acme));
    const theirs = await opened(draft(other, { subject: mine.subject }));
    await expect(press(other, mine.id, "ada", { to: "acknowledge" })).rejects.toThrow("no finding");
    expect((await listFindings(database.pool, other.orgId)).map(({ id }) => id)).toEqual([
      theirs.id,
    ]);
    await press(other, theirs.id, "ada", { to: "acknowledge" });
    expect((await getFinding(database.pool, acme.orgId, mine.id)).state).toBe("open");
  });

  it("is acknowledged by one of two who press at the same moment, and audited once", async () => {
    const { id } = await opened(draft(acme));
    const outcomes = await Promise.all([
      press(acme, id, "ada", { to: "acknowledge" }),
      press(acme, id, "grace", { to: "acknowledge" }),
    ]);
    expect(outcomes.map(({ state }) => state).sort()).toEqual(["already", "done"]);
    const [first, second] = outcomes;
    expect(first?.finding.state === "open" ? second?.finding.state : first?.finding.state).toBe(
      "acknowledged",
    );
    const audited = await listAudit(database.pool, {
      orgId: acme.orgId,
      subjects: [`finding:${id}`],
      limit: 10,
    });
    expect(audited.map(({ action }) => action)).toEqual(["finding.acknowledged"]);
  });

  it("is nobody's to press who holds no role there, not even for its state", async () => {
    const { id } = await opened(draft(acme));
    for (const to of ["acknowledge", "label"] as const) {
      await expect(press(acme, id, "u1", { to })).rejects.toThrow("you may not");
    }
    await expect(press(acme, id, "u1", { to: "snooze", until: at(18) })).rejects.toThrow("may not");
    expect((await getFinding(database.pool, acme.orgId, id)).state).toBe("open");
  });

  it("that is expected raises nothing until then, unless it costs far more", async () => {
    const { id } = await opened(draft(acme));
    const until = new Date("2026-11-29T14:00:00Z");
    await press(acme, id, "ada", { to: "expect", until, reason: "the yearly back-fill" });
    expect(await write(draft(acme, { seenAt: at(13) }))).toMatchObject({
      finding: { state: "expected" },
      isNews: false,
    });
    await database.owner.query(
      `update finding set state = 'resolved', quiet_until = null, resolved_at = now(),
         resolution = 'normal_again'`,
    );
    expect(await write(draft(acme, { seenAt: at(13) }))).toEqual({ state: "suppressed" });
    expect(await write(draft(acme, { now: new Date("2026-11-30T00:00:00Z") }))).toMatchObject({
      state: "reopened",
    });
  });

  it("that is expected is told again when it costs three times as much", async () => {
    const { id } = await opened(draft(acme));
    const until = new Date("2026-11-29T14:00:00Z");
    await press(acme, id, "ada", { to: "expect", until, reason: "the yearly back-fill" });
    const far = draft(acme, { seenAt: at(13), rate: 115n * NANO_PER_USD });
    expect(await write(far)).toMatchObject({ isNews: true, finding: { state: "open" } });
  });

  it("that a person closed stays closed while it goes on, and is new half a day later", async () => {
    const { id } = await opened(draft(acme));
    await press(acme, id, "ada", { to: "resolve", reason: "known, fixed tomorrow" });
    expect(await write(draft(acme, { seenAt: at(13) }))).toEqual({ state: "suppressed" });
    expect(await write(draft(acme, { seenAt: at(24) }))).toEqual({ state: "suppressed" });
    expect(await write(draft(acme, { seenAt: at(37) }))).toMatchObject({ state: "opened" });
  });

  it("cannot be pressed once it is resolved, but can be labelled, once", async () => {
    const { id } = await opened(draft(acme));
    await press(acme, id, "ada", { to: "resolve", reason: "fixed" });
    expect((await press(acme, id, "ada", { to: "acknowledge" })).state).toBe("already");
    expect((await press(acme, id, "ada", { to: "snooze", until: at(18) })).state).toBe("already");
    const labelled = await press(acme, id, "ada", { to: "label" });
    expect(labelled.finding).toMatchObject({ label: "not_an_anomaly", resolution: "by_person" });
    expect((await press(acme, id, "grace", { to: "label" })).state).toBe("already");
  });

  it("labelled as none while it is open is resolved by that", async () => {
    const { id } = await opened(draft(acme));
    const { finding } = await press(acme, id, "ada", { to: "label" });
    expect(finding).toMatchObject({ state: "resolved", resolution: "not_an_anomaly" });
  });

  it("is not snoozed into the past or for years, nor expected without a reason", async () => {
    const { id } = await opened(draft(acme));
    await expect(press(acme, id, "ada", { to: "snooze", until: at(13) })).rejects.toThrow("within");
    const far = new Date("2030-01-01T00:00:00Z");
    await expect(press(acme, id, "ada", { to: "snooze", until: far })).rejects.toThrow("within");
    await expect(
      press(acme, id, "ada", { to: "expect", until: at(18), reason: " " }),
    ).rejects.toThrow("reason");
    expect((await getFinding(database.pool, acme.orgId, id)).state).toBe("open");
  });
});
