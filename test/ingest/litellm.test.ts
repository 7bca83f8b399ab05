import { afterAll, beforeAll, expect, it } from "vitest";
import { spendBy, spendTotal } from "#core/ledger/spend.ts";
import type { Day } from "#core/time.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";
import { liteLlmWithContent } from "./content-payloads.ts";
import { type IngestServer, makeToken, post, startIngest } from "./ingest-server.ts";

const database = useDatabase();
const NOVEMBER = { start: "2026-11-01" as Day, end: "2026-12-01" as Day };
let server: IngestServer;
let orgId = 0;
let token = "";
let callback = "";

beforeAll(async () => {
  server = await startIngest(database);
  callback = `${server.url}/v1/litellm`;
  orgId = await makeOrganization(database.owner, "acme");
  await makeScopes(database.owner, orgId, ["payments/disputes/triage"]);
  token = await makeToken(database, orgId);
});
afterAll(() => server.close());

const payload = (id: string, over: Record<string, unknown> = {}) =>
  liteLlmWithContent("content", { id, ...over });

it("takes LiteLLM's three formats, lines as application/json too, and each call once", async () => {
  const calls = [payload("a"), payload("b")];
  const lines = calls.map((call) => JSON.stringify(call)).join("\n");
  const deliveries = [
    await post(callback, token, calls),
    await post(callback, token, lines),
    await post(callback, token, lines, { "Content-Type": "application/x-ndjson" }),
    await post(callback, token, calls[0]),
  ];
  expect(deliveries.map(({ status, json }) => [status, json.appended, json.duplicates])).toEqual([
    [200, 2, 0],
    [200, 0, 2],
    [200, 0, 2],
    [200, 0, 1],
  ]);
  const [team] = await spendBy(database.pool, orgId, {}, NOVEMBER, "team", 10);
  // claude-sonnet-4-5: 1,000 in at $3, 100 out at $15 a million; LiteLLM's own figure stays beside it.
  expect([team?.name, team?.measures.cost, team?.measures.reportedCost]).toEqual([
    "payments",
    9_000_000n,
    24_600_000n,
  ]);
  const [workflow] = await spendBy(database.pool, orgId, {}, NOVEMBER, "workflow", 10);
  expect(workflow?.name).toBe("refunds");
});

it("keeps failures as errors, passes over reads of stored answers, refuses what has no time", async () => {
  const before = await spendTotal(database.pool, orgId, {}, NOVEMBER);
  const answer = await post(callback, token, [
    payload("f", {
      status: "failure",
      prompt_tokens: 0,
      completion_tokens: 0,
      response_cost: 0,
      metadata: {},
    }),
    payload("g", { call_type: "aget_responses" }),
    payload("h", { startTime: null }),
    null,
  ]);
  expect([answer.status, answer.json]).toEqual([
    207,
    expect.objectContaining({ received: 4, appended: 1, ignored: 1, refused: 2 }),
  ]);
  const after = await spendTotal(database.pool, orgId, {}, NOVEMBER);
  expect([after.errors - before.errors, after.cost]).toEqual([1n, before.cost]);
});
