import { divideHalfEven, nanoUsd, parseUsd, usdDecimal } from "#core/money.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { type CallEffect, combineEffects, effectOfChange } from "./call-effect.ts";
import { deltaOf, type PricePair, priceCalls } from "./call-price.ts";
import { isSameModel, modelNamed } from "./detection/rate-change.ts";
import { daysOf, MONTH_DAYS } from "./profile.ts";
import type { ClassDelta, Effect, Traffic } from "./report-schema.ts";
import type { Change, TrafficProfile } from "./schema.ts";
import type { PathTraffic } from "./volume.ts";

export interface Pricing {
  readonly book: PriceBook;
  readonly at: Date;
}

export type KnownTraffic = Extract<PathTraffic, { state: "known" }>;

/** The changes of one call site, and its traffic. */
export interface Group {
  readonly traffic: KnownTraffic;
  /** Into the changes of the diff. */
  readonly indices: readonly number[];
}

/** A finding that may fail a build: it was read with confidence, and it changes what is there. */
export function isSure({ confidence, status, kind }: Change): boolean {
  return confidence === "sure" && (kind !== "prompt" || status === "changed");
}

/** The model whose calls carry a change, as the base has it; undefined: all of the call site's. */
function modelOf(changes: readonly Change[], change: Change): string | undefined {
  if (change.kind === "model") return change.from ?? undefined;
  const { model, path } = change;
  const moved = changes.find(
    (one) => one.kind === "model" && one.path === path && one.to !== null && one.to === model,
  );
  return moved?.from ?? model;
}

/** The profiles that a change acts on: those of its model, or of all where that is not among them. */
export function profilesOfChange(
  { book }: Pricing,
  changes: readonly Change[],
  change: Change,
  profiles: readonly TrafficProfile[],
): readonly TrafficProfile[] {
  const model = modelOf(changes, change);
  if (model === undefined) return profiles;
  const named = modelNamed(book, model);
  const own = profiles.filter((profile) => isSameModel(book, profile.model, named));
  return own.length > 0 || change.kind === "model" ? own : profiles;
}

/** What changes do to the calls of one profile that they act on. */
function effectOn(
  changes: readonly Change[],
  profile: TrafficProfile,
): { effect: CallEffect; assumptions: string[]; touched: boolean } {
  const effects: CallEffect[] = [];
  const assumptions: string[] = [];
  for (const change of changes) {
    const one = effectOfChange(change, profile);
    if (one.state === "unknown") {
      assumptions.push(`${change.path}:${change.line}: ${one.reason}`);
      continue;
    }
    effects.push(one.effect);
    if (one.assumption !== undefined) assumptions.push(one.assumption);
  }
  return { effect: combineEffects(effects), assumptions, touched: effects.length > 0 };
}

interface Touched {
  readonly profile: TrafficProfile;
  readonly effect: CallEffect;
}

/** All changes of a call site together: their effects do not add. Undefined: nothing is known of it. */
export function effectOfGroup(
  pricing: Pricing,
  all: readonly Change[],
  { traffic, indices }: Group,
): Effect | undefined {
  const changes = indices.flatMap((index) => all[index] ?? []);
  const assumptions = new Set<string>();
  const touched: Touched[] = [];
  for (const profile of traffic.profiles) {
    const found = effectOn(scoped(pricing, all, changes, traffic, profile), profile);
    for (const text of found.assumptions) assumptions.add(text);
    if (found.touched) touched.push({ profile, effect: found.effect });
  }
  const main = touched.toSorted((a, b) => b.profile.calls - a.profile.calls)[0];
  if (main === undefined) return undefined;
  if (changes.length > 1) assumptions.add(`all changes act on the same calls of ${traffic.label}`);
  if (main.profile.source === "declared" && main.profile.p90 === main.profile.median) {
    assumptions.add("no P90 call is declared: the median stands for it");
  }
  const price = priceCalls(pricing.book, main.profile, main.effect, pricing.at);
  const month = monthOf(pricing, traffic.profiles, touched);
  const sure = changes.filter(isSure);
  const sureTouched = traffic.profiles.flatMap((profile): Touched[] => {
    const found = effectOn(scoped(pricing, all, sure, traffic, profile), profile);
    return found.touched ? [{ profile, effect: found.effect }] : [];
  });
  const sureMonth = monthOf(pricing, traffic.profiles, sureTouched);
  return {
    traffic: trafficOf(traffic),
    changes: [...indices],
    perCall: { median: deltaOf(price.median), p90: deltaOf(price.p90) },
    month: deltaOf(month),
    sureDifference: sureMonth.state === "priced" ? usdDecimal(sureMonth.difference) : null,
    assumptions: [...assumptions],
  };
}

