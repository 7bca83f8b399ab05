import { beforeAll, expect, it } from "vitest";
import { listAudit } from "#core/audit/service.ts";
import { confirmByBills } from "#core/enforcement/confirm-bills.ts";
import { listCapCounters } from "#core/enforcement/reap.ts";
import { putUpstream } from "#core/enforcement/upstreams.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { settleDay } from "#core/ledger/settle.ts";
import { parseUsd } from "#core/money.ts";
import { addDays, type Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const now = new Date("2026-07-20T12:00:00Z");
const clock = () => now;
const LOST = "2026-07-07" as Day;
const BEFORE = "2026-07-19" as Day;
let ledger: Ledger;
let contextOf: ReturnType<typeof cachedContexts>;
let next = 0;

beforeAll(() => {
  contextOf = cachedContexts(database.pool, clock);
  ledger = createLedger({ pool: database.pool, clock, contextOf });
});

/** An organisation whose gateway was lost on LOST with $0.50 of a cap, after it metered $2.50. */
async function lostGateway(key: string): Promise<number> {
  const orgId = await makeOrganization(database.owner, key);
  await putUpstream(database.pool, {
    orgId,
    upstream: {
      name: "openai",
      provider: "openai",
      baseUrl: "https://api.openai.com/v1",
      auth: "bearer",
      sealedSecret: "sealed",
      defaultOutputLimit: 100,
      onAbort: "cancel",
      tokensPerSecond: 1_000,
      allowPrivate: false,
    },
    by: { actor: "operator" },
    now,
  });
  const { rows } = await database.owner.query<{ id: number }>(
    `insert into cap_counter (org_id, subject_kind, subject_id, period, period_start, settled,
       unconfirmed) values ($1, 'scope', 0, 'month', '2026-07-01', 2500000000, 500000000)
     returning id`,
    [orgId],
  );
  await database.owner.query(
    `insert into cap_lease (org_id, counter_id, replica, granted, expires_at, lost_at)
     values ($1, $2, 'gone', 500000000, $3, $4)`,
    [orgId, rows[0]?.id, `${LOST}T10:00:00Z`, `${LOST}T10:05:00Z`],
  );
  await ledger.append(orgId, [call({})]);
  return orgId;
}

/** $2.50 of gpt-4o. */
function call(over: Partial<Parameters<typeof UsageEvent.parse>[0] & object>): UsageEvent {
  next += 1;
  return UsageEvent.parse({
    source: "gateway",
    externalId: `c${next}`,
    occurredAt: `${LOST}T09:00:00Z`,
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1_000_000, output: 0 },
    ...over,
  });
}

async function bill(orgId: number, amount: string | undefined, day = LOST): Promise<void> {
  const line = UsageEvent.parse({
    source: "pull:openai",
    externalId: "usage:gpt-4o",
    occurredAt: `${day}T12:00:00Z`,
    kind: "bucket",
    basis: "billed",
    provider: "openai",
    account: "org-1",
    model: "gpt-4o-2024-08-06",
    requestCount: 1,
    tokens: { input: 1_000_000, output: 0 },
    ...(amount === undefined ? {} : { reportedCost: amount }),
  });
  await settleDay(
    { pool: database.pool, ledger, contextOf, clock },
    { orgId, source: "pull:openai", account: "org-1", prefix: "usage:", day, events: [line] },
  );
}

const confirm = (orgId: number, before = BEFORE) =>
  confirmByBills(database.pool, { orgId, before, now });

async function counter(orgId: number) {
  const [found] = await listCapCounters(database.pool, orgId, "2026-07-01" as Day);
  return { settled: found?.settled, unconfirmed: found?.unconfirmed };
}
const KEPT = { settled: parseUsd("2.50"), unconfirmed: parseUsd("0.50") };

it("gives a cap back what the bills prove was not spent, once, and says so in the log", async () => {
  const orgId = await lostGateway("acme");
  const other = await lostGateway("acme-again");
  await bill(orgId, "2.60");
  await bill(orgId, "0", addDays(LOST, 1));
  expect(await confirm(orgId)).toEqual({ counters: 1, released: parseUsd("0.40") });
  expect(await counter(orgId)).toEqual({ settled: parseUsd("2.60"), unconfirmed: 0n });
  expect(await confirm(orgId)).toEqual({ counters: 0, released: 0n });
  expect(await counter(other)).toEqual(KEPT);
  const [entry] = await listAudit(database.pool, { orgId, subjects: ["scope:0"], limit: 1 });
  expect(entry).toMatchObject({
    action: "cap.confirmed",
    reason: expect.stringContaining("2026-07-06 to 2026-07-08 have at most $0.10"),
  });
});

it.each<[string, (orgId: number) => Promise<void>]>([
  ["no bill", async () => undefined],
  ["no bill of the days after", (orgId) => bill(orgId, "2.60")],
  [
    "a bill with more missing than is kept",
    async (orgId) => {
      await bill(orgId, "3.00");
      await bill(orgId, "0", addDays(LOST, 1));
    },
  ],
  [
    "a meter that has more than the bill, behind which something may hide",
    async (orgId) => {
      await bill(orgId, "2.40");
      await bill(orgId, "0", addDays(LOST, 1));
    },
  ],
  [
    "estimates that may hide as much",
    async (orgId) => {
      const tokens = { input: 200_000, output: 0 };
      await ledger.append(orgId, [call({ estimated: true, tokens })]);
      await bill(orgId, "3.00");
      await bill(orgId, "0", addDays(LOST, 1));
    },
  ],
  [
    "another provider behind the gateway without bills",
    async (orgId) => {
      await ledger.append(orgId, [call({ provider: "groq", model: "llama-3.3-70b-versatile" })]);
      await bill(orgId, "2.60");
      await bill(orgId, "0", addDays(LOST, 1));
    },
  ],
])("keeps it with %s", async (name, given) => {
  const orgId = await lostGateway(name.replace(/[^a-z]+/g, "-").slice(0, 30));
  await given(orgId);
  expect(await confirm(orgId)).toEqual({ counters: 0, released: 0n });
  expect(await counter(orgId)).toEqual(KEPT);
});

it("waits until bills of those days are final", async () => {
  const orgId = await lostGateway("waits");
  await bill(orgId, "2.50");
  await bill(orgId, "0", addDays(LOST, 1));
  expect(await confirm(orgId, addDays(LOST, 1))).toEqual({ counters: 0, released: 0n });
  expect((await confirm(orgId, addDays(LOST, 2))).released).toBe(parseUsd("0.50"));
});
