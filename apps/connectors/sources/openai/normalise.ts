import type { ServiceTier, Tokens, UsageEvent } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd, parseUsd, usdDecimal } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import type { About, SourceDay } from "../../source.ts";
import {
  given,
  lineId,
  mergeEqualIds,
  noonOf,
  prefixOf,
  reported,
  type SharedAmount,
  shareAmounts,
} from "../buckets.ts";
import type { CostResult, UsageResult } from "./schema.ts";

export interface OpenAiDay {
  readonly usage: readonly UsageResult[];
  readonly costs: readonly CostResult[];
  /** The costs of this day are out: a row of usage without a line was not billed. */
  readonly billed: boolean;
}

const SOURCE = "pull:openai";
const FEED = "usage";
const PROVIDER = "openai";

const TIERS: Readonly<Record<string, ServiceTier>> = {
  batch: "batch",
  flex: "flex",
  priority: "priority",
  scale: "provisioned",
};

const NO_TAGS = {};

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
  const prefix = prefixOf(about.account, FEED);
  const byKey = groupedBy(raw.usage, (row) => row.api_key_id);
  let byProject: Map<string, UsageResult[]> | undefined;
  const shared: SharedAmount<UsageResult>[] = [];
  const alone = new Map<string, { line: CostResult; amount: NanoUsd }>();
  for (const line of raw.costs) {
    const amount = parseUsd(line.amount.value);
    if (amount === 0n) continue;
    const group = groupOf(line.project_id, line.api_key_id, modelOfLine(line.line_item ?? ""));
    let rows = byKey.get(group);
    if (rows === undefined && !line.api_key_id) {
      // A bill that names no key is for all keys of the project.
      byProject ??= groupedBy(raw.usage, () => null);
      rows = byProject.get(group);
    }
    if (rows === undefined) addAlone(alone, line, amount);
    else shared.push({ amount, rows, weightOf });
  }
  const paid = shareAmounts(shared);
  const events = raw.usage.map((row) => {
    const amount = paid.get(row) ?? (raw.billed ? nanoUsd(0n) : undefined);
    return usageEvent(day, prefix, row, amount, about);
  });
  for (const { line, amount } of alone.values()) {
    events.push(lineEvent(day, prefix, line, amount, about));
  }
  return { day, events: mergeEqualIds(events) };
}

function groupedBy(
  usage: readonly UsageResult[],
  keyOf: (row: UsageResult) => string | null | undefined,
): Map<string, UsageResult[]> {
  const groups = new Map<string, UsageResult[]>();
  for (const row of usage) {
    const name = groupOf(row.project_id, keyOf(row), row.model ?? "");
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return groups;
}

function addAlone(
  alone: Map<string, { line: CostResult; amount: NanoUsd }>,
  line: CostResult,
  amount: NanoUsd,
): void {
  const key = groupOf(line.project_id, line.api_key_id, line.line_item ?? "");
  const before = alone.get(key)?.amount ?? 0n;
  alone.set(key, { line, amount: nanoUsd(before + amount) });
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

function usageEvent(
  day: Day,
  prefix: string,
  row: UsageResult,
  amount: NanoUsd | undefined,
  about: About,
): UsageEvent {
  const { project_id = null, api_key_id = null, model = null, batch = null } = row;
  const parts = [project_id, api_key_id, model, batch, row.service_tier ?? null];
  // An account has a row for each key and model: here it pays to make one object, in one go.
  const event: UsageEvent = {
    source: SOURCE,
    externalId: lineId(prefix, parts),
    occurredAt: noonOf(day),
    kind: "bucket",
    basis: "billed",
    provider: PROVIDER,
    model: model ?? "unknown",
    serviceTier: tierOf(row),
    status: "ok",
    requestCount: row.num_model_requests ?? 0,
    tokens: tokensOf(row),
    tags: NO_TAGS,
    account: about.account,
    estimated: false,
  };
  if (api_key_id) event.key = api_key_id;
  if (project_id) event.nativeProject = project_id;
  if (amount !== undefined) event.reportedCost = usdDecimal(amount);
  return event;
}

function lineEvent(
  day: Day,
  prefix: string,
  line: CostResult,
  amount: NanoUsd,
  about: About,
): UsageEvent {
  const item = line.line_item ?? "not itemised";
  const harness = HARNESS.find(([pattern]) => pattern.test(item))?.[1];
  return {
    ...base(day, about),
    kind: harness === undefined ? "bucket" : "infrastructure",
    externalId: lineId(prefix, ["line", line.project_id ?? null, line.api_key_id ?? null, item]),
    model: harness === undefined ? modelOfLine(item) : item,
    requestCount: 0,
    tokens: {},
    ...given({
      operation: harness,
      key: line.api_key_id || undefined,
      nativeProject: line.project_id || undefined,
    }),
    ...reported(amount),
  };
}

function base(day: Day, about: About) {
  return {
    source: SOURCE,
    occurredAt: noonOf(day),
    kind: "bucket",
    basis: "billed",
    provider: PROVIDER,
    serviceTier: "standard",
    status: "ok",
    tags: {},
    account: about.account,
    estimated: false,
  } as const;
}
