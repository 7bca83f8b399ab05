import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCreditBalances } from "#core/ledger/prepaid.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { type IngestServer, makeToken, post, startIngest } from "./ingest-server.ts";

const database = useDatabase();
let server: IngestServer;
let orgId: number;
let otherId: number;
let token: string;
let scoped: string;

beforeAll(async () => {
  server = await startIngest(database);
  orgId = await makeOrganization(database.owner, "acme");
  otherId = await makeOrganization(database.owner, "other");
  const scopes = await makeScopes(database.owner, orgId, ["payments/checkout", "search/ranking"]);
  await makeScopes(database.owner, otherId, ["payments/checkout"]);
  token = await makeToken(database, orgId);
  scoped = await makeToken(database, orgId, [scopes.get("payments") ?? 0]);
});
afterAll(() => server.close());

const NOVEMBER = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
const send = (body: unknown, as = token) => post(`${server.url}/v1/charges`, as, body);
const total = async (org = orgId) => spendTotal(database.pool, org, {}, NOVEMBER);

const SEAT = {
  category: "seat",
  provider: "github",
  item: "Copilot Business",
  amount: "19",
  month: "2026-11",
  tags: { team: "payments", person: "dev@acme.example" },
};

describe("POST /v1/charges", () => {
  it("books seats, fees, hours, refunds and tax, each once, and counts no calls", async () => {
    const charges = [
      { ...SEAT, externalId: "seat-1" },
      { ...SEAT, externalId: "seat-2", tags: { team: "payments" } },
      {
        category: "platform_fee",
        provider: "acme-gateway",
        item: "Platform",
        amount: 9.99,
        from: "2026-11-01",
        to: "2026-11-20",
      },
      {
        category: "gpu_hours",
        provider: "acme-cloud",
        item: "H100",
        quantity: "120.5",
        unitPrice: "2.49",
        day: "2026-11-03",
        tags: { project: "checkout", workflow: "refunds" },
      },
      {
        category: "vector_store",
        provider: "pine",
        item: "Index",
        amount: "12.34",
        day: "2026-11-04",
      },
      {
        category: "refund",
        provider: "openai",
        item: "Outage credit",
        amount: 5,
        day: "2026-11-05",
      },
      { category: "tax", provider: "openai", item: "VAT", amount: "3.21", month: "2026-11" },
    ];
    const answer = await send(charges);
    expect(answer.json).toMatchObject({ received: 7, appended: 7, problems: [] });
    expect(answer.status).toBe(200);
    const spent = await total();
    // 19 + 19 + 9.99 + 300.045 + 12.34 - 5 + 3.21
    expect(spent.cost).toBe(358_585_000_000n);
    expect([spent.requests, spent.unpricedRequests]).toEqual([0n, 0n]);
    expect((await send(charges)).json).toMatchObject({ appended: 0, duplicates: 7 });
    expect((await total()).cost).toBe(spent.cost);
    const { rows } = await database.owner.query(
      `select distinct kind, operation from ledger_entry
       where org_id = $1 and kind = 'infrastructure' order by 2`,
      [orgId],
    );
    expect(rows).toEqual([
      { kind: "infrastructure", operation: "gpu_hours" },
      { kind: "infrastructure", operation: "vector_store" },
    ]);
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
    expect((await total(otherId)).cost).toBe(0n);
  });

  it("stores the good ones of a batch and says what is wrong with the others", async () => {
    const before = (await total()).cost;
    const answer = await send([
      { ...SEAT, externalId: "seat-3" },
      { ...SEAT, externalId: "seat-1", amount: "21" },
      { ...SEAT, externalId: "seat-4", amount: "-3" },
      { ...SEAT, externalId: "seat-5", currency: "EUR" },
      { ...SEAT, externalId: "seat-6", source: "pull:github" },
      { ...SEAT, externalId: "seat-7", colour: "red" },
      { ...SEAT, externalId: "seat-8", month: "2029-01" },
    ]);
    expect(answer.status).toBe(207);
    expect(answer.json).toMatchObject({ received: 7, appended: 1, conflicts: 1, refused: 5 });
    expect(answer.json.problems).toMatchObject([
      { index: 1, state: "conflict" },
      { index: 2, field: "amount" },
      { index: 3, field: "currency" },
      { index: 4, field: "source" },
      { index: 5, field: "colour" },
      { index: 6, reason: expect.stringContaining("future") },
    ]);
    expect((await total()).cost).toBe(before + 19_000_000_000n);
  });

  it("is guarded as usage is", async () => {
    expect((await send([SEAT], "aispend_nothing")).status).toBe(401);
    expect((await send("{nope")).status).toBe(400);
    const elsewhere = { ...SEAT, externalId: "seat-9", tags: { team: "search" } };
    expect((await send([elsewhere], scoped)).status).toBe(403);
    const credit = {
      category: "prepaid",
      provider: "openai",
      item: "Credits",
      amount: 5,
      day: "2026-11-01",
    };
    expect((await send([credit], scoped)).status).toBe(403);
    const many = Array.from({ length: 1_001 }, (_, index) => ({
      ...SEAT,
      externalId: String(index),
    }));
    expect((await send(many)).status).toBe(413);
  });

  it("keeps prepaid credit out of spend and says what usage has drawn from it", async () => {
    const before = (await total()).cost;
    const credit = {
      category: "prepaid",
      provider: "acme-cloud",
      item: "Commit",
      amount: 1000,
      day: "2026-11-01",
      expiresOn: "2027-11-01",
      externalId: "po-1",
    };
    expect((await send([credit])).json).toMatchObject({ appended: 1 });
    expect((await send([credit])).json).toMatchObject({ duplicates: 1 });
    expect((await send([{ ...credit, amount: 900 }])).status).toBe(409);
    expect((await total()).cost).toBe(before);
    expect(await listCreditBalances(database.pool, orgId, "2026-11-22" as Day)).toEqual([
      {
        provider: "acme-cloud",
        account: "",
        bought: 1_000_000_000_000n,
        drawn: 300_045_000_000n,
        left: 699_955_000_000n,
        firstBoughtOn: "2026-11-01",
        nextExpiry: "2027-11-01",
        // 22 days at 13.64 a day
        usedUpOn: "2027-01-13",
      },
    ]);
    expect(await listCreditBalances(database.pool, otherId, "2026-11-22" as Day)).toEqual([]);
  });
});
