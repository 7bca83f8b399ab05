import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { importPages, type SavedReport } from "#apps/connectors/page-files/import-pages.ts";
import { anthropicPages, openAiPages } from "#apps/connectors/page-files/providers.ts";
import { copilotPages, cursorPages, openRouterPages } from "#apps/connectors/page-files/tools.ts";
import { saveConnection } from "#core/connections/service.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { createSecretBox, makeSecretKey } from "#core/org/secret-box.ts";
import type { Day } from "#core/time.ts";
import type { Contract } from "#test/connect/contract-server.ts";
import { generatedDay, openAiContract } from "#test/connect/openai-account.ts";
import { makeWorld, NOW, type World } from "#test/connect/world.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), "aispend-pages-"));
const ALL = { start: "2026-11-01" as Day, end: "2026-11-30" as Day };
const FROM = Date.parse("2026-11-02") / 1000;
const UNTIL = Date.parse("2026-11-12") / 1000;
const DAYS = 10;
const MODELS = ["gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18"];
let world: World;
let orgId: number;
let count = 0;

const contract: Contract = openAiContract({
  days: (day) => generatedDay(day, 3, MODELS),
  projects: [],
  keys: [],
  mayWrite: false,
});

/** Every page of a report, as somebody who pages through it by hand saves them. */
function pagesOf(report: string, limit: number): unknown[] {
  const pages: unknown[] = [];
  let next: string | null = "";
  while (next !== null) {
    const query = new URLSearchParams({
      start_time: String(FROM),
      end_time: String(UNTIL),
      limit: String(limit),
      ...(next === "" ? {} : { page: next }),
    });
    const path = `/v1/organization/${report}`;
    const body = contract({ method: "GET", path, query, body: undefined })?.body;
    pages.push(body);
    ({ next_page: next } = body as { next_page: string | null });
  }
  return pages;
}

function truth(): bigint {
  let total = 0n;
  for (let day = 2; day < 2 + DAYS; day += 1) {
    const name = `2026-11-${String(day).padStart(2, "0")}` as Day;
    for (const { nano } of generatedDay(name, 3, MODELS).lines) {
      total += nano[0] + nano[1] + nano[2];
    }
  }
  return total;
}

