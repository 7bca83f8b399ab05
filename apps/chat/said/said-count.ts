import { absolute, divideHalfEven } from "#core/money.ts";

/** "1,204": a count in full. */
export function saidCount(count: bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

const UNITS = [
  [1_000_000_000_000n, "T"],
  [1_000_000_000n, "B"],
  [1_000_000n, "M"],
  [1_000n, "K"],
] as const;

/** "842", "31.5K", "1.2M": a count at a glance, three digits at most. */
export function saidRough(count: bigint): string {
  const magnitude = absolute(count);
  // What would round to a thousand of a unit is one of the next.
  const unit = UNITS.find(([size]) => magnitude * 2000n >= size * 1999n && magnitude >= 1000n);
  if (unit === undefined) return count.toString();
  const tenths = divideHalfEven(count * 10n, unit[0]);
  const whole = tenths / 10n;
  const fraction = tenths % 10n;
  const short = magnitude >= unit[0] * 100n || fraction === 0n;
  const tenth = absolute(fraction);
  return `${short ? divideHalfEven(count, unit[0]) : `${whole}.${tenth}`}${unit[1]}`;
}

/** "1 call", "1,204 calls". */
export function saidCounted(count: bigint, one: string, many = `${one}s`): string {
  return `${saidCount(count)} ${count === 1n ? one : many}`;
}
