import { median } from "d3-array";
import type { Signal } from "./detectors.ts";
import { goesOn } from "./finding.ts";
import type { Thresholds } from "./thresholds.ts";

/** What a team's roll-up reads: dollars per hour of its agents, by hour. */
export type CostByHour = ReadonlyMap<number, number>;

/** An excess of a series in an hour, as the roll-up of its team pools them. */
export interface HourExcess {
  readonly hour: number;
  readonly usd: number;
}

const POOL = 3;
const DAY = 24;
const WEEK_DAYS = 7;

/**
 * Spend of the team without the agent in an hour, and what it usually is at that hour of the last
 * 7 days.
 */
function restOfTeam(team: CostByHour, agent: CostByHour, hour: number) {
  const rest = (at: number) => Math.max(0, (team.get(at) ?? 0) - (agent.get(at) ?? 0));
  const sameHour = Array.from({ length: WEEK_DAYS }, (_, day) => rest(hour - (day + 1) * DAY));
  const pooled = Array.from({ length: POOL }, (_, back) => rest(hour - back));
  return {
    now: rest(hour),
    pooled: pooled.reduce((sum, value) => sum + value, 0),
    usual: median(sameHour) ?? 0,
    day: Math.max(0, usualDay(team, hour) - usualDay(agent, hour)),
  };
}

/** Dollars of a day, over the 7 days before the hour. */
function usualDay(costs: CostByHour, hour: number): number {
  let sum = 0;
  for (let at = hour - WEEK_DAYS * DAY; at < hour; at += 1) sum += costs.get(at) ?? 0;
  return sum / WEEK_DAYS;
}

function sumSince(recent: readonly HourExcess[], first: number): number {
  return recent.reduce((sum, { hour, usd }) => (hour >= first ? sum + usd : sum), 0);
}

/** By how much the agent's spend grows through what was found, as a share of what it was. */
function growthOf({ excessUsd, hour, kind, observed, usual }: Signal, agent: CostByHour): number {
  if (kind === "price_change" || kind === "model_mix") return usual > 0 ? observed / usual - 1 : 0;
  const before = (agent.get(hour) ?? 0) - excessUsd;
  return before > 0 ? excessUsd / before : 0;
}

/**
 * Is an agent's excess news for its team too? It is when it is a third of what the rest of the team
 * spends, in this hour or over three. How sure the kind is decides what else is asked. A price and a
 * model are read off the hour and stay until someone acts: that a usual day of the agent will cost a
 * tenth of the rest of the team's day more is enough, though the agent has hardly begun to spend. So
 * it is for tokens per request once they were seen for a second hour. Requests come in bursts of an
 * hour: their jump goes on for a second one, or has cost that tenth of a day already. `earlier` holds
 * the agent's excess of the same kind by hour, newest last.
 */
export function concernsTeam(
  signal: Signal,
  earlier: readonly HourExcess[],
  team: CostByHour,
  agent: CostByHour,
  limits: Thresholds,
): boolean {
  const { excessUsd, hour, kind } = signal;
  const before = earlier.filter((one) => one.hour < hour);
  const recent = [...before, { hour, usd: excessUsd }];
  const rest = restOfTeam(team, agent, hour);
  const partOfDay = limits.teamShareOfDay * rest.day;
  const isThird =
    excessUsd >= limits.teamShare * Math.max(rest.now, 0.7 * rest.usual) ||
    sumSince(recent, hour - POOL + 1) >= limits.teamShare * Math.max(rest.pooled, 2 * rest.usual);
  const isSecond = goesOn(before, hour);
  if (kind === "request_spike") {
    return isThird && (isSecond || sumSince(recent, hour - DAY + 1) >= partOfDay);
  }
  const isSure = isSecond || kind === "price_change" || kind === "model_mix";
  return isThird || (isSure && growthOf(signal, agent) * usualDay(agent, hour) >= partOfDay);
}
