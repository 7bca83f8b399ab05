import { absolute, divideHalfEven, saidUsd } from "#core/money.ts";

interface Relative {
  /** "5%", "under 1%"; undefined where it is said as a multiple. */
  readonly percent: string | undefined;
  /** "4.5 times as much": from four times on a percentage no longer says it. */
  readonly multiple: string | undefined;
}

/** How far a new amount is from an old one; nothing where the old one is no base. */
function relative(before: bigint, difference: bigint): Relative {
  if (before <= 0n) return { percent: undefined, multiple: undefined };
  const percent = divideHalfEven(absolute(difference) * 100n, before);
  if (difference > 0n && percent >= 300n) {
    const tenths = divideHalfEven((before + difference) * 10n, before);
    const times = tenths >= 100n ? `${tenths / 10n}` : `${tenths / 10n}.${tenths % 10n}`;
    return { percent: undefined, multiple: `${times} times as much` };
  }
  return { percent: percent === 0n ? "under 1%" : `${percent}%`, multiple: undefined };
}

function direction(difference: bigint, up: string, down: string): string {
  return difference > 0n ? up : down;
}

/** "Fri 13 Nov": only a single day is named with its weekday. */
function isOneDay(said: string): boolean {
  return /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) /.test(said);
}

/** "up $402 (5%) on 1-22 Oct", "down $28 (3%) on September", "unchanged from August". */
export function saidChange(before: bigint, after: bigint, beforeSaid: string): string {
  if (before === 0n) {
    const then = `${isOneDay(beforeSaid) ? "on" : "in"} ${beforeSaid}`;
    return after === 0n ? `as ${then}` : `nothing ${then}`;
  }
  const difference = after - before;
  if (difference === 0n) return `unchanged from ${beforeSaid}`;
  const { percent, multiple } = relative(before, difference);
  const amount = saidUsd(absolute(difference));
  const share = percent ?? multiple;
  const bracket = share === undefined ? "" : ` (${share})`;
  return `${direction(difference, "up", "down")} ${amount}${bracket} on ${beforeSaid}`;
}

/**
 * For a sentence, the period with its preposition: "$402 (5%) more than from 1 to 22 Oct", "$350 more
 * than in August, 4.5 times as much".
 */
export function saidDifference(before: bigint, after: bigint, within: string): string {
  if (before === 0n) return after === 0n ? "as before" : `against $0 ${within}`;
  const difference = after - before;
  if (difference === 0n) return `as much as ${within}`;
  const { percent, multiple } = relative(before, difference);
  const amount = saidUsd(absolute(difference));
  const more = direction(difference, "more", "less");
  const bracket = percent === undefined ? "" : ` (${percent})`;
  const times = multiple === undefined ? "" : `, ${multiple}`;
  return `${amount}${bracket} ${more} than ${within}${times}`;
}

/** Growth of a ratio n/d in whole percent: 38 for "38% longer"; undefined without a base. */
export function growthPercent(
  before: { n: bigint; d: bigint },
  after: { n: bigint; d: bigint },
): bigint | undefined {
  if (before.n <= 0n || before.d <= 0n || after.d <= 0n) return undefined;
  return divideHalfEven((after.n * before.d - before.n * after.d) * 100n, before.n * after.d);
}
