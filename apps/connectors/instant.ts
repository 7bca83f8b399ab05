import { decimalOf } from "#core/money.ts";

/** The last instant that Postgres and ISO 8601 with four digits of year agree on. */
const MAX_MS = 253_402_300_799_999;

/**
 * Milliseconds of a time in units of 10^-`scale` seconds, rounded down by decimal arithmetic: a
 * float such as 1763827200.123 times 1000 is not always whole. Undefined unless it lies after 1970.
 */
export function epochMs(value: string | number, scale: 0 | 3 | 6 | 9): number | undefined {
  const decimal = decimalOf(value);
  if (decimal === undefined) return undefined;
  const shift = 3 - scale - decimal.scale;
  const ms =
    shift >= 0 ? decimal.digits * 10n ** BigInt(shift) : decimal.digits / 10n ** BigInt(-shift);
  return ms > 0n && ms <= BigInt(MAX_MS) ? Number(ms) : undefined;
}

export function isoOfMs(ms: number): string {
  return new Date(ms).toISOString();
}

/** What a latency column holds; clocks that disagree give longer ones, or negative ones. */
const MAX_LATENCY_MS = 2_000_000_000;

/** Undefined where the end is unknown or makes no sense: nobody is refused for a latency. */
export function latencyMs(startMs: number, endMs: number | undefined): number | undefined {
  const latency = endMs === undefined ? -1 : endMs - startMs;
  return latency < 0 || latency > MAX_LATENCY_MS ? undefined : latency;
}
