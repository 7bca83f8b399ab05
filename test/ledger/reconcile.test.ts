import { beforeAll, describe, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger, type Ledger } from "#core/ledger/ledger.ts";
import { reconcile } from "#core/ledger/reconcile-period.ts";
import { UsageEvent, type UsageEventInput } from "#core/ledger/schema.ts";
import { settleDay } from "#core/ledger/settle.ts";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { nanoUsd, parseUsd } from "#core/money.ts";
import { addDays, type Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "./entries.ts";

const database = useDatabase();
const clock = () => new Date("2026-07-20T12:00:00Z");
const JULY = { start: "2026-07-01" as Day, end: "2026-08-01" as Day };
const DAY = "2026-07-07" as Day;
let ledger: Ledger;
const contextOf = (orgId: number) => contexts(orgId);
let contexts: ReturnType<typeof cachedContexts>;

beforeAll(() => {
  contexts = cachedContexts(database.pool, clock);
  ledger = createLedger({ pool: database.pool, clock, contextOf });
});

let next = 0;
function call(over: Partial<UsageEventInput> = {}): UsageEvent {
  next += 1;
  return UsageEvent.parse({
    source: "gateway",
    externalId: `c${next}`,
    occurredAt: `${DAY}T10:00:00Z`,
    provider: "openai",
    model: "gpt-4o",
    tokens: { input: 1_000_000, output: 0 },
    ...over,
  });
}

function line(amount: string, over: Partial<UsageEventInput> = {}): UsageEvent {
  const { model = "gpt-4o-2024-08-06", key = "key_1" } = over;
  return UsageEvent.parse({
    source: "pull:openai",
    externalId: `usage:${model}:${key}`,
    occurredAt: `${DAY}T12:00:00Z`,
    kind: "bucket",
    basis: "billed",
    provider: "openai",
    account: "org-1",
    requestCount: 1,
    tokens: { input: 1_000_000, output: 0 },
    reportedCost: amount,
    ...over,
    model,
    key,
  });
}

const bill = (orgId: number, events: readonly UsageEvent[], account = "org-1") =>
  settleDay(
    { pool: database.pool, ledger, contextOf, clock },
    { orgId, source: "pull:openai", account, prefix: "usage:", day: DAY, events },
  );

const compare = (orgId: number, before?: Day) =>
  reconcile(
    database.pool,
    { orgId, period: JULY },
    before === undefined ? undefined : { ledger, clock, before },
  );

const booked = addDays(DAY, 1);
const total = (orgId: number) => spendTotal(database.pool, orgId, {}, JULY);

describe("reconciling an account", () => {
  it("makes the total equal the bill to the last digit, and says why they differed", async () => {
    const orgId = await makeOrganization(database.owner, "acme");
    const other = await makeOrganization(database.owner, "acme-again");
    await ledger.append(orgId, [call(), call({ model: "gpt-4o-mini" })]);
    await ledger.append(other, [call()]);
    // gpt-4o at a discount, gpt-4o-mini as listed, and a key that no gateway saw.
    const events = [
      line("2.25"),
      line("0.15", { model: "gpt-4o-mini" }),
      line("1.000000001", { key: "key_9", model: "o3" }),
    ];
    expect(await bill(orgId, events)).toMatchObject({ into: "bucket" });
    const before = await total(orgId);
    expect(before.cost).toBe(parseUsd("2.65"));
    const dry = await compare(orgId);
    expect(await total(orgId)).toEqual(before);
    const { accounts, unassigned } = await compare(orgId, booked);
    expect(accounts).toHaveLength(1);
    expect(accounts[0]).toMatchObject({
      account: "org-1",
      billed: parseUsd("3.400000001"),
      metered: parseUsd("2.65"),
      difference: parseUsd("0.750000001"),
      days: 1,
      bookedDays: 1,
    });
    expect(dry.accounts[0]).toMatchObject({ difference: parseUsd("0.750000001"), bookedDays: 0 });
    expect(accounts[0]?.causes).toMatchObject({
      price: parseUsd("-0.25"),
      bypass: parseUsd("1.000000001"),
      missed: 0n,
    });
    expect(unassigned).toBe(0n);
    const after = await total(orgId);
    expect(after.cost).toBe(parseUsd("3.400000001"));
    expect(after.reconciliationCost).toBe(parseUsd("0.750000001"));
    expect(after.requests).toBe(before.requests);
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
    expect((await total(other)).reconciliationCost).toBe(0n);
  });

  it("appends only what a restatement or a late call changes", async () => {
    const orgId = await makeOrganization(database.owner, "restated");
    await ledger.append(orgId, [call()]);
    await bill(orgId, [line("3.00"), line("0.50", { key: "key_2", model: "o3" })]);
    await compare(orgId, booked);
    const count = async () => {
      const { rows } = await database.owner.query<{ count: number }>(
        "select count(*)::int as count from ledger_entry where org_id = $1",
        [orgId],
      );
      return rows[0]?.count;
    };
    const entries = await count();
    await compare(orgId, booked);
    expect(await count()).toBe(entries);
    // The bill is restated: one line lower, the other gone.
    await bill(orgId, [line("2.80")]);
    await compare(orgId, booked);
    expect((await total(orgId)).cost).toBe(parseUsd("2.80"));
    await ledger.append(orgId, [call({ tokens: { input: 100_000, output: 0 } })]);
    await compare(orgId, booked);
    expect((await total(orgId)).cost).toBe(parseUsd("2.80"));
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("keeps the key of what no gateway saw, and spreads nothing over others", async () => {
    const orgId = await makeOrganization(database.owner, "native");
    await ledger.append(orgId, [call()]);
    await bill(orgId, [line("2.50"), line("4.00", { key: "key_7", model: "o3" })]);
    await compare(orgId, booked);
    const teams = await spendBy(database.pool, orgId, {}, JULY, "team", 10);
    expect(teams.map(({ name }) => name)).toEqual(["unattributed"]);
    const keys = await spendBy(database.pool, orgId, {}, JULY, "key", 10);
    expect(keys.find(({ name }) => name === "key_7")?.measures.cost).toBe(parseUsd("4"));
  });

  it("waits for days whose costs are not out or that are too young", async () => {
    const orgId = await makeOrganization(database.owner, "waiting");
    await ledger.append(orgId, [call()]);
    const { reportedCost, ...unbilled } = line("1");
    expect(reportedCost).toBe("1");
    await bill(orgId, [unbilled]);
    const open = await compare(orgId, booked);
    expect(open.accounts[0]).toMatchObject({ bookedDays: 0, waitingDays: 1 });
    await bill(orgId, [line("2.60")]);
    expect((await compare(orgId, DAY)).accounts[0]).toMatchObject({ waitingDays: 1 });
    expect((await total(orgId)).reconciliationCost).toBe(0n);
  });

  it("matches calls without an account to none where the provider has several", async () => {
    const orgId = await makeOrganization(database.owner, "several");
    await ledger.append(orgId, [call(), call({ account: "org-2" })]);
    await bill(orgId, [line("2.50")]);
    await bill(orgId, [line("2.50", { account: "org-2" })], "org-2");
    const { accounts, unassigned } = await compare(orgId);
    expect(unassigned).toBe(nanoUsd(parseUsd("2.50")));
    const found = accounts.map(({ account, difference }) => [account, difference]);
    expect(found).toContainEqual(["org-1", parseUsd("2.50")]);
    expect(found).toContainEqual(["org-2", 0n]);
  });
});
