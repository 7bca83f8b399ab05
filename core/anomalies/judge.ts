import { baselineAt, detect, type Signal } from "./detectors.ts";
import type { AgentHour } from "./hour.ts";
import { listedSignals } from "./published.ts";
import { type CostByHour, concernsTeam, type HourExcess } from "./team.ts";
import type { Thresholds } from "./thresholds.ts";

/** An hour counts as on time when it arrives within this time of its end. */
export const GRACE_MS = 3_600_000;
export const HOUR_MS = 3_600_000;

/** Whether what arrived then may raise anything about the hour (hours since the epoch). */
export function isOnTime(hour: number, arrivedAt: number): boolean {
  return arrivedAt <= (hour + 1) * HOUR_MS + GRACE_MS;
}

/** What is found in one hour of one series, by a detector or by a published rule alone. */
export interface Verdict {
  readonly signal: Signal;
  readonly detected: boolean;
}

/**
 * Judges the hour at `index` of a series' ascending hours, from that hour and those before it. The
 * hourly job and the replay of a feed both come here.
 */
export function judgeAt(hours: readonly AgentHour[], index: number, limits: Thresholds): Verdict[] {
  const baseline = baselineAt(hours, index);
  if (baseline === undefined) return [];
  const detected = detect(baseline, limits);
  const kinds = new Set(detected.map(({ kind }) => kind));
  const listed = listedSignals(baseline, limits).filter(({ kind }) => !kinds.has(kind));
  return [
    ...detected.map((signal) => ({ signal, detected: true })),
    ...listed.map((signal) => ({ signal, detected: false })),
  ];
}

/** Whether a detected signal is news for the team too; `earlier`: the same kind, newest last. */
export function concernsTeamOf(
  signal: Signal,
  earlier: readonly HourExcess[],
  hours: readonly AgentHour[],
  team: CostByHour,
  limits: Thresholds,
): boolean {
  const own = new Map(hours.map(({ hour, cost }) => [hour, cost]));
  return concernsTeam(signal, earlier, team, own, limits);
}
