import { parseUsd, usdDecimal } from "#core/money.ts";
import { buildPriceBook, type PriceBook } from "#core/pricing/price-book.ts";
import { cacheAlternatives } from "./alternatives.ts";
import { budgetEffect } from "./budget-effect.ts";
import { effectOfChange } from "./call-effect.ts";
import { deltaOf, percentOf, priceCalls } from "./call-price.ts";
import { effectOfGroup, type Group, type Pricing, profilesOfChange } from "./effects.ts";
import { subjectKeyOf } from "./mapping.ts";
import { addedOf, evaluatePolicy, type Judged } from "./policy.ts";
import { promptDelta } from "./prompt-price.ts";
import type {
  BudgetEffect,
  Delta,
  Effect,
  EstimateReport,
  Evaluation,
  Month,
  PricedChange,
} from "./report-schema.ts";
import type { Change, DiffReport } from "./schema.ts";
import { type PathTraffic, staleness, type TrafficSources, trafficOfPath } from "./volume.ts";

export interface EstimateInput extends Pricing {
  readonly diff: DiffReport;
  readonly sources: TrafficSources;
  readonly visibility: EstimateReport["visibility"];
  readonly evaluation?: Evaluation | undefined;
  /** What was met on the way here: a policy that is edited, a file that cannot be read. */
  readonly notes?: readonly string[];
}

/**
 * Prices a diff on the traffic that is known of its paths, and judges it by the base's policy. A
 * month is stated from traffic with a name only. Pure: everything it rests on is passed in.
 */
export function makeEstimate(given: EstimateInput): EstimateReport {
  const input = { ...given, book: bookOf(given) };
  const { diff, sources, visibility, at, notes = [] } = input;
  const { changes } = diff;
  const traffic = changes.map(({ path }) => trafficOfPath(sources, path));
  const effects = groupsOf(traffic).flatMap((group): Effect[] => {
    const effect = effectOfGroup(input, changes, group);
    return effect === undefined ? [] : [effect];
  });
  const priced = changes.map((change, index) =>
    priceChange(input, change, index, traffic, effects),
  );
  const main = effects.toSorted((a, b) => magnitude(b.month) - magnitude(a.month))[0];
  const judged: Omit<Judged, "budgets"> = {
    version: 1,
    currency: "USD",
    at: at.toISOString(),
    base: diff.base,
    head: diff.head,
    visibility,
    changes: priced,
    effects,
    perCall: main?.perCall ?? null,
    perCallPercent: largestPercent(priced, effects),
    month: monthOf(priced, effects, traffic),
    alternatives: cacheAlternatives(input, changes, effects, traffic),
    evaluation: input.evaluation ?? null,
    calibration: sources.quote?.calibration ?? null,
    notes: [...notes, ...sourceNotes(sources)],
    skipped: diff.skipped,
    totals: diff.totals,
  };
  const whole: Judged = { ...judged, budgets: budgetsOf(sources, effects, changes, traffic) };
  return { ...whole, policy: evaluatePolicy(sources.repository?.policy ?? [], whole) };
}

/** The organisation's own prices, by which its ledger will measure; list prices where all may read. */
function bookOf({ book, sources, visibility }: EstimateInput): PriceBook {
  const terms = sources.quote?.terms;
  if (terms === undefined || visibility !== "private") return book;
  return buildPriceBook(book.catalogue, terms);
}

/** Changes by the calls that they act on, in the order of the diff. */
function groupsOf(traffic: readonly PathTraffic[]): Group[] {
  const groups = new Map<string, { traffic: Group["traffic"]; indices: number[] }>();
  for (const [index, one] of traffic.entries()) {
    if (one.state === "unknown") continue;
    const group = groups.get(one.key);
    if (group === undefined) groups.set(one.key, { traffic: one, indices: [index] });
    else group.indices.push(index);
  }
  return [...groups.values()];
}

function magnitude(delta: Effect["month"]): number {
  return delta.state === "priced" ? Math.abs(Number(delta.difference)) : 0;
}

function priceChange(
  input: EstimateInput,
  change: Change,
  index: number,
  traffic: readonly PathTraffic[],
  effects: readonly Effect[],
): PricedChange {
  const at = effects.findIndex(({ changes }) => changes.includes(index));
  const effect = at === -1 ? null : at;
  return { ...change, effect, perCall: perCallOf(input, change, traffic[index]) };
}

function perCallOf(
  input: EstimateInput,
  change: Change,
  traffic: PathTraffic | undefined,
): PricedChange["perCall"] {
  const { book, at, diff } = input;
  if (traffic?.state === "known") {
    const own = profilesOfChange(input, diff.changes, change, traffic.profiles);
    const main = own.toSorted((a, b) => b.calls - a.calls)[0];
    const found = main === undefined ? undefined : effectOfChange(change, main);
    if (main !== undefined && found?.state === "effect") {
      const { median, p90 } = priceCalls(book, main, found.effect, at);
      return { basis: "traffic", median: deltaOf(median), p90: deltaOf(p90) };
    }
    if (found?.state === "unknown" && change.kind === "params") {
      const atMost =
        main === undefined || found.atMostOutput === undefined
          ? undefined
          : priceCalls(book, withMoreOutput(main, found.atMostOutput), { promptTokens: 0 }, at);
      const most = atMost?.median.state === "priced" ? usdDecimal(atMost.median.after) : null;
      return { basis: "unknown", reason: found.reason, atMost: most };
    }
  }
  return withoutTraffic(input, change);
}

