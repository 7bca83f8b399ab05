import type { Tokens } from "#core/ledger/schema.ts";
import { decimalOf } from "#core/money.ts";

const THOUSAND = /\b(1k|1,?000|k|thousand)\b/i;
const MILLION = /\b(1m|1,?000,?000|m|million)\b/i;

/** Tokens in one of the unit, "1K tokens" or "1M"; undefined where it counts no tokens. */
function unitSize(unit: string, meter: string): bigint | undefined {
  if (!/token/i.test(`${unit} ${meter}`)) return undefined;
  if (MILLION.test(unit)) return 1_000_000n;
  if (THOUSAND.test(unit)) return 1_000n;
  return 1n;
}

/**
 * A quantity of a bill as tokens of the class that its meter names. Fractions of a token are
 * rounding of the bill and are dropped; a meter that names no class is taken for input.
 */
export function tokensOfQuantity(
  quantity: string | undefined,
  unit: string | undefined,
  meter: string,
): Tokens {
  const size = unitSize(unit ?? "", meter);
  const decimal = quantity === undefined ? undefined : decimalOf(quantity);
  if (size === undefined || decimal === undefined) return {};
  const count = Number((decimal.digits * size) / 10n ** BigInt(decimal.scale));
  if (count < 0 || !Number.isSafeInteger(count)) return {};
  if (/cache.?(write|creation)/i.test(meter)) return { input: count, cacheWrite5m: count };
  if (/cache/i.test(meter)) return { input: count, cacheRead: count };
  return /output|response|completion|generated/i.test(meter) ? { output: count } : { input: count };
}
