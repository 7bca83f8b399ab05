import { divideHalfEven, saidUsd } from "#core/money.ts";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { percentOf } from "../said/said-share.ts";

/** "$0.41", "$0.0354": dollars of one of many, to four places below a dollar where it needs them. */
export function saidUnit(amount: bigint): string {
  const cents = 10_000_000n;
  return amount >= 100_000_000n && amount < 100n * 1_000_000_000n
    ? saidUsd(divideHalfEven(amount, cents) * cents).replace(/(\.\d\d)00$/, "$1")
    : saidUsd(amount);
}

/** "up 14%", "down 3%", "unchanged": of a price on what it was. */
export function saidRise(before: bigint, now: bigint): string {
  if (before === 0n) return "from nothing";
  const percent = divideHalfEven((now - before) * 100n, before);
  if (percent === 0n) return now === before ? "unchanged" : "nearly unchanged";
  return percent > 0n ? `up ${percent}%` : `down ${-percent}%`;
}

/** "excludes harness" where none is known: a price without what surrounds the calls is too low. */
export function harnessSaid({ hasHarness, harnessCost, cost }: UnitCost): string {
  if (!hasHarness) return "excludes harness: none is recorded for this workload";
  const share = percentOf(harnessCost, cost);
  return `${saidUsd(harnessCost)} of it harness${share === undefined ? "" : ` (${share}%)`}`;
}

/**
 * The line of the weekly showback: "$0.41 per resolved dispute (was $0.36, target $0.40; excludes
 * harness)".
 */
export function unitLine(now: UnitCost, before: UnitCost | undefined): string | undefined {
  const { costPerOutcome, outcome, target, hasHarness } = now;
  if (costPerOutcome === undefined) return undefined;
  const notes = [
    before?.costPerOutcome === undefined ? undefined : `was ${saidUnit(before.costPerOutcome)}`,
    target === undefined ? undefined : `target ${saidUnit(target)}`,
  ].filter((one) => one !== undefined);
  const known = [notes.join(", "), hasHarness ? "" : "excludes harness"].filter(
    (one) => one !== "",
  );
  const bracket = known.length === 0 ? "" : ` (${known.join("; ")})`;
  return `${saidUnit(costPerOutcome)} per ${outcome}${bracket}`;
}
