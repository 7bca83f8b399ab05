import { beforeAll, describe, expect, it } from "vitest";
import { findingAnswer } from "#apps/chat/anomalies/finding-answer.ts";
import { settingOf } from "#apps/chat/anomalies/finding-setting.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { reconciliation } from "#apps/worker/jobs/reconciliation.ts";
import { listFindings } from "#core/anomalies/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { settleDay } from "#core/ledger/settle.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { parseUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type Acme, asker, brainOf, clock, makeAcme, NOW } from "./acme.ts";

const database = useDatabase();
const DAY = "2026-11-10" as Day;
const NOVEMBER = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
let acme: Acme;
let other: Acme;

/** One call of gpt-4o for $2.50, and a bill of twice that, half of it by a key that no gateway saw. */
async function fill(orgId: number): Promise<void> {
  const { pool } = database;
  const contextOf = cachedContexts(pool, clock);
  const ledger = createLedger({ pool, clock, contextOf });
  const usage = { provider: "openai", tokens: { input: 1_000_000, output: 0 } };
  const call = { source: "gateway", externalId: "c1", occurredAt: `${DAY}T10:00:00Z` };
  await ledger.append(orgId, [UsageEvent.parse({ ...usage, ...call, model: "gpt-4o" })]);
  const lines = [
    { model: "gpt-4o", key: "key_1" },
    { model: "o3", key: "key_9" },
  ];
  const events = lines.map((line) =>
    UsageEvent.parse({
      ...usage,
      ...line,
      ...{
        source: "pull:openai",
        externalId: `usage:${line.key}`,
        kind: "bucket",
        basis: "billed",
      },
      ...{ occurredAt: `${DAY}T12:00:00Z`, account: "org-1", reportedCost: "2.50" },
    }),
  );
  const day = {
    orgId,
    source: "pull:openai",
    account: "org-1",
    prefix: "usage:",
    day: DAY,
    events,
  };
  await settleDay({ pool, ledger, contextOf, clock }, day);
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "acme-again" });
  await fill(acme.orgId);
});

const run = (orgId: number, timeZone = "Europe/Berlin") =>
  transaction(database.pool, (tx) =>
    reconciliation.run({
      pool: database.pool,
      tx,
      orgId,
      timeZone,
      scope: "",
      slot: NOW,
      now: NOW,
      attempt: 1,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    }),
  );

describe("reconcile", () => {
  it("shows bills beside the meter, with the cause, to who answers for the organisation", async () => {
    const ask = asker(brainOf(database.pool), acme);
    const answer = await ask("fin", "reconcile this month");
    expect(answer.title).toContain("$5.00 billed, $2.50 metered");
    expect(answer.figures).toMatchObject({
      difference: { amount: "2.5" },
      bypass: { amount: "2.5" },
    });
    expect(answer.table?.rows).toEqual([
      ["org-1", "$5.00", "$2.50", "+$2.50", "50.0%", "+$2.50 not seen by a gateway"],
    ]);
    expect(answer.download?.csv).toContain("org-1,openai,,key_9,o3,2.5,0,2.5,USD");
    const elsewhere = asker(brainOf(database.pool), other);
    expect((await elsewhere("fin", "reconcile this month")).title).toContain("nothing to compare");
    expect((await ask("fin", "reconcile this month account org-2")).title).toContain("nothing");
  });

  it("refuses whoever answers for less, and any room", async () => {
    const ask = asker(brainOf(database.pool), acme);
    expect((await ask("u1", "reconcile")).state).toBe("refused");
    const room = await brainOf(database.pool).ask({
      orgId: acme.orgId,
      text: "reconcile",
      asker: { personId: acme.people.get("fin"), operator: false, account: "slack:T1:U1" },
      audience: { kind: "room" },
      surface: "slack",
    });
    expect(room.state).toBe("refused");
  });

  it("is done every day by a job, once, and what no gateway saw is a finding", async () => {
    await run(acme.orgId);
    await run(acme.orgId);
    await run(other.orgId);
    const { cost, reconciliationCost } = await spendTotal(database.pool, acme.orgId, {}, NOVEMBER);
    expect([cost, reconciliationCost]).toEqual([parseUsd("5"), parseUsd("2.5")]);
    const findings = await listFindings(database.pool, acme.orgId, { limit: 10 });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ class: "bypass", excess: parseUsd("2.5"), scopeId: 0 });
    expect(findings[0]?.evidence.why).toContain("seen by no gateway");
    expect(await listFindings(database.pool, other.orgId, { limit: 10 })).toEqual([]);
  });

  it.each([
    ["west", "America/Los_Angeles"],
    ["east", "Asia/Tokyo"],
  ])(
    "says %s of Greenwich since which day of the bill, and what that is a day from then on",
    async (key, timeZone) => {
      const far = await makeAcme(database.owner, { key });
      await database.owner.query("update organization set time_zone = $2 where id = $1", [
        far.orgId,
        timeZone,
      ]);
      await fill(far.orgId);
      await run(far.orgId, timeZone);
      const [found] = await listFindings(database.pool, far.orgId, { limit: 10 });
      if (found === undefined) throw new Error("a bypass was filled in");
      const org = await createOrgViews(database.pool)(far.orgId, NOW);
      const setting = await settingOf(database.pool, org, found, NOW);
      // The 10th is the day of the bill; it is settled up to the 20th: $2.50 in eleven days.
      expect(findingAnswer(found, setting).title).toBe(
        "org-1: $0.2273 a day since Tue 10 Nov, billed, and not seen by the gateway",
      );
    },
  );
});
