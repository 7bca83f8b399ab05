import type { Day } from "#core/time.ts";
import { addDays, utcDay } from "#core/time.ts";
import { type Asked, type Contract, pageOf, type Reply } from "./contract-server.ts";

/** A key's true usage of one model on a day at Anthropic, and what each class of tokens cost. */
export interface ClaudeLine {
  readonly workspace: string | null;
  readonly key: string | null;
  readonly model: string;
  readonly uncached: number;
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
  readonly output: number;
  /** Hundredths of a cent are told too: nano-dollars. */
  readonly nano: Readonly<Record<string, bigint>>;
}

export interface AnthropicAccount {
  readonly lines: (day: Day) => readonly ClaudeLine[];
  /** Workspace and nano-dollars of web searches. */
  readonly searches: (day: Day) => readonly { workspace: string; nano: bigint }[];
  readonly engineers: (day: Day) => readonly object[];
}

/** Cents with as many places as it takes. */
export function cents(nano: bigint): string {
  const whole = nano / 10_000_000n;
  return `${whole}.${String(nano % 10_000_000n).padStart(7, "0")}`;
}

function days(from: string, until: string): Day[] {
  const all: Day[] = [];
  for (let day = from.slice(0, 10) as Day; day < until.slice(0, 10); day = addDays(day, 1))
    all.push(day);
  return all;
}

function usageResults(lines: readonly ClaudeLine[]) {
  return lines.map((line) => ({
    uncached_input_tokens: line.uncached,
    cache_creation: {
      ephemeral_1h_input_tokens: line.written1h,
      ephemeral_5m_input_tokens: line.written5m,
    },
    cache_read_input_tokens: line.read,
    output_tokens: line.output,
    server_tool_use: { web_search_requests: 0 },
    api_key_id: line.key,
    workspace_id: line.workspace,
    model: line.model,
    service_tier: "standard",
    context_window: "0-200k",
    inference_geo: null,
  }));
}

/** The bill knows no keys: one line a workspace, model and kind of token. */
function costResults(account: AnthropicAccount, day: Day) {
  const sums = new Map<string, bigint>();
  for (const { workspace, model, nano } of account.lines(day)) {
    for (const [type, amount] of Object.entries(nano)) {
      const key = JSON.stringify([workspace, model, type]);
      sums.set(key, (sums.get(key) ?? 0n) + amount);
    }
  }
  const base = { currency: "USD", inference_geo: null };
  const tokens = [...sums].map(([key, nano]) => {
    const [workspace_id, model, token_type] = JSON.parse(key);
    const description = `${model} Usage - ${token_type}`;
    const group = { workspace_id, model, token_type, description, cost_type: "tokens" };
    return {
      ...base,
      ...group,
      amount: cents(nano),
      service_tier: "standard",
      context_window: "0-200k",
    };
  });
  const searches = account.searches(day).map(({ workspace, nano }) => ({
    ...base,
    workspace_id: workspace,
    amount: cents(nano),
    description: "Web Search Usage",
    cost_type: "web_search",
    context_window: null,
    model: null,
    service_tier: null,
    token_type: null,
  }));
  return [...tokens, ...searches];
}

export function anthropicContract(account: AnthropicAccount): Contract {
  const report = (asked: Asked, results: (day: Day) => readonly object[]): Reply => {
    const { query } = asked;
    const limit = Number(query.get("limit") ?? 7);
    if (limit > 31) return { status: 400, body: { error: { message: "limit" } } };
    const all = days(query.get("starting_at") ?? "", query.get("ending_at") ?? "");
    const { rows, more, next } = pageOf(all, limit, query.get("page"));
    const data = rows.map((day) => ({
      starting_at: `${day}T00:00:00Z`,
      ending_at: `${addDays(day, 1)}T00:00:00Z`,
      results: results(day),
    }));
    return { body: { data, has_more: more, next_page: next } };
  };
  return (asked) => {
    switch (asked.path) {
      case "/v1/organizations/me":
        return { body: { id: "org_uuid", type: "organization", name: "Acme" } };
      case "/v1/organizations/workspaces":
        if (asked.method === "POST") return { status: 403, body: { error: {} } };
        return {
          body: { data: [{ id: "wrkspc_1", name: "Payments" }], has_more: false, last_id: null },
        };
      case "/v1/organizations/api_keys":
        return {
          body: {
            data: [{ id: "apikey_1", name: "ci", status: "active", workspace_id: "wrkspc_1" }],
            has_more: false,
            last_id: null,
          },
        };
      case "/v1/organizations/usage_report/messages":
        return report(asked, (day) => usageResults(account.lines(day)));
      case "/v1/organizations/cost_report":
        return report(asked, (day) => costResults(account, day));
      case "/v1/organizations/usage_report/claude_code": {
        const day = (asked.query.get("starting_at") ?? "") as Day;
        const { rows, more, next } = pageOf(account.engineers(day), 2, asked.query.get("page"));
        return { body: { data: rows, has_more: more, next_page: next } };
      }
      default:
        return undefined;
    }
  };
}

