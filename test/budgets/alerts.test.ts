import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { budgetAlerts } from "#apps/worker/jobs/budget-alerts.ts";
import { listBudgets, setBudget } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import type { UsageEventInput } from "#core/ledger/schema.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { type Acme, append, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let events = 0;

beforeAll(async () => {
  for (const key of ["acme", "other"]) {
    const made = await makeAcme(database.owner, { key });
    for (const who of ["ada", "fin"]) {
      await database.owner.query(
        `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
         values ($1, 'slack', $2, $3, $4, 'operator', now())`,
        [made.orgId, `T-${key}`, `U-${who}`, personId(made, who)],
      );
    }
    if (key === "acme") acme = made;
    else other = made;
  }
});
beforeEach(async () => {
  for (const table of ["budget", "budget_crossing", "outbox", "rollup_day", "rollup_dimension"]) {
    await database.owner.query(`delete from ${table}`);
  }
  await database.owner.query("delete from ledger_entry");
});

/** Dollars of payments on a day: gpt-4o at $2.50 per million tokens of input. */
async function spend(day: string, dollars: number, of = acme): Promise<void> {
  events += 1;
  const event: UsageEventInput = {
    source: "seed",
    externalId: `e${events}`,
    occurredAt: `${day}T10:00:00Z`,
    kind: "bucket",
    provider: "openai",
    model: "gpt-4o",
    requestCount: 10,
    tokens: { input: dollars * 400_000, output: 0 },
    tags: { team: "payments" },
  };
  await append(database.pool, of.orgId, [event]);
}

async function budget(dollars: bigint, now: Date, of = acme): Promise<void> {
  const subject = { kind: "scope" as const, id: of.scopes.get("payments") ?? -1 };
  const [live] = await listBudgets(database.pool, of.orgId, subject);
  await setBudget(database.pool, {
    orgId: of.orgId,
    slot: { subject, kind: "budget", period: "month", unit: "usd" },
    amount: dollars * NANO_PER_USD,
    reason: "a test",
    seen: live?.id,
    by: { personId: personId(of, "fin") },
    now,
  });
}

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** One run of the job, as the worker runs it. */
async function run(at: string, of = acme): Promise<void> {
  const now = new Date(at);
  await transaction(database.pool, (tx) =>
    budgetAlerts.run({
      pool: database.pool,
      tx,
      orgId: of.orgId,
      timeZone: "Europe/Berlin",
      scope: "",
      slot: now,
      now,
      attempt: 1,
      log,
    }),
  );
}

/** What is owed since the last look: who, how placed, and its first line. */
async function owed(of = acme): Promise<string[]> {
  const names = new Map([...of.people].map(([key, id]) => [`person:${id}`, key]));
  const { rows } = await database.owner.query<{ to: string; placement: string; title: string }>(
    `with gone as (delete from outbox where org_id = $1 returning *)
     select destination as to, placement, body ->> 'title' as title from gone order by id`,
    [of.orgId],
  );
  return rows.map(({ to, placement, title }) => `${names.get(to)} ${placement}: ${title}`);
}

async function useChannel(scope: number, of = acme): Promise<void> {
  await database.owner.query(
    `insert into scope_channel (org_id, scope_id, surface, destination)
     values ($1, $2, 'slack', $3)`,
    [of.orgId, scope, `C0${scope}`],
  );
}

const NOV_15 = new Date("2026-11-15T12:00:00Z");

