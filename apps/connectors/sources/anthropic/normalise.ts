import type { ServiceTier, Tokens } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoFromDecimal, nanoUsd, parseDecimal } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import type { About, SourceDay } from "../../source.ts";
import {
  addAlone,
  type BilledUsage,
  dayReport,
  groupedBy,
  type LinesAlone,
  type ReportLine,
  reportEvent,
} from "../billed-usage.ts";
import { mergeEqualIds, type SharedAmount, shareAmounts } from "../buckets.ts";
import type { CostResult, UsageResult } from "./schema.ts";

export type AnthropicDay = BilledUsage<UsageResult, CostResult>;

const REPORT = { source: "pull:anthropic", provider: "anthropic", feed: "usage" };
/** Left out of the cost report: its bill is a commitment, so our own price stands. */
const NOT_REPORTED = new Set(["priority", "priority_on_demand"]);

/** Cents as a decimal string to nano-dollars: "123.45" is $1.2345. Undefined where it is none. */
export function nanoFromCents(cents: string | number): NanoUsd | undefined {
  const decimal = parseDecimal(String(cents));
  return decimal && nanoFromDecimal({ digits: decimal.digits, scale: decimal.scale + 2 });
}

function cacheWrites({ cache_creation: made }: UsageResult): { short: number; long: number } {
  return {
    short: made?.ephemeral_5m_input_tokens ?? 0,
    long: made?.ephemeral_1h_input_tokens ?? 0,
  };
}

/** The tokens of a row that a line of the bill is for, by the line's token_type. */
const BILLED_TOKENS: Readonly<Record<string, (row: UsageResult) => number>> = {
  uncached_input_tokens: (row) => row.uncached_input_tokens ?? 0,
  output_tokens: (row) => row.output_tokens ?? 0,
  cache_read_input_tokens: (row) => row.cache_read_input_tokens ?? 0,
  "cache_creation.ephemeral_5m_input_tokens": (row) => cacheWrites(row).short,
  "cache_creation.ephemeral_1h_input_tokens": (row) => cacheWrites(row).long,
};

type Grouped = Pick<UsageResult, "workspace_id" | "model" | "service_tier" | "context_window">;

function groupOf(row: Grouped): string {
  return [row.workspace_id, row.model, row.service_tier, row.context_window].join("\n");
}

/**
 * The bill names workspace, model and kind of token, the usage report also the key: each line goes to
 * the rows it is for, by the very tokens that it bills. A line that no usage explains (web search,
 * code execution) stands for itself, in its workspace.
 */
export function normaliseAnthropic(day: Day, raw: AnthropicDay, about: About): SourceDay {
  const report = dayReport(REPORT, about.account, day);
  const groups = groupedBy(raw.usage, groupOf);
  const shared: SharedAmount<UsageResult>[] = [];
  const alone: LinesAlone<CostResult> = new Map();
  for (const line of raw.costs) {
    const amount = nanoFromCents(line.amount) ?? nanoUsd(0n);
    const tokens = BILLED_TOKENS[line.token_type ?? ""];
    const rows = (groups.get(groupOf(line)) ?? []).filter((row) => (tokens?.(row) ?? 0) > 0);
    if (tokens !== undefined && rows.length > 0) {
      shared.push({ amount, rows, weightOf: (row) => BigInt(tokens(row)) });
    } else if (amount !== 0n) addAlone(alone, JSON.stringify(aloneParts(line)), line, amount);
  }
  const paid = shareAmounts(shared);
  const events = raw.usage.map((row) => reportEvent(report, usageLine(row, amountOf(row))));
  for (const { line, amount } of alone.values()) {
    events.push(reportEvent(report, billLine(line, amount)));
  }
  return { day, events: mergeEqualIds(events) };

  function amountOf(row: UsageResult): NanoUsd | undefined {
    const known = paid.get(row);
    if (known !== undefined || !raw.billed) return known;
    return NOT_REPORTED.has(row.service_tier ?? "") ? undefined : nanoUsd(0n);
  }
}

function aloneParts(line: CostResult): (string | null)[] {
  const { workspace_id = null, description = null, model = null, token_type = null } = line;
  return ["line", workspace_id, description, line.cost_type ?? null, model, token_type];
}

function tierOf(tier: string | null | undefined): ServiceTier {
  if (tier === "batch" || tier === "flex") return tier;
  return NOT_REPORTED.has(tier ?? "") ? "priority" : "standard";
}

/** Input is what was not cached, what was read from the cache and what was written to it. */
function tokensOf(row: UsageResult): Tokens {
  const { short, long } = cacheWrites(row);
  const read = row.cache_read_input_tokens ?? 0;
  const tokens: Tokens = { input: (row.uncached_input_tokens ?? 0) + read + short + long };
  if (read) tokens.cacheRead = read;
  if (short) tokens.cacheWrite5m = short;
  if (long) tokens.cacheWrite1h = long;
  tokens.output = row.output_tokens ?? 0;
  return tokens;
}

function usageLine(row: UsageResult, amount: NanoUsd | undefined): ReportLine {
  const { workspace_id = null, api_key_id = null, model = null, service_tier = null } = row;
  return {
    parts: [workspace_id, api_key_id, model, service_tier, row.context_window ?? null],
    model: model ?? "unknown",
    serviceTier: tierOf(service_tier),
    // The report counts no requests; 0 keeps them out of every average.
    requestCount: 0,
    tokens: tokensOf(row),
    key: api_key_id,
    project: workspace_id,
    amount,
  };
}

function billLine(line: CostResult, amount: NanoUsd): ReportLine {
  const isTool = line.cost_type === "web_search" || line.cost_type === "code_execution";
  return {
    parts: aloneParts(line),
    model: line.model ?? line.description ?? line.cost_type ?? "not itemised",
    serviceTier: "standard",
    requestCount: 0,
    tokens: {},
    key: undefined,
    project: line.workspace_id,
    amount,
    operation: isTool ? (line.cost_type ?? undefined) : undefined,
  };
}
