import {
  against,
  type BillDay,
  type DayBaseline,
  dayBaselineAt,
  type Ratio,
  usualCost,
  weekdayFactor,
} from "./bill-day.ts";
import { rank } from "./quantile.ts";
import type { Evidence, FindingClass } from "./schema.ts";
import type { Thresholds } from "./thresholds.ts";

export type DayKind = Extract<
  FindingClass,
  "spend_jump" | "price_change" | "token_bloat" | "model_mix"
>;

export interface DayVerdict {
  readonly day: number;
  readonly kind: DayKind;
  /** Dollars of the day beyond what is usual on its weekday. */
  readonly excessUsd: number;
  /** In the unit of the kind: dollars a day, ratio to the list, dollars per Mtok, tokens a request. */
  readonly observed: number;
  readonly usual: number;
  /** Of the day, and on a usual one of its weekday; undefined where reports count none. */
  readonly requests: number | undefined;
  readonly usualRequests: number | undefined;
  readonly unchanged: Evidence["unchanged"];
  /** False: a published rule of thumb alone. */
  readonly detected: boolean;
}

const UNCHANGED = 0.15;
const HOURS = 24;

function tokensOf({ inputTokens, outputTokens }: BillDay): number {
  return inputTokens + outputTokens;
}

function causesOf(baseline: DayBaseline) {
  return {
    tokens: against(baseline, (day) =>
      day.requests > 0 ? day.inputTokens / day.requests : undefined,
    ),
    mix: against(baseline, (day) =>
      day.list === undefined || tokensOf(day) === 0 ? undefined : (day.list / tokensOf(day)) * 1e6,
    ),
    price: against(baseline, (day) =>
      day.list === undefined || day.list <= 0 || tokensOf(day) === 0
        ? undefined
        : day.cost / day.list,
    ),
  };
}
type Causes = ReturnType<typeof causesOf>;

function unchangedOf(causes: Causes, but: DayKind): Evidence["unchanged"] {
  const isFlat = (ratio: Ratio | undefined) =>
    ratio !== undefined && Math.abs(ratio.now / ratio.usual - 1) <= UNCHANGED;
  return [
    ...(but !== "token_bloat" && isFlat(causes.tokens) ? ["tokens" as const] : []),
    ...(but !== "price_change" && isFlat(causes.price) ? ["price" as const] : []),
    ...(but !== "model_mix" && isFlat(causes.mix) ? ["mix" as const] : []),
  ];
}

interface Found extends Ratio {
  readonly kind: DayKind;
  readonly excessUsd: number;
  readonly detected: boolean;
}

function verdictOf(baseline: DayBaseline, causes: Causes, found: Found): DayVerdict {
  const { day } = baseline.current;
  const { detected, excessUsd, kind, now, usual } = found;
  const scale = weekdayFactor(baseline, day);
  const requests = against(baseline, (one) => one.requests / weekdayFactor(baseline, one.day));
  return {
    day,
    kind,
    excessUsd,
    observed: now,
    usual,
    requests: requests && requests.now * scale,
    usualRequests: requests && requests.usual * scale,
    unchanged: unchangedOf(causes, kind),
    detected,
  };
}

/** The same tokens are charged more of their list price than in any of the last weeks. */
function price({ active, current }: DayBaseline, causes: Causes, limits: Thresholds) {
  const ratio = causes.price;
  if (ratio === undefined || current.list === undefined) return undefined;
  if (ratio.now <= limits.priceFactor * ratio.usual) return undefined;
  const past = active.flatMap(({ cost, list }) =>
    list === undefined || list <= 0 ? [] : [cost / list],
  );
  if (ratio.now <= 1.05 * rank(past, 0.97)) return undefined;
  const excessUsd = current.cost - current.list * ratio.usual;
  return { kind: "price_change" as const, ...ratio, excessUsd, detected: true };
}

/**
 * Far above what the weekday usually costs: beyond its own spread, above the same weekday of the last
 * four weeks and above nearly all of their days. A factor that bears half of it or more is the cause.
 */