describe("alerts of a budget", () => {
  it("go to the nearest channel too, as to a room, and to no other organisation's", async () => {
    await useChannel(0);
    await useChannel(0, other);
    await budget(1_000n, NOV_15);
    await spend("2026-11-15", 550);
    await run("2026-11-15T12:10:00Z");
    const { rows } = await database.owner.query(
      "select org_id, destination, body -> 'audience' ->> 'kind' as kind from outbox order by id",
    );
    expect(rows).toEqual([
      { org_id: acme.orgId, destination: "C00", kind: "room" },
      { org_id: acme.orgId, destination: expect.stringContaining("person:"), kind: "person" },
    ]);
    await useChannel(acme.scopes.get("payments") ?? -1);
    await spend("2026-11-16", 300);
    await run("2026-11-16T12:10:00Z");
    const later = await database.owner.query(
      "select placement from outbox where destination = $1 order by id",
      [`C0${acme.scopes.get("payments")}`],
    );
    expect(later.rows).toEqual([{ placement: "thread" }, { placement: "update" }]);
    await database.owner.query("delete from scope_channel");
  });

  it("tell each crossing once: the owner from the first on, whoever set it from the last on", async () => {
    await budget(1_000n, NOV_15);
    await spend("2026-11-15", 550);
    await run("2026-11-15T12:10:00Z");
    expect(await owed()).toEqual([
      "ada thread: payments, November: 55% of the budget used, $550 of $1,000",
    ]);
    await run("2026-11-15T13:10:00Z");
    expect(await owed()).toEqual([]);
    await spend("2026-11-16", 300);
    await run("2026-11-16T12:10:00Z");
    expect(await owed()).toEqual([
      "ada thread: payments, November: 85% of the budget used, $850 of $1,000",
      "ada update: payments, November: 85% of the budget used, $850 of $1,000",
    ]);
    await spend("2026-11-16", 200);
    await run("2026-11-16T13:10:00Z");
    expect(await owed()).toEqual([
      "ada thread: payments, November: budget used up, $1,050 of $1,000",
      "ada update: payments, November: budget used up, $1,050 of $1,000",
      "fin thread: payments, November: budget used up, $1,050 of $1,000",
    ]);
    await run("2026-11-16T14:10:00Z");
    expect(await owed()).toEqual([]);
  });

  it("begin anew with the period, at midnight of the organisation's zone", async () => {
    await budget(1_000n, NOV_15);
    await spend("2026-10-15", 600);
    await run("2026-10-15T12:10:00Z");
    expect(await owed()).toEqual([
      "ada thread: payments, October: 60% of the budget used, $600 of $1,000",
    ]);
    // 23:30 UTC on 31 October is the first of November in Berlin.
    await run("2026-10-31T23:30:00Z");
    expect(await owed()).toEqual([]);
    await spend("2026-11-01", 600);
    await run("2026-11-01T12:10:00Z");
    expect(await owed()).toEqual([
      "ada thread: payments, November: 60% of the budget used, $600 of $1,000",
    ]);
  });

  it("are resolved in place when the budget is raised, and told of the new amount anew", async () => {
    await budget(1_000n, NOV_15);
    await spend("2026-11-15", 850);
    await run("2026-11-15T12:10:00Z");
    await owed();
    await budget(2_000n, NOV_15);
    await run("2026-11-15T13:10:00Z");
    expect(await owed()).toEqual([
      "ada update: payments, November: resolved, 42% of the budget used",
    ]);
    await spend("2026-11-15", 250);
    await run("2026-11-15T14:10:00Z");
    expect(await owed()).toEqual([
      "ada thread: payments, November: 55% of the budget used, $1,100 of $2,000",
      "ada update: payments, November: 55% of the budget used, $1,100 of $2,000",
    ]);
  });

  it("warn before it is used up, and take it back when it will last", async () => {
    for (let day = 1; day <= 20; day += 1)
      await spend(`2026-10-${String(day).padStart(2, "0")}`, 400);
    for (let day = 21; day <= 31; day += 1) await spend(`2026-10-${day}`, 400);
    for (let day = 1; day <= 14; day += 1)
      await spend(`2026-11-${String(day).padStart(2, "0")}`, 400);
    await budget(7_000n, NOV_15);
    await run("2026-11-15T12:10:00Z");
    const warning = "thread: payments, November: budget used up in about 3 days, on 18 Nov";
    expect(await owed()).toEqual([`ada ${warning}`, `fin ${warning}`]);
    await budget(9_000n, NOV_15);
    await run("2026-11-15T13:10:00Z");
    await owed();
    await run("2026-11-17T12:10:00Z");
    const { rows } = await database.owner.query(
      `select signal, resolved_at is not null as resolved from budget_crossing
       where org_id = $1 and amount = 7000000000000 and signal = 'exhaustion'`,
      [acme.orgId],
    );
    expect(rows).toEqual([{ signal: "exhaustion", resolved: true }]);
  });

  it("of two runs at the same moment are told once", async () => {
    await budget(1_000n, NOV_15);
    await spend("2026-11-15", 600);
    await Promise.all([run("2026-11-15T12:10:00Z"), run("2026-11-15T12:10:00Z")]);
    expect(await owed()).toHaveLength(1);
  });

  it("stay within their organisation", async () => {
    await budget(1_000n, NOV_15);
    await budget(1_000n, NOV_15, other);
    await spend("2026-11-15", 600);
    await run("2026-11-15T12:10:00Z", other);
    expect(await owed(other)).toEqual([]);
    await run("2026-11-15T12:10:00Z");
    expect(await owed()).toHaveLength(1);
    expect(await owed(other)).toEqual([]);
  });

  it("that fail leave nothing behind, and are told by the next run", async () => {
    await budget(1_000n, NOV_15);
    await spend("2026-11-15", 600);
    await expect(
      transaction(database.pool, async (tx) => {
        const now = new Date("2026-11-15T12:10:00Z");
        const context = { pool: database.pool, tx, orgId: acme.orgId, timeZone: "UTC", scope: "" };
        await budgetAlerts.run({ ...context, slot: now, now, attempt: 1, log });
        throw new Error("the worker was killed here");
      }),
    ).rejects.toThrow("killed");
    expect(await owed()).toEqual([]);
    await run("2026-11-15T12:10:00Z");
    expect(await owed()).toHaveLength(1);
  });
});
