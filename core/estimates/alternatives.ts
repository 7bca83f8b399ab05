import { parseUsd, usdDecimal } from "#core/money.ts";
import { findPrice } from "#core/pricing/find-price.ts";
import { effectOfChange } from "./call-effect.ts";
import { priceCalls } from "./call-price.ts";
import { monthlyCalls, type Pricing, profilesOfChange } from "./effects.ts";
import type { Alternative, Effect } from "./report-schema.ts";
import type { Change, TrafficProfile } from "./schema.ts";
import type { PathTraffic } from "./volume.ts";

/** Shorter prefixes are not cached by the providers that ask for a marker. */
const LEAST_CACHED_TOKENS = 1_024;

/** Text that grew, stands in a static prompt and is long enough for a cache. */
function isCacheable({ kind, status, tokens }: Change): boolean {
  if (kind !== "prompt" || status !== "changed" || tokens === undefined) return false;
  const { from, to, unknownParts } = tokens;
  return (to ?? 0) > (from ?? 0) && (to ?? 0) >= LEAST_CACHED_TOKENS && unknownParts === 0;
}

/** What added static text would cost behind the cache marker, where its calls read no cache yet. */
export function cacheAlternatives(
  pricing: Pricing,
  changes: readonly Change[],
  effects: readonly Effect[],
  traffic: readonly PathTraffic[],
): Alternative[] {
  return effects.flatMap((effect, index): Alternative[] => {
    const found = effect.changes.find((at) => changes[at] && isCacheable(changes[at]));
    const change = found === undefined ? undefined : changes[found];
    const own = found === undefined ? undefined : traffic[found];
    if (change === undefined || own?.state !== "known") return [];
    const main = profilesOfChange(pricing, changes, change, own.profiles).toSorted(
      (a, b) => b.calls - a.calls,
    )[0];
    if (main === undefined || cachesAlready(main) || !hasCachePrice(pricing, main)) return [];
    const one = effectOfChange(change, main);
    if (one.state === "unknown") return [];
    const cached = priceCalls(pricing.book, main, { ...one.effect, cached: true }, pricing.at);
    if (cached.median.state === "unpriced" || cached.period.state === "unpriced") return [];
    const perCall = cached.median.difference;
    return [
      {
        kind: "cache",
        effect: index,
        text: `the added text of ${change.path} is static: put it behind the cache marker`,
        perCallDifference: usdDecimal(perCall),
        monthDifference: usdDecimal(perCall * BigInt(monthlyCalls(main))),
      },
    ];
  });
}

function cachesAlready({ total }: TrafficProfile): boolean {
  return (total.cacheRead ?? 0) * 4 > (total.input ?? 0);
}

function hasCachePrice({ book, at }: Pricing, { model, provider }: TrafficProfile): boolean {
  const price = findPrice(book, provider, model, at);
  if (price.state !== "found") return false;
  const of = (unit: (typeof price.lines)[number]["unit"]): bigint | undefined => {
    const line = price.lines.find((one) => one.unit === unit && one.above === undefined);
    return line === undefined ? undefined : parseUsd(line.price);
  };
  const input = of("input");
  const read = of("cacheRead");
  return input !== undefined && read !== undefined && read < input;
}
