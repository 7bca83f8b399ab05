import { median } from "d3-array";
import type { Thresholds } from "./thresholds.ts";

/** What a team's roll-up reads: dollars per hour of its agents, by hour. */
export type CostByHour = ReadonlyMap<number, number>;

const POOL = 3;
const DAY = 24;

/**
 * Spend of the team without the agent in an hour, and what it usually is at that hour of the last
 * 7 days.
 */
function restOfTeam(team: CostByHour, agent: CostByHour, hour: number) {
  const rest = (at: number) => Math.max(0, (team.get(at) ?? 0) - (agent.get(at) ?? 0));
  const sameHour = Array.from({ length: 7 }, (_, day) => rest(hour - (day + 1) * DAY));
  const pooled = Array.from({ length: POOL }, (_, back) => rest(hour - back));
  return {
    now: rest(hour),
    pooled: pooled.reduce((sum, value) => sum + value, 0),
    usual: median(sameHour) ?? 0,
  };
}

/**
 * Is an agent's excess news for its team too? It is when it is a third of what the rest of the team
 * spends, in this hour or over three. `recent` holds the agent's excess of one kind by hour, newest last.
 */
export function concernsTeam(
  recent: readonly { readonly hour: number; readonly usd: number }[],
  team: CostByHour,
  agent: CostByHour,
  limits: Thresholds,
): boolean {
  const current = recent.at(-1);
  if (current === undefined) return false;
  const rest = restOfTeam(team, agent, current.hour);
  if (current.usd >= limits.teamShare * Math.max(rest.now, 0.7 * rest.usual)) return true;
  const pooled = recent
    .filter(({ hour }) => hour > current.hour - POOL)
    .reduce((sum, { usd }) => sum + usd, 0);
  return pooled >= limits.teamShare * Math.max(rest.pooled, 2 * rest.usual);
}
