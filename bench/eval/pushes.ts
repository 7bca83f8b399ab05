import { z } from "zod";
import { goesOn, isWorthTelling } from "#core/anomalies/finding.ts";
import type { ReplayedAlert } from "./replay.ts";

const HOUR_MS = 3_600_000;
const DAYS_A_MONTH = 30.4375;
/** A budget as the product suggests it: this much of the month as it was. */
const BUDGET_OF_BASELINE = 1.15;

const Instant = z.string().transform((text) => Date.parse(`${text.slice(0, 13)}:00:00Z`));
export const Labels = z.object({
  meta: z.object({ eval_start: Instant, eval_hours: z.number() }),
  events: z.array(z.object({ series: z.string(), start: Instant, active_until: Instant })),
  ignore: z.array(z.object({ series: z.string(), type: z.string(), start: Instant, end: Instant })),
});
export type Labels = z.infer<typeof Labels>;

export interface PushReport {
  readonly pushes: number;
  readonly onEvents: number;
  /** On a burst that the published data has by itself: not an event, and yet real spend. */
  readonly onBursts: number;
  readonly nowhere: number;
  readonly channels: number;
  readonly months: number;
  /** False pushes per channel and month, bursts not counted; and the most in one channel. */
  readonly perChannelMonth: number;
  readonly withBursts: number;
  readonly mostInOneChannel: number;
}

/**
 * What people would be pushed of a feed whose spend is scaled to `monthUsd`: of each episode the first
 * hour above the floor. Channels are teams.
 */
export function measurePushes(
  alerts: readonly ReplayedAlert[],
  labels: Labels,
  feed: { readonly totalUsd: number; readonly days: number; readonly teams: readonly string[] },
  setting: { readonly monthUsd: number; readonly budgets: boolean },
): PushReport {
  const scale = (setting.monthUsd * feed.days) / DAYS_A_MONTH / feed.totalUsd;
  const budget = (setting.monthUsd / feed.teams.length) * BUDGET_OF_BASELINE;
  const nano = (usd: number) => BigInt(Math.round(usd * 1e9));
  const told = new Set<string>();
  const counts = { pushes: 0, onEvents: 0, onBursts: 0, nowhere: 0 };
  const falseBy = new Map<string, number>();
  const sightings = new Map<string, { hour: number; usd: number }[]>();
  for (const { at, excessUsd, isNews, kind, series, team } of alerts) {
    const key = `${series} ${kind}`;
    if (!series.startsWith("agent:")) continue;
    if (isNews) told.delete(key);
    const earlier = isNews ? [] : (sightings.get(key) ?? []);
    const hour = Date.parse(at);
    const seen = [...earlier, { hour: hour / HOUR_MS, usd: excessUsd * scale }];
    sightings.set(key, seen);
    const sighted = {
      rate: nano(excessUsd * scale),
      excess: nano(seen.reduce((sum, { usd }) => sum + usd, 0)),
      isJump: kind === "request_spike",
      goesOn: goesOn(seen, hour / HOUR_MS),
    };
    if (told.has(key) || !isWorthTelling(sighted, setting.budgets ? nano(budget) : undefined)) {
      continue;
    }
    told.add(key);
    if (hour < labels.meta.eval_start) continue;
    counts.pushes += 1;
    const within = (one: { series: string; start: number }, end: number) =>
      one.series === series && one.start <= hour && hour <= end;
    if (labels.events.some((one) => within(one, one.active_until))) counts.onEvents += 1;
    else if (labels.ignore.some((one) => one.type === "natural" && within(one, one.end))) {
      counts.onBursts += 1;
    } else {
      counts.nowhere += 1;
      falseBy.set(team, (falseBy.get(team) ?? 0) + 1);
    }
  }
  const months = (labels.meta.eval_hours * HOUR_MS) / (DAYS_A_MONTH * 24 * HOUR_MS);
  const channels = feed.teams.length;
  return {
    ...counts,
    channels,
    months,
    perChannelMonth: counts.nowhere / channels / months,
    withBursts: (counts.nowhere + counts.onBursts) / channels / months,
    mostInOneChannel: Math.max(0, ...falseBy.values()),
  };
}
