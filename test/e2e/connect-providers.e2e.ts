import type { getOctokit } from "@actions/github";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseLiteLlm } from "#apps/connectors/litellm/litellm.ts";
import { isIdleSeat } from "#core/connections/picture.ts";
import { listNativeItems } from "#core/connections/service.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { addDays, type Day } from "#core/time.ts";
import {
  type Contract,
  type ContractServer,
  serveContract,
} from "#test/connect/contract-server.ts";
import {
  type Activity,
  anthropicContract,
  type ClaudeLine,
  type CursorTruth,
  cursorContract,
  liteLlmContract,
  openRouterContract,
  type SpendLog,
  TODAY,
} from "#test/connect/providers-accounts.ts";
import { makeWorld, NOW, type World } from "#test/connect/world.ts";
import { useDatabase } from "#test/database/clone.ts";
import { makeOrganization } from "#test/ledger/entries.ts";

const database = useDatabase();
const ALL = { start: "2026-11-01" as Day, end: "2026-11-24" as Day };
let world: World;
let orgId: number;
let server: ContractServer | undefined;
let count = 0;

beforeEach(async () => {
  world = makeWorld(database);
  count += 1;
  orgId = await makeOrganization(database.owner, `providers-${count}`);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(contract: Contract, key: string): Promise<string> {
  const isKey = (headers: Record<string, unknown>) =>
    Object.values(headers).some((value) => String(value).includes(key));
  server = await serveContract(contract, isKey, NOW);
  return server.url;
}

async function costs(): Promise<bigint> {
  expect((await verifyLedger(database.pool, orgId)).difference).toBeUndefined();
  return (await spendTotal(database.pool, orgId, {}, ALL)).cost;
}

const sum = (amounts: Iterable<bigint>) => [...amounts].reduce((a, b) => a + b, 0n);

describe("Anthropic", () => {
  const line = (key: number, over: Partial<ClaudeLine> = {}): ClaudeLine => ({
    workspace: key === 0 ? null : "wrkspc_1",
    key: key === 0 ? null : `apikey_${key}`,
    model: "claude-sonnet-4-5",
    uncached: 1_000 + key,
    read: 6_000,
    written5m: 300 * key,
    written1h: 30,
    output: 100 + key,
    nano: {
      uncached_input_tokens: 3_003_001n * BigInt(key + 1),
      output_tokens: 1_515_000n,
      cache_read_input_tokens: 1_800_003n,
      "cache_creation.ephemeral_5m_input_tokens": BigInt(key) * 1_125_001n,
      "cache_creation.ephemeral_1h_input_tokens": 180_000n,
    },
    ...over,
  });
  const engineer = (email: string, terminal: string) => ({
    date: "2026-11-20T00:00:00Z",
    actor: { type: "user_actor", email_address: email },
    organization_id: "org_uuid",
    customer_type: "subscription",
    terminal_type: terminal,
    core_metrics: {
      num_sessions: 2,
      lines_of_code: { added: 50, removed: 10 },
      commits_by_claude_code: 1,
      pull_requests_by_claude_code: 0,
    },
    tool_actions: { edit_tool: { accepted: 4, rejected: 1 } },
    model_breakdown: [
      {
        model: "claude-sonnet-4-5",
        tokens: { input: 100, output: 50, cache_read: 10, cache_creation: 5 },
        estimated_cost: { currency: "USD", amount: 12.5 },
      },
    ],
  });

  it("adds cached tokens to input, and shares a bill without keys out by the tokens it is for", async () => {
    let lines: ClaudeLine[] = [line(0), line(1), line(2)];
    const url = await serve(
      anthropicContract({
        lines: (day) => (day === "2026-11-20" ? lines : []),
        searches: (day) =>
          day === "2026-11-20" ? [{ workspace: "wrkspc_1", nano: 10_000_000n }] : [],
        engineers: (day) =>
          day === "2026-11-20"
            ? [
                engineer("a@acme.example", "vscode"),
                engineer("a@acme.example", "iTerm"),
                engineer("b@acme.example", "tmux"),
              ]
            : [],
      }),
      "sk-ant-admin01-canary",
    );
    const connection = await world.connect(
      orgId,
      "anthropic",
      { baseUrl: url },
      "sk-ant-admin01-canary",
    );
    expect(connection).toMatchObject({
      account: "org_uuid",
      accountName: "Acme",
      excessRights: null,
    });
    await world.read(connection);
    const truth = () => sum(lines.flatMap(({ nano }) => Object.values(nano))) + 10_000_000n;
    expect(await costs()).toBe(truth());
    const total = await spendTotal(database.pool, orgId, {}, ALL);
    const input = lines.reduce(
      (all, one) => all + one.uncached + one.read + one.written5m + one.written1h,
      0,
    );
    expect(total.inputTokens).toBe(BigInt(input));
    const { rows } = await database.owner.query(
      `select kind, operation, cost::int as cost from ledger_entry
       where org_id = $1 and input_tokens is null`,
      [orgId],
    );
    expect(rows).toEqual([{ kind: "infrastructure", operation: "web_search", cost: 10_000_000 }]);
    lines = [line(1, { output: 900 })];
    await world.read(connection);
    expect(await costs()).toBe(truth());
    const tools = await database.owner.query(
      `select billing, sessions::int, lines_added::int as added, accepted::int,
         estimated_cost::text as cost
       from coding_tool_day where org_id = $1 order by sessions desc`,
      [orgId],
    );
    expect(tools.rows).toEqual([
      { billing: "subscription", sessions: 4, added: 100, accepted: 8, cost: "250000000" },
      { billing: "subscription", sessions: 2, added: 50, accepted: 4, cost: "125000000" },
    ]);
  });
});

describe("Cursor", () => {
  const at = (day: Day, second: number) => String(Date.parse(`${day}T08:00:00Z`) + second * 1000);
  const event = (second: number, over: Partial<CursorTruth> = {}): CursorTruth => ({
    timestamp: at("2026-11-20" as Day, second),
    userEmail: "dev@acme.example",
    model: "claude-sonnet-4-5",
    kind: "Usage-based",
    chargedCents: 12.345,
    tokenUsage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 100, cacheWriteTokens: 20 },
    ...over,
  });

  it("counts equal events without ids, pages to the end, and charges nothing that a seat covers", async () => {
    const events = Array.from({ length: 25 }, (_, index) => event(Math.floor(index / 5)));
    events.push(event(99, { kind: "Included in Business", chargedCents: 777 }));
    const shift = { next: event(100) };
    const url = await serve(
      cursorContract(() => events, shift),
      Buffer.from("cursor-key:").toString("base64"),
    );
    const connection = await world.connect(orgId, "cursor", { baseUrl: url }, "cursor-key");
    await world.read(connection);
    // The event that came in between two pages was read by the second reading.
    expect(await costs()).toBe(26n * 123_450_000n);
    const total = await spendTotal(database.pool, orgId, {}, ALL);
    expect([total.requests, total.inputTokens, total.cacheReadTokens]).toEqual([
      27n,
      27n * 130n,
      2700n,
    ]);
    const [again] = await world.read(connection);
    expect(again).toMatchObject({ appended: 0, withdrawn: 0 });
    const persons = await database.owner.query(
      `select count(distinct person_id)::int as persons from ledger_entry
       where org_id = $1 and person_id <> 0`,
      [orgId],
    );
    expect(persons.rows).toEqual([{ persons: 1 }]);
    // Twenty a minute: nine readings do not wait, as the pace is kept by the pause alone.
    expect(world.pauses.every((ms) => ms <= 60_000)).toBe(true);
  });
});

describe("LiteLLM", () => {
  const two = (count: number) => String(count).padStart(2, "0");
  const log = (index: number, over: Partial<SpendLog> = {}): SpendLog => ({
    request_id: `chatcmpl-${index}`,
    call_type: "acompletion",
    api_key: "ab".repeat(32),
    spend: 0.0045,
    prompt_tokens: 1000,
    completion_tokens: 100,
    startTime: `2026-11-2${index % 2} 10:${two(Math.floor(index / 60))}:${two(index % 60)}`,
    model: "gpt-4o",
    custom_llm_provider: "openai",
    status: "success",
    messages: "canary of a prompt",
    metadata: { usage_object: { prompt_tokens: 1000, completion_tokens: 100 } },
    ...over,
  });

  it("finds the calls that its callback lost, and takes none twice", async () => {
    const logs = Array.from({ length: 229 }, (_, index) => log(index));
    const recent = { startTime: "2026-11-22 11:30:00" };
    logs.push(log(229, recent));
    const url = await serve(
      liteLlmContract(() => logs),
      "sk-litellm-canary",
    );
    const sent = logs.slice(0, 200).map((row) => ({
      ...row,
      id: row.request_id,
      startTime: Date.parse(`${row.startTime.replace(" ", "T")}.250Z`) / 1000,
      response_cost: row.spend,
      metadata: {
        ...(row.metadata as object),
        user_api_key_hash: row.api_key,
        user_api_key_team_alias: "x",
      },
    }));
    const events = parseLiteLlm(sent, (text) => text).flatMap((one) =>
      one.state === "event" ? [one.event] : [],
    );
    await world.deps.ledger.append(orgId, events);
    const connection = await world.connect(orgId, "litellm", { baseUrl: url }, "sk-litellm-canary");
    expect(connection.excessRights).toBeNull();
    const [reading] = await world.read(connection);
    expect(reading).toMatchObject({ appended: 30, unchanged: 200 });
    const total = await spendTotal(database.pool, orgId, {}, ALL);
    expect([total.requests, total.inputTokens]).toEqual([230n, 230_000n]);
    // A call whose tokens were logged wrong at first is corrected by the difference.
    logs[229] = log(229, {
      ...recent,
      metadata: { usage_object: { prompt_tokens: 1000, completion_tokens: 300 } },
    });
    await world.read(connection);
    const after = await spendTotal(database.pool, orgId, {}, ALL);
    expect([after.requests, after.outputTokens]).toEqual([230n, total.outputTokens + 200n]);
    await costs();
  });
});

describe("OpenRouter", () => {
  it("keeps what deleted keys used, and leaves inference on one's own key to its provider", async () => {
    const keys = Array.from({ length: 103 }, (_, index) => `hash-${index}`);
    const rows: Activity[] = [
      { date: "2026-11-19", key: "hash-1", model: "a/b", usage: 0.1, prompt_tokens: 10 },
      { date: "2026-11-19", key: "hash-102", model: "a/b", usage: 0.2, prompt_tokens: 20 },
      { date: "2026-11-19", key: "gone", model: "a/b", usage: 0.000000001, prompt_tokens: 5 },
      { date: "2026-11-20", key: "gone", model: "c/d", usage: 1.5, prompt_tokens: 50 },
    ];
    const url = await serve(
      openRouterContract(() => rows, keys),
      "sk-or-canary",
    );
    const connection = await world.connect(
      orgId,
      "openrouter",
      { baseUrl: url },
      "sk-or-canary-0000",
    );
    expect(connection.excessRights).toContain("make and delete keys");
    await world.read(connection);
    expect(await costs()).toBe(1_800_000_001n);
    const total = await spendTotal(database.pool, orgId, {}, ALL);
    expect(total.inputTokens).toBe(85n);
  });
});

describe("GitHub Copilot", () => {
  type Rest = ReturnType<typeof getOctokit>["rest"];
  type Seats = Awaited<ReturnType<Rest["copilot"]["listCopilotSeats"]>>["data"];
  type Seat = NonNullable<Seats["seats"]>[number];

  it("lists every seat, finds those that are idle, and books AI credits by day and model", async () => {
    const seat = (id: number): Seat => ({
      assignee: { id, login: `dev-${id}` } as NonNullable<Seat["assignee"]>,
      created_at: "2026-01-05T00:00:00Z",
      last_activity_at: id % 10 === 0 ? "2026-09-01T00:00:00Z" : "2026-11-21T00:00:00Z",
      plan_type: "business",
    });
    const seats = Array.from({ length: 230 }, (_, id) => seat(id + 1));
    let net = 1.25;
    const url = await serve(({ path, query }) => {
      if (path === "/orgs/acme/copilot/billing") {
        return { body: {}, headers: { "x-oauth-scopes": "manage_billing:copilot, read:org" } };
      }
      if (path === "/orgs/acme/copilot/billing/seats") {
        const page = Number(query.get("page"));
        const per = Number(query.get("per_page"));
        return { body: { total_seats: 230, seats: seats.slice((page - 1) * per, page * per) } };
      }
      if (path !== "/organizations/acme/settings/billing/ai_credit/usage") return undefined;
      const day = `${query.get("year")}-${query.get("month")}-${query.get("day")}`;
      const item = {
        product: "Copilot",
        sku: "Copilot AI Credit",
        unitType: "requests",
        grossQuantity: 40,
      };
      const usageItems =
        day === "2026-11-19"
          ? [
              { ...item, model: "Claude Sonnet 4.5", grossAmount: 1.6, netAmount: net },
              { ...item, model: "GPT-5", grossAmount: 0.4, netAmount: 0.4 },
            ]
          : [];
      return { body: { timePeriod: { year: 2026 }, organization: "acme", usageItems } };
    }, "ghp_canary");
    const connection = await world.connect(
      orgId,
      "copilot",
      { baseUrl: url, organisation: "acme", seatPrice: "19" },
      "ghp_canary0000000",
    );
    expect(connection.excessRights).toBe("use the scopes manage_billing:copilot");
    await world.read(connection);
    const seatMonth = 230n * 19_000_000_000n;
    expect(await costs()).toBe(1_650_000_000n + seatMonth);
    net = 1.5;
    await world.read(connection);
    expect(await costs()).toBe(1_900_000_000n + seatMonth);
    const listed = await listNativeItems(database.pool, orgId, ["seat"]);
    expect(listed).toHaveLength(230);
    expect(listed.filter((one) => isIdleSeat(one, TODAY))).toHaveLength(23);
    expect(addDays(TODAY, -1)).toBe("2026-11-21");
  });
});