/** Of these changes, those that act on one profile of the call site. */
function scoped(
  pricing: Pricing,
  all: readonly Change[],
  changes: readonly Change[],
  { profiles }: KnownTraffic,
  profile: TrafficProfile,
): Change[] {
  return changes.filter((change) =>
    profilesOfChange(pricing, all, change, profiles).includes(profile),
  );
}

/** Calls of a profile as 30 days have them. */
export function monthlyCalls(profile: TrafficProfile): number {
  return Math.round((profile.calls * MONTH_DAYS) / daysOf(profile));
}

function perMonth(amount: bigint, profile: TrafficProfile): bigint {
  return divideHalfEven(amount * BigInt(MONTH_DAYS), BigInt(daysOf(profile)));
}

/** The month of all calls of the site; profiles that no change touches stay as they are. */
function monthOf(
  { book, at }: Pricing,
  profiles: readonly TrafficProfile[],
  touched: readonly Touched[],
): PricePair {
  let before = 0n;
  let after = 0n;
  const classes = new Map<string, ClassDelta>();
  for (const profile of profiles) {
    const effect = touched.find((one) => one.profile === profile)?.effect;
    const { period } = priceCalls(book, profile, effect ?? { promptTokens: 0 }, at);
    if (period.state === "unpriced") {
      if (effect !== undefined) return period;
      continue;
    }
    before += perMonth(period.before, profile);
    after += perMonth(period.after, profile);
    for (const one of period.classes.map((each) => classPerMonth(each, profile))) {
      const known = classes.get(one.tokenClass);
      classes.set(one.tokenClass, known === undefined ? one : addClasses(known, one));
    }
  }
  return {
    state: "priced",
    before: nanoUsd(before),
    after: nanoUsd(after),
    difference: nanoUsd(after - before),
    classes: [...classes.values()],
  };
}

function classPerMonth(one: ClassDelta, profile: TrafficProfile): ClassDelta {
  const side = ({ tokens, cost }: ClassDelta["before"]): ClassDelta["before"] => ({
    tokens: Math.round((tokens * MONTH_DAYS) / daysOf(profile)),
    cost: usdDecimal(perMonth(parseUsd(cost), profile)),
  });
  return { tokenClass: one.tokenClass, before: side(one.before), after: side(one.after) };
}

function addClasses(left: ClassDelta, right: ClassDelta): ClassDelta {
  const add = (side: "before" | "after"): ClassDelta["before"] => ({
    tokens: left[side].tokens + right[side].tokens,
    cost: usdDecimal(parseUsd(left[side].cost) + parseUsd(right[side].cost)),
  });
  return { tokenClass: left.tokenClass, before: add("before"), after: add("after") };
}

function trafficOf({ profiles, subject, label, fallback }: KnownTraffic): Traffic {
  const days = profiles.map(({ from }) => from).toSorted();
  const last = profiles.map(({ until }) => until).toSorted();
  return {
    source: profiles[0]?.source ?? "declared",
    subject,
    label,
    fallback,
    from: days[0] ?? "",
    until: last.at(-1) ?? "",
    callsPerMonth: profiles.reduce((sum, profile) => sum + monthlyCalls(profile), 0),
    models: profiles.map(({ model }) => model),
    distribution: profiles.every((one) => one.distribution === "average") ? "average" : "calls",
  };
}
