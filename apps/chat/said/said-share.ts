import { absolute, divideHalfEven } from "#core/money.ts";

/** Part of a whole in percent with one decimal, for machines; undefined where there is no whole. */
export function percentOf(part: bigint, whole: bigint): string | undefined {
  if (whole === 0n) return undefined;
  const tenths = divideHalfEven(part * 1000n, absolute(whole));
  const magnitude = absolute(tenths);
  return `${tenths < 0n ? "-" : ""}${magnitude / 10n}.${magnitude % 10n}`;
}

/** "97.1%"; never "100%" unless it is the whole, never "0%" unless it is nothing. */
export function saidShare(part: bigint, whole: bigint): string {
  const percent = percentOf(part, whole);
  if (percent === undefined) return "none";
  if (part === whole) return "100%";
  if (part === 0n) return "0%";
  if (percent === "100.0") return "99.9%";
  return percent === "0.0" ? "under 0.1%" : `${percent}%`;
}