function jump(baseline: DayBaseline, causes: Causes, limits: Thresholds): Found | undefined {
  const { active, alike, current } = baseline;
  const { usual, spread } = usualCost(baseline);
  const total = Math.log(current.cost / usual);
  if (!(total > Math.max(Math.log(limits.dayFactor), 4 * Math.min(spread, 0.45)))) return undefined;
  if (current.cost <= 1.25 * Math.max(0, ...alike)) return undefined;
  const costs = active.map(({ cost }) => cost);
  // A quiet weekday is held against its own kind alone.
  const isQuiet = weekdayFactor(baseline, current.day) < 0.5;
  if (!isQuiet && current.cost <= 1.15 * rank(costs, 0.97)) return undefined;
  const bears = (ratio: Ratio | undefined, least: number): ratio is Ratio =>
    ratio !== undefined &&
    ratio.now > least * ratio.usual &&
    Math.log(ratio.now / ratio.usual) >= total / 2;
  const { mix, tokens } = causes;
  const excessUsd = current.cost - usual;
  const rest = { excessUsd, detected: true };
  if (bears(tokens, limits.bloatFactor)) return { kind: "token_bloat", ...tokens, ...rest };
  if (bears(mix, limits.mixFactor)) return { kind: "model_mix", ...mix, ...rest };
  return { kind: "spend_jump", now: current.cost, usual, ...rest };
}

/** Above its own weekdays of four weeks, or charged more of the list than on some day of them. */
function isRemarkable({ active, alike, current }: DayBaseline, limits: Thresholds): boolean {
  if (current.cost > Math.max(0, ...alike)) return true;
  if (current.list === undefined || current.list <= 0) return false;
  const ratio = current.cost / current.list;
  return active.some(
    ({ cost, list }) => list !== undefined && list > 0 && ratio * list > limits.priceFactor * cost,
  );
}

/** domain.md section 4, as a rule of thumb: 30% dearer than usual at a flat number of tokens. */
function published(baseline: DayBaseline, causes: Causes, limits: Thresholds): Found | undefined {
  const { cost } = baseline.current;
  const { usual } = usualCost(baseline);
  const volume = against(baseline, (day) => tokensOf(day) / weekdayFactor(baseline, day.day));
  if (volume === undefined || cost <= limits.listedCostFactor * usual) return undefined;
  if (Math.abs(volume.now / volume.usual - 1) > limits.flatTokens) return undefined;
  const { mix } = causes;
  const isMix = mix !== undefined && mix.now > (1 + UNCHANGED) * mix.usual;
  const kind = isMix ? "model_mix" : "price_change";
  return { kind, now: cost, usual, excessUsd: cost - usual, detected: false };
}

/**
 * Which days stand out: each judged from the days before it alone, oldest first, so that no verdict
 * depends on what came after. `days` ascend, one a day; a day that is missing cost nothing and is not
 * judged. A day that stood out is no part of what is usual for a week; then it is. `from`: the first day
 * that is looked at.
 */
export function judgeBillDays(
  days: readonly BillDay[],
  { from = 0, limits }: { readonly limits: Thresholds; readonly from?: number },
): ReadonlyMap<number, DayVerdict> {
  const verdicts = new Map<number, DayVerdict>();
  const flagged = new Set<number>();
  for (const [at, { cost, day }] of days.entries()) {
    const baseline = cost > 0 && day >= from ? dayBaselineAt(days, at, flagged) : undefined;
    if (baseline === undefined || !isRemarkable(baseline, limits)) continue;
    const causes = causesOf(baseline);
    const mean = baseline.active.reduce((sum, one) => sum + one.cost, 0) / baseline.active.length;
    const floor = Math.max(limits.floorUsdPerHour * HOURS, limits.floorShareOfMeanHour * mean);
    const own = price(baseline, causes, limits) ?? jump(baseline, causes, limits);
    if (own !== undefined && own.excessUsd >= floor) {
      flagged.add(day);
      verdicts.set(day, verdictOf(baseline, causes, own));
      continue;
    }
    const listed = published(baseline, causes, limits);
    if (listed === undefined || listed.excessUsd < limits.listedFloorUsdPerHour * HOURS) continue;
    verdicts.set(day, verdictOf(baseline, causes, listed));
  }
  return verdicts;
}
