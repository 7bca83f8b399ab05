import { absolute, divideHalfEven, NANO_PER_USD, saidUsdChange } from "#core/money.ts";
import type { Calibration } from "./report-schema.ts";

/** Predicted and measured, nano-USD a month at the same volume. */
export interface Comparison {
  readonly predicted: bigint;
  readonly measured: bigint;
}

/** The percentage within which a prediction counts as right. */
export const WITHIN_PERCENT = 15;

/** Below this, both ways, a month tells nothing about how good an estimate is. */
const LEAST = 20n * NANO_PER_USD;

/** The smaller as a share of the larger in whole percent; 0 where they point in other directions. */
export function rightPercent({ predicted, measured }: Comparison): number {
  if (predicted === measured) return 100;
  if (predicted * measured <= 0n) return 0;
  const [small, large] = [absolute(predicted), absolute(measured)].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  return Number(((small ?? 0n) * 1_000n + (large ?? 1n) * 5n) / ((large ?? 1n) * 10n));
}

/** Off by a factor of two or in the other direction, by more than $20 a month. */
export function isOffByTwo(comparison: Comparison): boolean {
  const { predicted, measured } = comparison;
  if (absolute(predicted - measured) < LEAST) return false;
  const [small, large] = [absolute(predicted), absolute(measured)].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  return predicted * measured <= 0n || (small ?? 0n) * 2n <= (large ?? 0n);
}

/** "9 of 11 within 15%"; null before there is one that tells something. */
export function calibrationOf(comparisons: readonly Comparison[]): Calibration | null {
  const telling = comparisons.filter(
    ({ predicted, measured }) => absolute(predicted) >= LEAST || absolute(measured) >= LEAST,
  );
  if (telling.length === 0) return null;
  const right = telling.filter(
    ({ predicted, measured }) =>
      absolute(predicted - measured) * 100n <= absolute(measured) * BigInt(WITHIN_PERCENT),
  );
  return { within: right.length, of: telling.length, percent: WITHIN_PERCENT };
}

/** "predicted +$1,240 a month; at measured volume +$1,310, 95% right". */
export function comparisonText(comparison: Comparison): string {
  const { predicted, measured } = comparison;
  const right = rightPercent(comparison);
  return (
    `predicted ${saidUsdChange(predicted)} a month; at measured volume ` +
    `${saidUsdChange(measured)}, ${right}% right`
  );
}

/** What happened beside it, in words; empty where nothing did. */
export function besideText(row: {
  readonly volumeChange: bigint | null;
  readonly otherChange: bigint | null;
  readonly callsBefore: bigint;
  readonly callsAfter: bigint;
  readonly days: number;
  readonly overlaps: number;
}): string {
  const { volumeChange, otherChange, callsBefore, callsAfter, days, overlaps } = row;
  const parts: string[] = [];
  if (volumeChange !== null && absolute(volumeChange) >= NANO_PER_USD && callsBefore > 0n) {
    const percent = divideHalfEven((callsAfter - callsBefore) * 100n, callsBefore);
    const sign = percent > 0n ? "+" : "";
    parts.push(`${sign}${percent}% calls: ${saidUsdChange(volumeChange)} in ${days} days`);
  }
  if (otherChange !== null && absolute(otherChange) >= NANO_PER_USD) {
    parts.push(`prices and other changes: ${saidUsdChange(otherChange)}`);
  }
  if (overlaps > 0) {
    parts.push(`${overlaps} other ${overlaps === 1 ? "change" : "changes"} there in that time`);
  }
  return parts.join("; ");
}

export function publicComparisonText(comparison: Comparison, days: number): string {
  return `measured after ${days} days: the estimate was ${rightPercent(comparison)}% right`;
}
