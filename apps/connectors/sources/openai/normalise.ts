import type { ServiceTier, Tokens } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd, parseUsd } from "#core/money.ts";
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

export type OpenAiDay = BilledUsage<UsageResult, CostResult>;

const REPORT = { source: "pull:openai", provider: "openai", feed: "usage" };

const TIERS: Readonly<Record<string, ServiceTier>> = {
  batch: "batch",
  flex: "flex",
  priority: "priority",
  scale: "provisioned",
};

/** Lines for what stands around the model: harness cost (domain.md section 3). */
const HARNESS: readonly (readonly [RegExp, string])[] = [
  [/vector|file search storage|storage/i, "vector_store"],
  [/code interpreter|container/i, "code_interpreter"],
  [/web search|file search|tool call/i, "tool_call"],
];

/** "gpt-4o-2024-08-06, cached input" is of the model before the last comma. */
export function modelOfLine(line: string): string {
  const comma = line.lastIndexOf(", ");
  return comma < 0 ? line : line.slice(0, comma);
}

function groupOf(
  project: string | null | undefined,
  key: string | null | undefined,
  model: string,
) {
  return `${project ?? ""}\n${key ?? ""}\n${model}`;
}

/**
 * The bill of a day, on the usage that it is for: each line of the costs goes to the rows of its
 * project, key and model, by their tokens. A line that no usage explains stands for itself.
 */
export function normaliseOpenAi(day: Day, raw: OpenAiDay, about: About): SourceDay {
  const report = dayReport(REPORT, about.account, day);
  const byKey = groupedBy(raw.usage, (row) =>
    groupOf(row.project_id, row.api_key_id, row.model ?? ""),
  );
  let byProject: Map<string, UsageResult[]> | undefined;
  const shared: SharedAmount<UsageResult>[] = [];
  const alone: LinesAlone<CostResult> = new Map();
  for (const line of raw.costs) {
    const amount = parseUsd(line.amount.value);
    if (amount === 0n) continue;
    const group = groupOf(line.project_id, line.api_key_id, modelOfLine(line.line_item ?? ""));
    let rows = byKey.get(group);
    if (rows === undefined && !line.api_key_id) {
      // A bill that names no key is for all keys of the project.
      byProject ??= groupedBy(raw.usage, (row) => groupOf(row.project_id, null, row.model ?? ""));
      rows = byProject.get(group);
    }
    if (rows !== undefined) shared.push({ amount, rows, weightOf });
    else {
      const name = groupOf(line.project_id, line.api_key_id, line.line_item ?? "");
      addAlone(alone, name, line, amount);
    }
  }
  const paid = shareAmounts(shared);
  const unpaid = raw.billed ? nanoUsd(0n) : undefined;
  const events = raw.usage.map((row) =>
    reportEvent(report, usageLine(row, paid.get(row) ?? unpaid)),
  );
  for (const { line, amount } of alone.values()) {
    events.push(reportEvent(report, billLine(line, amount)));
  }
  return { day, events: mergeEqualIds(events) };
}

function weightOf(row: UsageResult): bigint {
  return BigInt((row.input_tokens ?? 0) + (row.output_tokens ?? 0) + (row.num_model_requests ?? 0));
}

/** Input includes what was cached; there is no field for reasoning, which output includes. */
function tokensOf(row: UsageResult): Tokens {
  const tokens: Tokens = {};
  const { input_tokens: input, input_cached_tokens: read, input_cache_write_tokens: written } = row;
  if (input != null) tokens.input = input;
  if (read) tokens.cacheRead = read;
  if (written) tokens.cacheWrite5m = written;
  // Embeddings have no output, which is a fact and not unknown.
  const output = row.output_tokens ?? (input == null ? undefined : 0);
  if (output !== undefined) tokens.output = output;
  return tokens;
}

function tierOf(row: UsageResult): ServiceTier {
  if (row.batch === true) return "batch";
  return TIERS[row.service_tier ?? ""] ?? "standard";
}

function usageLine(row: UsageResult, amount: NanoUsd | undefined): ReportLine {
  const { project_id = null, api_key_id = null, model = null, batch = null } = row;
  return {
    parts: [project_id, api_key_id, model, batch, row.service_tier ?? null],
    model: model ?? "unknown",
    serviceTier: tierOf(row),
    requestCount: row.num_model_requests ?? 0,
    tokens: tokensOf(row),
    key: api_key_id,
    project: project_id,
    amount,
  };
}

function billLine(line: CostResult, amount: NanoUsd): ReportLine {
  const { project_id = null, api_key_id = null } = line;
  const item = line.line_item ?? "not itemised";
  const operation = HARNESS.find(([pattern]) => pattern.test(item))?.[1];
  return {
    parts: ["line", project_id, api_key_id, item],
    model: operation === undefined ? modelOfLine(item) : item,
    serviceTier: "standard",
    requestCount: 0,
    tokens: {},
    key: api_key_id,
    project: project_id,
    amount,
    operation,
  };
}
