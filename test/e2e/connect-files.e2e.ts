import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { azure, cur2, google } from "#apps/connectors/bill-files/clouds.ts";
import { focus } from "#apps/connectors/bill-files/focus.ts";
import { importBill } from "#apps/connectors/bill-files/import-bill.ts";
import { helicone } from "#apps/connectors/log-files/helicone.ts";
import { importLog } from "#apps/connectors/log-files/import-log.ts";
import { langfuse } from "#apps/connectors/log-files/langfuse.ts";
import { transaction } from "#core/db/transaction.ts";
import { book } from "#core/ledger/book.ts";
import { exportEntries } from "#core/ledger/export.ts";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import type { Day } from "#core/time.ts";
import { parquetFile } from "#test/connect/parquet-file.ts";
import { makeWorld, type World } from "#test/connect/world.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeEntries, makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-bills-"));
let world: World;
let orgId: number;
let count = 0;

beforeAll(() => {
  world = makeWorld(database);
});
beforeEach(async () => {
  count += 1;
  orgId = await makeOrganization(database.owner, `files-${count}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ALL = { start: "2026-07-01" as Day, end: "2026-11-30" as Day };
const total = async (org = orgId) => spendTotal(database.pool, org, {}, ALL);

function file(name: string, content: string | Buffer): string {
  const path = join(folder, `${count}-${name}`);
  writeFileSync(path, content);
  return path;
}

function csv(rows: readonly Record<string, string | number>[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cell = (value: unknown) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  return [
    columns.join(","),
    ...rows.map((row) => columns.map((name) => cell(row[name])).join(",")),
    "",
  ].join("\n");
}

describe("FOCUS", () => {
  it("comes back with the same totals that were exported, whichever organisation takes it", async () => {
    const source = await makeOrganization(database.owner, "exporter");
    await database.pool.query("select ensure_ledger_partition('2026-07-01')");
    await transaction(database.pool, (tx) => book(tx, makeEntries(source, 400, 11)));
    const client = await database.pool.connect();
    let text = "";
    try {
      for await (const line of exportEntries(client, source, ALL, "focus")) text += line;
    } finally {
      client.release();
    }
    const path = file("focus.csv.gz", gzipSync(text));
    const summary = await importBill(world.deps, { orgId, file: path, format: focus });
    expect(summary).toMatchObject({ rows: 400, ignored: 0, refused: 0 });
    const [was, is] = [await total(source), await total()];
    expect(is.cost).toBe(was.cost);
    expect([is.requests, is.inputTokens, is.outputTokens]).toEqual([
      was.requests,
      was.inputTokens,
      was.outputTokens,
    ]);
    const again = await importBill(world.deps, { orgId, file: path, format: focus });
    expect(again).toMatchObject({ appended: 0, withdrawn: 0 });
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("takes a cloud's own rows: tokens by meter, tags, what is no AI left out, other money refused", async () => {
    const base = {
      BilledCost: "1.25",
      BillingAccountId: "sub-1",
      BillingCurrency: "USD",
      ChargeCategory: "Usage",
      ChargePeriodStart: "2026-11-03T00:00:00Z",
      ProviderName: "Microsoft",
      ServiceCategory: "AI and Machine Learning",
      ServiceName: "Azure OpenAI",
      SkuId: "gpt-4o",
      SkuMeter: "gpt-4o-0806-Inp-glbl Tokens",
      ConsumedQuantity: "12.5",
      ConsumedUnit: "1K Tokens",
      Tags: '{"team":"payments"}',
    };
    const path = file(
      "azure-focus.csv",
      csv([
        base,
        { ...base, SkuMeter: "gpt-4o output Tokens", BilledCost: "0.75", ConsumedQuantity: "2" },
        { ...base, ServiceCategory: "Storage", ServiceName: "Blob" },
        { ...base, BillingCurrency: "EUR" },
        { ...base, BilledCost: "much" },
      ]),
    );
    const summary = await importBill(world.deps, { orgId, file: path, format: focus });
    expect(summary).toMatchObject({ rows: 5, ignored: 1, refused: 2, charges: 1, total: "2" });
    expect(summary.problems.map(({ reason }) => reason)).toEqual([
      "BillingCurrency is EUR: convert it to USD first",
      "BilledCost is no decimal",
    ]);
    const spent = await total();
    expect([spent.cost, spent.inputTokens, spent.outputTokens]).toEqual([
      2_000_000_000n,
      12_500n,
      2_000n,
    ]);
  });
});

describe("AWS CUR 2.0", () => {
  const row = (day: number, over: Record<string, string | number> = {}) => ({
    bill_payer_account_id: "111122223333",
    line_item_usage_account_id: "444455556666",
    line_item_usage_start_date: `2026-10-${String(day).padStart(2, "0")}T00:00:00.000Z`,
    line_item_line_item_type: "Usage",
    line_item_product_code: "AmazonBedrock",
    line_item_usage_type: "USE1-Claude4.5Sonnet-input-tokens",
    line_item_operation: "InvokeModelInference",
    line_item_unblended_cost: 0.3,
    line_item_currency_code: "USD",
    line_item_usage_amount: 100,
    pricing_unit: "1K tokens",
    line_item_resource_id:
      "arn:aws:bedrock:us-east-1:444455556666:application-inference-profile/abc",
    line_item_iam_principal: "arn:aws:sts::444455556666:assumed-role/ci",
    resource_tags: '{"user_team":"payments"}',
    ...over,
  });

  it("replaces its months, from CSV and from Parquet alike", async () => {
    const rows = [
      row(1),
      row(1, { line_item_unblended_cost: 0.2 }),
      row(2),
      row(3, {
        line_item_product_code: "AmazonS3",
        line_item_resource_id: "bucket",
        line_item_usage_type: "Requests",
      }),
    ];
    const first = file("cur.csv.gz", gzipSync(csv(rows)));
    expect(await importBill(world.deps, { orgId, file: first, format: cur2 })).toMatchObject({
      rows: 4,
      ignored: 1,
      charges: 2,
      total: "0.8",
    });
    expect((await total()).cost).toBe(800_000_000n);
    // The export is written anew: a day is dearer, another is gone.
    const restated = [row(1), row(4, { line_item_unblended_cost: 1.5 })];
    const columns = Object.keys(row(1)).map((name) => ({
      name,
      values: restated.map((one) => one[name as keyof typeof one]) as string[],
    }));
    const second = file("cur.snappy.parquet", parquetFile(columns));
    const summary = await importBill(world.deps, { orgId, file: second, format: cur2 });
    expect(summary).toMatchObject({ rows: 2, appended: 2, withdrawn: 1 });
    const spent = await total();
    expect([spent.cost, spent.inputTokens]).toEqual([1_800_000_000n, 200_000n]);
    const [model] = await spendBy(database.pool, orgId, {}, ALL, "model", 5);
    expect(model?.name).toBe("Claude4.5Sonnet");
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("says what is wrong with a file, and stores nothing of it", async () => {
    const cut = file(
      "cut.csv.gz",
      gzipSync(csv(Array.from({ length: 5_000 }, () => row(1)))).subarray(0, 400),
    );
    await expect(importBill(world.deps, { orgId, file: cut, format: cur2 })).rejects.toMatchObject({
      code: "file_broken",
    });
    const parquet = file("cut.parquet", Buffer.from("PAR1 nothing more"));
    await expect(
      importBill(world.deps, { orgId, file: parquet, format: cur2 }),
    ).rejects.toMatchObject({ code: "file_broken" });
    const other = file("other.csv", csv([{ a: 1 }]));
    await expect(
      importBill(world.deps, { orgId, file: other, format: cur2 }),
    ).rejects.toMatchObject({ code: "format_mismatch" });
    expect((await total()).cost).toBe(0n);
  });
});

it("reads Azure's and Google's own exports", async () => {
  const azureFile = file(
    "azure.csv",
    csv([
      {
        date: "11/03/2026",
        subscriptionId: "sub-1",
        meterCategory: "Azure OpenAI",
        meterName: "gpt-4o Outp Tokens",
        quantity: 3,
        unitOfMeasure: "1K",
        costInBillingCurrency: "9",
        billingCurrency: "EUR",
        costInUsd: "10.5",
        tags: '"team": "payments"',
      },
      {
        date: "11/03/2026",
        subscriptionId: "sub-1",
        meterCategory: "Storage",
        meterName: "x",
        quantity: 1,
        unitOfMeasure: "1",
        costInBillingCurrency: "9",
        billingCurrency: "EUR",
        costInUsd: "10.5",
        tags: "",
      },
    ]),
  );
  expect(await importBill(world.deps, { orgId, file: azureFile, format: azure })).toMatchObject({
    total: "10.5",
    ignored: 1,
  });
  const googleFile = file(
    "google.jsonl",
    `${JSON.stringify({
      billing_account_id: "01-AB",
      service: { id: "s", description: "Vertex AI" },
      sku: { id: "k", description: "Gemini 2.5 Pro Text Output tokens" },
      usage_start_time: "2026-11-04 10:00:00 UTC",
      project: { id: "prod" },
      labels: [{ key: "team", value: "search" }],
      cost: 4.2,
      currency: "USD",
      credits: [{ name: "promo", amount: -0.2 }],
      usage: { amount: 1000, unit: "tokens" },
    })}\n`,
  );
  expect(await importBill(world.deps, { orgId, file: googleFile, format: google })).toMatchObject({
    total: "4",
  });
  const spent = await total();
  expect(spent.cost).toBe(14_500_000_000n);
  expect(spent.outputTokens).toBe(1_000n);
});

describe("exports of calls", () => {
  const deps = () => ({
    ledger: world.deps.ledger,
    endUserId: (text: string) => `hashed-${text.length}`,
  });

  it("reads Langfuse's observations, adds its kinds of input up and drops what was said", async () => {
    const generation = (id: number) => ({
      id: `obs-${id}`,
      traceId: "t1",
      type: "GENERATION",
      startTime: "2026-11-20T10:00:00.000Z",
      model: "gpt-4o-2024-08-06",
      input: "canary of a prompt",
      output: "canary of an answer",
      usageDetails: { input: 200, input_cached_tokens: 800, output: 100, total: 1100 },
      costDetails: { total: 0.0025 },
      userId: "customer-7",
      environment: "production",
      metadata: { team: "payments", secret: "canary" },
    });
    const rows = [
      generation(1),
      generation(2),
      { ...generation(3), type: "SPAN" },
      { ...generation(4), startTime: "soon" },
    ];
    const cut = JSON.stringify(generation(5)).slice(0, 100);
    const lines = [...rows.map((row) => JSON.stringify(row)), cut];
    const path = file("langfuse.jsonl", lines.join("\n"));
    const request = { orgId, file: path, format: langfuse, cost: "price" as const };
    const summary = await importLog(deps(), request);
    expect(summary).toMatchObject({
      rows: 5,
      appended: 2,
      ignored: 1,
      refused: 2,
      problems: [{ line: 4 }, { line: 5, reason: "is no JSON object" }],
    });
    expect(await importLog(deps(), request)).toMatchObject({ appended: 0, duplicates: 2 });
    const spent = await total();
    expect([spent.inputTokens, spent.cacheReadTokens, spent.cost]).toEqual([
      2_000n,
      1_600n,
      5_000_000n,
    ]);
    const { rows: kept } = await database.owner.query<{ text: string }>(
      "select e::text as text from ledger_entry e where org_id = $1",
      [orgId],
    );
    expect(kept.map(({ text }) => text).join()).not.toContain("canary");
  });

  it("reads Helicone's requests, Anthropic's input with its cache", async () => {
    const path = file(
      "helicone.csv",
      csv([
        {
          request_id: "r1",
          request_created_at: "2026-11-20 10:00:00",
          response_model: "claude-sonnet-4-5",
          provider: "ANTHROPIC",
          prompt_tokens: 1000,
          prompt_cache_read_tokens: 6000,
          prompt_cache_write_tokens: 0,
          completion_tokens: 100,
          status: 200,
          properties: '{"workflow":"refunds"}',
        },
        {
          request_id: "r2",
          request_created_at: "2026-11-20 10:00:01",
          response_model: "claude-sonnet-4-5",
          provider: "ANTHROPIC",
          prompt_tokens: 1000,
          prompt_cache_read_tokens: 0,
          prompt_cache_write_tokens: 0,
          completion_tokens: 0,
          status: -3,
          properties: "",
        },
      ]),
    );
    expect(
      await importLog(deps(), { orgId, file: path, format: helicone, cost: "price" }),
    ).toMatchObject({ appended: 2 });
    const spent = await total();
    expect([spent.inputTokens, spent.cacheReadTokens]).toEqual([8_000n, 6_000n]);
    const { rows } = await database.owner.query(
      "select status from ledger_entry where org_id = $1 order by external_id",
      [orgId],
    );
    expect(rows).toEqual([{ status: "ok" }, { status: "aborted" }]);
  });

  it("says of calls that another source counts which one that is", async () => {
    await database.owner.query(
      `insert into usage_source (org_id, source, counts_for)
       values ($1, 'litellm', '[{"provider": "openai"}]')`,
      [orgId],
    );
    await database.owner.query("update organization set revision = revision + 1 where id = $1", [
      orgId,
    ]);
    const row = {
      request_created_at: "2026-11-20 10:00:00",
      response_model: "gpt-4o",
      provider: "OPENAI",
      prompt_tokens: 10,
      completion_tokens: 1,
    };
    const rows = [
      { request_id: "t1", ...row },
      { request_id: "t2", ...row },
    ];
    const path = file("traced.csv", csv(rows));
    const request = { orgId, file: path, format: helicone, cost: "price" as const, dryRun: true };
    expect(await importLog(deps(), request)).toMatchObject({
      traced: 2,
      tracedBecause: [
        "aispend.yaml says that source 'litellm' counts this traffic, not 'helicone'",
      ],
    });
  });
});
