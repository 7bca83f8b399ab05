import type { Pool } from "pg";
import { z } from "zod";
import type { Measures } from "#core/ledger/measures.ts";
import { spendBy, spendByDay, spendTotal } from "#core/ledger/spend.ts";
import { nanoFromDecimal, parseDecimal, usdDecimal } from "#core/money.ts";
import type { Period } from "#core/time.ts";

const Totals = z.strictObject({
  requests: z.int(),
  input_tokens: z.int(),
  cached_input_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: z.string(),
});

/** By file name without its ending, then by "agent|NAME", "team_day|NAME|DAY" ..., "all". */
export const Truth = z.record(z.string(), z.record(z.string(), Totals));
export type Truth = z.infer<typeof Truth>;
export type Totals = z.infer<typeof Totals>;

/** Every total as the product answers it, under the names of the truth. */
export async function measuredTotals(
  pool: Pool,
  orgId: number,
  period: Period,
): Promise<Map<string, Totals>> {
  const found = new Map<string, Totals>();
  found.set("all", totalsOf(await spendTotal(pool, orgId, {}, period)));
  for (const { day, measures } of await spendByDay(pool, orgId, {}, period)) {
    found.set(`day|${day}`, totalsOf(measures));
  }
  for (const dimension of ["agent", "model", "team"] as const) {
    const lines = await spendBy(pool, orgId, {}, period, dimension, 10_000);
    for (const line of lines) {
      const key = `${dimension}|${line.name}`;
      found.set(key, sumOf(found.get(key), totalsOf(line.measures)));
      if (dimension !== "team") continue;
      const days = await spendByDay(pool, orgId, { teamId: line.id }, period);
      for (const { day, measures } of days) {
        found.set(`team_day|${line.name}|${day}`, totalsOf(measures));
      }
    }
  }
  return found;
}

function totalsOf(measures: Measures): Totals {
  return {
    requests: Number(measures.requests),
    input_tokens: Number(measures.inputTokens),
    cached_input_tokens: Number(measures.cacheReadTokens),
    output_tokens: Number(measures.outputTokens),
    cost_usd: usdDecimal(measures.cost),
  };
}

/** Agents of two projects may share a name; the truth has one total for both. */
export function sumOf(left: Totals | undefined, right: Totals): Totals {
  if (left === undefined) return right;
  return {
    requests: left.requests + right.requests,
    input_tokens: left.input_tokens + right.input_tokens,
    cached_input_tokens: left.cached_input_tokens + right.cached_input_tokens,
    output_tokens: left.output_tokens + right.output_tokens,
    cost_usd: usdDecimal(nanoOf(left.cost_usd) + nanoOf(right.cost_usd)),
  };
}

/** Exact: refuses an amount with more than nine places that are not zero. */
function nanoOf(text: string): bigint {
  const decimal = parseDecimal(text);
  if (decimal === undefined) throw new Error(`'${text}' is not a decimal`);
  const nano = nanoFromDecimal(decimal);
  const digits = BigInt(10) ** BigInt(Math.max(0, decimal.scale - 9));
  if (decimal.scale > 9 && nano * digits !== decimal.digits) {
    throw new Error(`'${text}' is finer than a nano-dollar`);
  }
  return nano;
}

/** Words for the first figure that differs, in either direction; undefined when all are equal. */
export function firstDifference(
  expected: Readonly<Record<string, Totals>>,
  found: ReadonlyMap<string, Totals>,
): string | undefined {
  for (const [key, totals] of Object.entries(expected)) {
    const actual = found.get(key);
    if (actual === undefined) return `${key} is missing`;
    for (const name of [
      "requests",
      "input_tokens",
      "cached_input_tokens",
      "output_tokens",
    ] as const) {
      if (actual[name] !== totals[name]) {
        return `${key} ${name}: expected ${totals[name]}, found ${actual[name]}`;
      }
    }
    if (nanoOf(actual.cost_usd) !== nanoOf(totals.cost_usd)) {
      return `${key} cost_usd: expected ${totals.cost_usd}, found ${actual.cost_usd}`;
    }
  }
  for (const key of found.keys()) {
    if (!Object.hasOwn(expected, key)) return `${key} was found and is not expected`;
  }
  return undefined;
}
