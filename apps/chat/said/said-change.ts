import { absolute, divideHalfEven, saidUsd } from "#core/money.ts";

/** How far a new amount is from an old one, in words: "5%", "under 1%", "3.2 times". */
function relative(before: bigint, difference: bigint): string | undefined {
  if (before <= 0n) return undefined;
  const magnitude = absolute(difference);
  const percent = divideHalfEven(magnitude * 100n, before);
  if (percent === 0n) return "under 1%";
  if (difference > 0n && percent >= 300n) {
    const tenths = divideHalfEven((before + difference) * 10n, before);
    return tenths >= 100n ? `${tenths / 10n} times` : `${tenths / 10n}.${tenths % 10n} times`;
  }
  return `${percent}%`;
}

function direction(difference: bigint, up: string, down: string): string {
  return difference > 0n ? up : down;
}

/** "up $402 (5%) on 1-22 Oct", "down $28 (3%) on September", "unchanged from August". */
export function saidChange(before: bigint, after: bigint, beforeSaid: string): string {
  if (before === 0n) return after === 0n ? `as in ${beforeSaid}` : `nothing in ${beforeSaid}`;
  const difference = after - before;
  if (difference === 0n) return `unchanged from ${beforeSaid}`;
  const share = relative(before, difference);
  const amount = saidUsd(absolute(difference));
  const bracket = share === undefined ? "" : ` (${share})`;
  return `${direction(difference, "up", "down")} ${amount}${bracket} on ${beforeSaid}`;
}

/** For a sentence, the period with its preposition: "$402 (5%) more than from 1 to 22 Oct". */
export function saidDifference(before: bigint, after: bigint, within: string): string {
  if (before === 0n) return after === 0n ? "as before" : `against nothing ${within}`;
  const difference = after - before;
  if (difference === 0n) return `as much as ${within}`;
  const share = relative(before, difference);
  const amount = saidUsd(absolute(difference));
  const more = direction(difference, "more", "less");
  return `${amount}${share === undefined ? "" : ` (${share})`} ${more} than ${within}`;
}

/** Growth of a ratio n/d in whole percent: 38 for "38% longer"; undefined without a base. */
export function growthPercent(
  before: { n: bigint; d: bigint },
  after: { n: bigint; d: bigint },
): bigint | undefined {
  if (before.n <= 0n || before.d <= 0n || after.d <= 0n) return undefined;
  return divideHalfEven((after.n * before.d - before.n * after.d) * 100n, before.n * after.d);
}
