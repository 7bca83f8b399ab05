import type {
  UsageCompletionsResponse,
  UsageCostsResponse,
} from "openai/resources/admin/organization/usage";
import { addDays, type Day, utcDay } from "#core/time.ts";
import { type Asked, type Contract, pageOf, type Reply } from "./contract-server.ts";

type UsageRow = UsageCompletionsResponse.Data.OrganizationUsageCompletionsResult;
type CostRow = UsageCostsResponse.Data.OrganizationCostsResult;

/** What an account really used and was billed on one UTC day. */
export interface TrueLine {
  readonly project: string;
  readonly key: string | null;
  readonly model: string;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly requests: number;
  readonly batch: boolean;
  /** Nano-dollars of input, cached input and output. */
  readonly nano: readonly [bigint, bigint, bigint];
}

/** A line of the bill that is for no tokens. */
export interface ExtraLine {
  readonly project: string;
  readonly item: string;
  readonly nano: bigint;
}

export interface TrueDay {
  lines: TrueLine[];
  extras: ExtraLine[];
  /** The costs of a day come later than its usage. */
  billed: boolean;
}

export interface OpenAiAccount {
  readonly days: (day: Day) => TrueDay;
  readonly projects: readonly { id: string; name: string }[];
  readonly keys: readonly { id: string; name: string; project: string }[];
  readonly mayWrite: boolean;
}

/** JSON's numbers as the provider writes them: dollars with nine places. */
function dollars(nano: bigint): number {
  return Number(`${nano / 1_000_000_000n}.${String(nano % 1_000_000_000n).padStart(9, "0")}`);
}

function usageRow(line: TrueLine): UsageRow {
  return {
    object: "organization.usage.completions.result",
    input_tokens: line.input,
    input_cached_tokens: line.cached,
    output_tokens: line.output,
    num_model_requests: line.requests,
    project_id: line.project,
    api_key_id: line.key,
    model: line.model,
    batch: line.batch,
    service_tier: "default",
  };
}

/** Per project, key and line item, as batches and others are billed on one line. */
function costRows({ lines, extras }: TrueDay): CostRow[] {
  const sums = new Map<
    string,
    { project: string; key: string | null; item: string; nano: bigint }
  >();
  const add = (project: string, key: string | null, item: string, nano: bigint) => {
    const id = JSON.stringify([project, key, item]);
    sums.set(id, { project, key, item, nano: (sums.get(id)?.nano ?? 0n) + nano });
  };
  for (const line of lines) {
    for (const [index, part] of ["input", "cached input", "output"].entries()) {
      const nano = line.nano[index] ?? 0n;
      if (nano !== 0n) add(line.project, line.key, `${line.model}, ${part}`, nano);
    }
  }
  for (const { project, item, nano } of extras) add(project, null, item, nano);
  return [...sums.values()].map(({ project, key, item, nano }) => ({
    object: "organization.costs.result",
    amount: { value: dollars(nano), currency: "usd" },
    line_item: item,
    project_id: project,
    api_key_id: key,
  }));
}

const DAY_SECONDS = 86_400;

function buckets(
  account: OpenAiAccount,
  { query }: Asked,
  limits: { standard: number; most: number },
  rowsOf: (day: TrueDay) => readonly (UsageRow | CostRow)[],
): Reply {
  const limit = Number(query.get("limit") ?? limits.standard);
  if (limit < 1 || limit > limits.most) return { status: 400, body: { error: "limit" } };
  const start = Number(query.get("start_time"));
  const end = Number(query.get("end_time") ?? Math.floor(Date.parse("2026-11-23") / 1000));
  const days: Day[] = [];
  const first = utcDay(new Date(start * 1000));
  for (let day = first; Date.parse(day) / 1000 < end; day = addDays(day, 1)) days.push(day);
  const { rows, more, next } = pageOf(days, limit, query.get("page"));
  const data = rows.map((day) => ({
    object: "bucket",
    start_time: Date.parse(day) / 1000,
    end_time: Date.parse(day) / 1000 + DAY_SECONDS,
    results: rowsOf(account.days(day)),
  }));
  return { body: { object: "page", data, has_more: more, next_page: next } };
}

/** The routes of the organisation API that a connection asks, with their page sizes. */
export function openAiContract(account: OpenAiAccount): Contract {
  const list = (rows: readonly { id: string }[], { query }: Asked): Reply => {
    const limit = Number(query.get("limit") ?? 20);
    const after = query.get("after");
    const start = after === null ? 0 : rows.findIndex(({ id }) => id === after) + 1;
    const data = rows.slice(start, start + limit);
    const has_more = start + limit < rows.length;
    return { body: { object: "list", data, has_more, last_id: data.at(-1)?.id ?? null } };
  };
  return (asked) => {
    const { path, method } = asked;
    if (path === "/v1/organization/usage/completions") {
      const usage = (day: TrueDay) => day.lines.map(usageRow);
      return buckets(account, asked, { standard: 7, most: 31 }, usage);
    }
    if (path === "/v1/organization/usage/embeddings") {
      return buckets(account, asked, { standard: 7, most: 31 }, () => []);
    }
    if (path === "/v1/organization/costs") {
      const reply = buckets(account, asked, { standard: 7, most: 180 }, (day) =>
        day.billed ? costRows(day) : [],
      );
      return { ...reply, headers: { "openai-organization": "org-acme" } };
    }
    if (path === "/v1/organization/projects" && method === "POST") {
      return account.mayWrite
        ? { status: 400, body: { error: { message: "name is missing" } } }
        : { status: 403, body: { error: { message: "insufficient permissions" } } };
    }
    if (path === "/v1/organization/projects") return list(account.projects, asked);
    const keys = /^\/v1\/organization\/projects\/([^/]+)\/api_keys$/.exec(path);
    if (keys === null) return undefined;
    return list(
      account.keys.filter(({ project }) => project === keys[1]),
      asked,
    );
  };
}

/** Deterministic usage: the same day, key and model give the same line whenever they are asked. */
export function generatedDay(day: Day, keys: number, models: readonly string[]): TrueDay {
  const lines: TrueLine[] = [];
  for (let key = 0; key < keys; key += 1) {
    for (const [index, model] of models.entries()) {
      const seed = (Number(day.slice(8)) * 31 + key * 7 + index * 13) % 997;
      const cached = seed * 11;
      lines.push({
        project: `proj_${key % 20}`,
        key: `key_${key}`,
        model,
        input: 1_000 + seed * 29,
        cached,
        output: 200 + seed * 3,
        requests: 1 + (seed % 40),
        batch: false,
        nano: [
          BigInt(1_000 + seed * 18) * 2_500n,
          BigInt(cached) * 1_250n,
          BigInt(200 + seed * 3) * 10_000n,
        ],
      });
    }
  }
  return { lines, extras: [], billed: true };
}