export interface CursorTruth {
  readonly timestamp: string;
  readonly userEmail: string;
  readonly model: string;
  readonly kind: string;
  readonly chargedCents: number;
  readonly tokenUsage?: object;
}

/** `shift` adds an event in front between two pages, once. */
export function cursorContract(
  events: () => readonly CursorTruth[],
  shift: { next?: CursorTruth },
): Contract {
  const late: CursorTruth[] = [];
  return ({ path, body }) => {
    if (path === "/teams/members") {
      return { body: { teamMembers: [{ id: 7, email: "dev@acme.example", role: "member" }] } };
    }
    if (path === "/teams/spend") {
      return {
        body: { teamMemberSpend: [], subscriptionCycleStart: 0, totalMembers: 1, totalPages: 1 },
      };
    }
    if (path !== "/teams/filtered-usage-events") return undefined;
    const { startDate, endDate, page = 1, pageSize = 10 } = body as Record<string, number>;
    if (shift.next !== undefined && page > 1) {
      late.push(shift.next);
      delete shift.next;
    }
    const inside = [...late, ...events()].filter(({ timestamp }) => {
      const at = Number(timestamp);
      return at >= (startDate ?? 0) && at <= (endDate ?? 0);
    });
    // The smaller of what was asked for and what a page holds.
    const size = Math.min(pageSize, 10);
    const rows = inside.slice((page - 1) * size, page * size);
    return {
      body: {
        totalUsageEventsCount: inside.length,
        pagination: {
          numPages: Math.ceil(inside.length / size),
          currentPage: page,
          pageSize: size,
          hasNextPage: page * size < inside.length,
          hasPreviousPage: page > 1,
        },
        usageEvents: rows,
        period: { startDate, endDate },
      },
    };
  };
}

export interface SpendLog {
  readonly request_id: string;
  readonly startTime: string;
  readonly [field: string]: unknown;
}

/** Pages of at most 100 rows: a larger page is refused, as some versions do. */
export function liteLlmContract(logs: () => readonly SpendLog[]): Contract {
  return ({ path, query }) => {
    if (path === "/key/block") return { status: 401, body: { error: {} } };
    if (path !== "/spend/logs/v2") return undefined;
    const size = Number(query.get("page_size") ?? 50);
    if (size > 100) return { status: 422, body: { detail: [{ loc: ["query", "page_size"] }] } };
    const wall = (name: string) => Date.parse(`${query.get(name)?.replace(" ", "T")}Z`);
    const inside = logs().filter(({ startTime }) => {
      const at = Date.parse(`${startTime.replace(" ", "T").replace(/Z$/, "")}Z`);
      return at >= wall("start_date") && at <= wall("end_date");
    });
    const page = Number(query.get("page") ?? 1);
    // A row that came in meanwhile pushes the last one of a page onto the next as well.
    const start = Math.max(0, (page - 1) * size - (page > 1 ? 1 : 0));
    const data = inside.slice(start, page * size);
    const total_pages = Math.ceil(inside.length / size);
    return { body: { data, total: inside.length, page, page_size: size, total_pages } };
  };
}

export interface Activity {
  readonly date: string;
  readonly key: string | null;
  readonly model: string;
  readonly usage: number;
  readonly prompt_tokens: number;
}

/** The account's activity, or a key's; deleted keys are in the account's alone. */
export function openRouterContract(
  rows: () => readonly Activity[],
  keys: readonly string[],
): Contract {
  return ({ path, query }) => {
    if (path === "/api/v1/keys") {
      const offset = Number(query.get("offset") ?? 0);
      return {
        body: { data: keys.slice(offset, offset + 100).map((hash) => ({ hash, name: hash })) },
      };
    }
    if (path !== "/api/v1/activity") return undefined;
    const hash = query.get("api_key_hash");
    const sums = new Map<string, Activity>();
    for (const row of rows().filter(({ key }) => hash === null || key === hash)) {
      const id = `${row.date} ${row.model}`;
      const before = sums.get(id);
      const usage = Number(((before?.usage ?? 0) + row.usage).toFixed(9));
      sums.set(id, {
        ...row,
        usage,
        prompt_tokens: (before?.prompt_tokens ?? 0) + row.prompt_tokens,
      });
    }
    const data = [...sums.values()].map(({ key: _key, ...row }) => ({
      ...row,
      model_permaslug: row.model,
      endpoint_id: "ep",
      provider_name: "Acme",
      requests: 1,
      completion_tokens: 0,
      reasoning_tokens: 0,
      byok_usage_inference: 5,
    }));
    return { body: { data } };
  };
}

/** Today in these tests. */
export const TODAY = utcDay(new Date("2026-11-22T12:00:00Z"));