/** Only so many output tokens: what a raised limit adds to a call at most. */
function withMoreOutput(
  profile: Parameters<typeof priceCalls>[1],
  output: number,
): Parameters<typeof priceCalls>[1] {
  return { ...profile, median: { input: 0, output } };
}

function withoutTraffic(input: EstimateInput, change: Change): PricedChange["perCall"] {
  if (change.kind === "model") return { basis: "rates", percent: ratePercent(change) };
  const model = change.kind === "prompt" ? change.model : undefined;
  if (model !== undefined && change.tokens !== undefined) {
    return { basis: "prompt", model, own: promptDelta(input, model, change.tokens) };
  }
  const reason =
    change.kind === "prompt"
      ? "which model reads this prompt is not known"
      : `what a changed ${change.role} adds depends on the calls, and none are known`;
  return { basis: "unknown", reason, atMost: null };
}

/** The class that moves most, of input and output. */
function ratePercent({ rates }: Change): number | null {
  if (rates?.state === "same") return 0;
  const percents = (rates?.lines ?? [])
    .filter(({ tokenClass }) => tokenClass === "input" || tokenClass === "output")
    .flatMap(({ percent }) => (percent === null ? [] : [percent]));
  return largest(percents);
}

function largest(percents: readonly number[]): number | null {
  return percents.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? null;
}

function largestPercent(
  changes: readonly PricedChange[],
  effects: readonly Effect[],
): number | null {
  const of = (delta: Delta): number[] =>
    delta.state === "priced" && delta.percent !== null ? [delta.percent] : [];
  return largest([
    ...effects.flatMap(({ perCall }) => of(perCall.median)),
    ...changes.flatMap(({ perCall }) => {
      if (perCall.basis === "rates") return perCall.percent === null ? [] : [perCall.percent];
      return perCall.basis === "prompt" ? of(perCall.own) : [];
    }),
  ]);
}

/** The sum of all call sites. A site that lies within another's scope is in its total already. */
function monthOf(
  changes: readonly PricedChange[],
  effects: readonly Effect[],
  traffic: readonly PathTraffic[],
): Month {
  const priced = effects.filter(({ month }) => month.state === "priced");
  const missing = changes.flatMap((change, index) =>
    isMissing(change, index, priced) ? [`${change.path}:${change.line}`] : [],
  );
  if (priced.length === 0) {
    const unknown = traffic.find((one) => one.state === "unknown");
    if (unknown?.state === "unknown") return unknown;
    const unpriced = effects.find(({ month }) => month.state === "unpriced")?.month;
    const reason =
      unpriced?.state === "unpriced"
        ? unpriced.reason
        : "what these changes add shows at run time only";
    return {
      state: "unknown",
      reason,
      help: "The price of each call is below, where it is known.",
    };
  }
  const whole = priced.filter(({ traffic: { fallback } }) => fallback);
  const totals = whole.length > 0 ? whole : priced;
  let before = 0n;
  let difference = 0n;
  for (const { month } of priced) {
    if (month.state === "priced") difference += parseUsd(month.difference);
  }
  for (const { month } of totals) if (month.state === "priced") before += parseUsd(month.before);
  return {
    state: missing.length === 0 ? "known" : "partly",
    before: usdDecimal(before),
    after: usdDecimal(before + difference),
    difference: usdDecimal(difference),
    percent: percentOf(before, before + difference),
    calls: totals.reduce((sum, one) => sum + (one.traffic.callsPerMonth ?? 0), 0),
    sources: [...new Set(priced.map((one) => one.traffic.source))],
    missing: [...new Set(missing)],
  };
}

/** What a reader would look for in the month's figure and not find. */
function isMissing(change: PricedChange, index: number, priced: readonly Effect[]): boolean {
  if (change.rates?.state === "same") return false;
  const { perCall } = change;
  if (perCall.basis !== "traffic" || perCall.median.state === "unpriced") return true;
  return !priced.some(({ changes }) => changes.includes(index));
}

function sourceNotes(sources: TrafficSources): string[] {
  const stale = staleness(sources);
  const help = "Take a new one (aispend usage snapshot), or set snapshot: max_age_days.";
  return stale === undefined ? [] : [`${stale}, so it was not used. ${help}`];
}

/** Budgets of the scopes whose traffic a change acts on; each with what those changes add. */
function budgetsOf(
  { quote }: TrafficSources,
  effects: readonly Effect[],
  changes: readonly Change[],
  traffic: readonly PathTraffic[],
): BudgetEffect[] {
  if (quote === undefined) return [];
  const entries = [...quote.subjects, ...(quote.project === null ? [] : [quote.project])];
  const keyOf = (effect: Effect): string | undefined => {
    const one = traffic[effect.changes[0] ?? -1];
    return one?.state === "known" ? one.key : undefined;
  };
  return quote.budgets.flatMap((state, index) => {
    const own = effects.filter((effect) => {
      const wanted = keyOf(effect);
      return entries.some(
        (entry) => subjectKeyOf(entry.subject) === wanted && entry.budgets.includes(index),
      );
    });
    if (own.length === 0 || changes.length === 0) return [];
    return [budgetEffect(state, addedOf({ effects: own }))];
  });
}
