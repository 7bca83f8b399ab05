import type { Drivers } from "#core/forecasts/scenario.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import type { SpendFilter } from "#core/ledger/spend-query.ts";
import { findPrice } from "#core/pricing/find-price.ts";
import {
  add,
  divide,
  type Fraction,
  fraction,
  multiply,
  parseFraction,
} from "#core/pricing/fraction.ts";
import type { PriceLine } from "#core/pricing/price-lines.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import { spellName } from "../subject.ts";

export const MEASURED_DAYS = 30;

/** What the ledger has of the last 30 whole days, calls without a price left out. */
export interface Measured {
  readonly drivers: Drivers;
  readonly inputTokens: bigint;
  readonly cacheReadTokens: bigint;
  readonly outputTokens: bigint;
  readonly unpricedCalls: bigint;
}

export async function measureDrivers(
  asking: Asking,
  filter: SpendFilter,
): Promise<Measured | undefined> {
  const { org, pool, today } = asking;
  const period = { start: addDays(today, -MEASURED_DAYS), end: today };
  return measuredOf(await spendTotal(pool, org.id, filter, period));
}

/** Undefined where there is no priced call with tokens. */
export function measuredOf(total: Measures): Measured | undefined {
  const calls = total.requests - total.unpricedRequests;
  const tokens = total.inputTokens + total.outputTokens - total.unpricedTokens;
  if (calls <= 0n || tokens <= 0n || total.cost <= 0n) return undefined;
  return {
    drivers: {
      calls: fraction(calls, 1n),
      tokensPerCall: fraction(tokens, calls),
      rate: fraction(total.cost * 1_000n, tokens * 1_000_000_000n),
    },
    inputTokens: total.inputTokens,
    cacheReadTokens: total.cacheReadTokens,
    outputTokens: total.outputTokens,
    unpricedCalls: total.unpricedRequests,
  };
}

function lineOf(lines: readonly PriceLine[], unit: PriceLine["unit"]): Fraction | undefined {
  const line = lines.find(
    (one) => one.unit === unit && one.above === undefined && one.hours === undefined,
  );
  return line && parseFraction(line.price);
}

/**
 * What the measured tokens would cost on a model, per 1,000 of them: the same input, cache reads and
 * output at its price now. Throws a Refusal where it has none.
 */
export async function modelRate(
  asking: Asking,
  model: string,
  measured: Measured | undefined,
): Promise<Fraction> {
  const book = await asking.priceBookOf(asking.org.id);
  const found = findPrice(book, undefined, model, asking.now);
  if (found.state !== "found") {
    throw new Refusal(
      "price_unknown",
      `No price known for '${model}'`,
      `No price is known for '${model}': ${found.reason}.`,
      {
        kind: "unprocessable",
        help: "Give its rate per 1,000 tokens: route 60% to it at 0.0005, or a ratio: ratio 10",
        actions: found.near.map((name) => askButton(`price ${spellName(name)}`, name)),
      },
    );
  }
  const input = lineOf(found.lines, "input");
  const output = lineOf(found.lines, "output");
  if (measured === undefined || input === undefined || output === undefined) {
    throw new Refusal(
      "route_rate_missing",
      "At which rate?",
      `Without measured input and output there is no one rate for ${model}.`,
      {
        kind: "unprocessable",
        help: `Give its rate per 1,000 tokens: route 60% to ${model} at 0.0005, or: ratio 10`,
      },
    );
  }
  const cached = lineOf(found.lines, "cacheRead") ?? input;
  const read = measured.cacheReadTokens;
  const fresh = measured.inputTokens > read ? measured.inputTokens - read : 0n;
  const parts = [
    multiply(fraction(fresh, 1n), input),
    multiply(fraction(read, 1n), cached),
    multiply(fraction(measured.outputTokens, 1n), output),
  ];
  const cost = parts.reduce(add, fraction(0n, 1n));
  const tokens = fresh + read + measured.outputTokens;
  // Prices are per million tokens, rates per thousand.
  return divide(cost, fraction(tokens * 1_000n, 1n));
}