beforeAll(() => {
  world = makeWorld(database);
});
beforeEach(async () => {
  count += 1;
  orgId = await makeOrganization(database.owner, `pages-${count}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function importing(
  pages: string | Buffer,
  report: SavedReport = openAiPages,
  over: { account?: string; dryRun?: boolean } = {},
) {
  const file = join(folder, `${count}.json`);
  writeFileSync(file, pages);
  const { account, dryRun = false } = over;
  return importPages(world.deps, { orgId, file, report, account, dryRun });
}

const cost = async () => (await spendTotal(database.pool, orgId, {}, ALL)).cost;

describe("saved pages of OpenAI", () => {
  const usage = pagesOf("usage/completions", 4);
  const costs = pagesOf("costs", 7);
  const embeddings = pagesOf("usage/embeddings", 31);

  it("book the bill to the nano-dollar, page by page in one list, and once however often", async () => {
    const list = JSON.stringify([...usage, ...embeddings, ...costs]);
    const tried = await importing(list, openAiPages, { dryRun: true });
    expect(tried).toMatchObject({ dryRun: true, days: DAYS, appended: 0, charges: 60 });
    expect(await cost()).toBe(0n);
    // Without the costs it says that they are missing, and no $0.
    const alone = await importing(JSON.stringify(usage), openAiPages, { dryRun: true });
    expect([tried.unbilled, alone.unbilled]).toEqual([0, alone.charges]);
    const summary = await importing(gzipSync(list));
    expect(summary).toMatchObject({ days: DAYS, appended: 60, refused: 0, accounts: ["openai"] });
    expect(await cost()).toBe(truth());
    const lines = [...costs, ...usage].map((page) => JSON.stringify(page)).join("\n");
    expect(await importing(lines)).toMatchObject({ appended: 0, unchanged: 60, withdrawn: 0 });
    expect(await cost()).toBe(truth());
    expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  });

  it("are refused where a page is missing, is there twice, or is of something else", async () => {
    const refused = async (pages: unknown) =>
      importing(typeof pages === "string" ? pages : JSON.stringify(pages));
    await expect(refused(usage.slice(0, 2))).rejects.toMatchObject({ code: "pages_missing" });
    await expect(refused([usage[0], ...costs])).rejects.toMatchObject({ code: "pages_missing" });
    await expect(refused([...costs, costs[0]])).rejects.toMatchObject({ code: "pages_overlap" });
    await expect(refused({ object: "list", data: 3 })).rejects.toMatchObject({
      code: "page_unknown",
    });
    const euros = JSON.stringify(costs).replaceAll('"usd"', '"eur"');
    await expect(refused(euros)).rejects.toThrow(/currency' must be USD/);
    const cut = JSON.stringify(costs).slice(0, 900);
    await expect(refused(cut)).rejects.toMatchObject({ code: "file_broken" });
    expect(await cost()).toBe(0n);
  });

  it("are left to the connection that reads the same account", async () => {
    const box = createSecretBox(makeSecretKey());
    const by = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;
    const secret = "sk-admin-0123456789";
    await saveConnection(database.pool, box, {
      ...{ orgId, kind: "openai", name: "main", settings: {}, secret, by, now: NOW },
    });
    await database.owner.query("update connection set account = 'org-acme' where org_id = $1", [
      orgId,
    ]);
    const pages = JSON.stringify(costs);
    await expect(importing(pages, openAiPages, { account: "org-acme" })).rejects.toMatchObject({
      code: "source_connected",
    });
    expect(await importing(pages, openAiPages, { account: "org-other" })).toMatchObject({
      accounts: ["org-other"],
    });
  });
});

it("reads Anthropic's pages in cents, and input beside what was cached", async () => {
  const at = (day: string) => ({ starting_at: `2026-11-${day}T00:00:00Z` });
  const row = { workspace_id: "ws_1", model: "claude-sonnet-4-5", service_tier: "standard" };
  const usage = {
    uncached_input_tokens: 1_000,
    cache_read_input_tokens: 500,
    cache_creation: { ephemeral_1h_input_tokens: 0, ephemeral_5m_input_tokens: 100 },
    output_tokens: 200,
    ...{ ...row, api_key_id: "key_1", context_window: "0-200k" },
  };
  const bill = { ...row, currency: "USD", context_window: "0-200k", cost_type: "tokens" };
  const pages = [
    { data: [{ ...at("03"), results: [usage] }], has_more: false, next_page: null },
    {
      data: [
        {
          ...at("03"),
          results: [
            { ...bill, amount: "123.45", token_type: "uncached_input_tokens" },
            { ...bill, amount: "6.55", token_type: "output_tokens" },
          ],
        },
      ],
      has_more: false,
      next_page: null,
    },
  ];
  const summary = await importing(JSON.stringify(pages), anthropicPages, { account: "org-1" });
  expect(summary).toMatchObject({ format: "anthropic", charges: 1, total: "1.3" });
  const total = await spendTotal(database.pool, orgId, {}, ALL);
  expect([total.cost, total.inputTokens, total.outputTokens]).toEqual([
    1_300_000_000n,
    1_600n,
    200n,
  ]);
});

it("reads OpenRouter's activity, Cursor's events and Copilot's credits, and no half of them", async () => {
  const activity = {
    data: [
      {
        ...{ date: "2026-11-03", model: "openai/gpt-4o", endpoint_id: "e1", requests: 2 },
        ...{ provider_name: "OpenAI", prompt_tokens: 10, completion_tokens: 5, usage: 0.25 },
      },
    ],
  };
  expect(await importing(JSON.stringify(activity), openRouterPages)).toMatchObject({
    total: "0.25",
  });
  await expect(
    importing(JSON.stringify([activity, activity]), openRouterPages),
  ).rejects.toMatchObject({ code: "pages_overlap" });

  const event = (cents: number) => ({
    timestamp: String(Date.parse("2026-11-04T10:00:00Z")),
    ...{ userEmail: "dev@acme.example", model: "auto", chargedCents: cents, isChargeable: true },
    tokenUsage: { inputTokens: 10, outputTokens: 2, cacheWriteTokens: 0, cacheReadTokens: 5 },
  });
  const page = (cents: number, hasNextPage: boolean) => ({
    totalUsageEventsCount: 2,
    pagination: { hasNextPage },
    usageEvents: [event(cents)],
  });
  const both = JSON.stringify([page(12.5, true), page(12.5, false)]);
  expect(await importing(both, cursorPages)).toMatchObject({ charges: 2, total: "0.25" });
  for (const half of [[page(1, true)], [page(1, false)]]) {
    await expect(importing(JSON.stringify(half), cursorPages)).rejects.toMatchObject({
      code: "pages_missing",
    });
  }

  const credits = (timePeriod: object) => ({
    timePeriod,
    usageItems: [{ product: "copilot", sku: "ai_credit", model: "gpt-5", netAmount: 0.5 }],
  });
  const day = credits({ year: 2026, month: 11, day: 5 });
  expect(await importing(JSON.stringify(day), copilotPages)).toMatchObject({ total: "0.5" });
  await expect(
    importing(JSON.stringify(credits({ year: 2026, month: 11 })), copilotPages),
  ).rejects.toThrow(/timePeriod\.day' must be there: save the report day by day/);
  expect(await cost()).toBe(1_000_000_000n);
});
