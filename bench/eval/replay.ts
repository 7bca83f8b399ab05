import { type AgentHour, addModelHour } from "#core/anomalies/hour.ts";
import { concernsTeamOf, HOUR_MS, isOnTime, judgeAt } from "#core/anomalies/judge.ts";
import { isNews, type LastSeen } from "#core/anomalies/silence.ts";
import type { HourExcess } from "#core/anomalies/team.ts";
import type { Thresholds } from "#core/anomalies/thresholds.ts";
import type { FeedRow } from "./feed.ts";

export interface ReplayedAlert {
  readonly series: string;
  readonly at: string;
  readonly kind: string;
  /** Dollars beyond the usual in the hour. */
  readonly excessUsd: number;
  /** The first after a silence; otherwise the condition goes on. */
  readonly isNews: boolean;
  readonly team: string;
}

const HISTORY_HOURS = 400;

/** Dollars at list prices. */
export type ListPrice = (row: FeedRow) => number | undefined;

interface Agent {
  readonly name: string;
  readonly team: string;
  readonly hours: AgentHour[];
  /** Excess by kind, newest last: what the team roll-up pools. */
  readonly recent: Map<string, HourExcess[]>;
}

interface Feed {
  readonly agents: Map<string, Agent>;
  /** Dollars of each team by hour. */
  readonly teams: Map<string, Map<number, number>>;
  readonly listPrice: ListPrice;
}

/**
 * Plays a feed hour by hour, as the product's hourly tick would see it: each hour is judged once,
 * from the rows that had arrived by then; later rows serve later baselines only. Alerts are what is news;
 * the rest are the hours in which a condition went on.
 */
export function replay(
  rows: readonly FeedRow[],
  listPrice: ListPrice,
  limits: Thresholds,
): ReplayedAlert[] {
  const arrivals = [...rows].sort((a, b) => a.arrived_at - b.arrived_at || a.hour - b.hour);
  const feed: Feed = { agents: new Map(), teams: new Map(), listPrice };
  const seen: LastSeen = new Map();
  const alerts: ReplayedAlert[] = [];
  const hours = [...new Set(rows.map((row) => row.hour / HOUR_MS))].sort((a, b) => a - b);
  let next = 0;
  for (const hour of hours) {
    const onTime = new Set<Agent>();
    for (; next < arrivals.length; next += 1) {
      const row = arrivals[next];
      if (row === undefined || !isOnTime(hour, row.arrived_at)) break;
      const agent = store(feed, row);
      if (row.hour / HOUR_MS === hour) onTime.add(agent);
    }
    for (const agent of onTime) alerts.push(...judge(agent, hour, feed, seen, limits));
  }
  return alerts;
}

function store({ agents, teams, listPrice }: Feed, row: FeedRow): Agent {
  let agent = agents.get(row.agent);
  if (agent === undefined) {
    agent = { name: row.agent, team: row.team, hours: [], recent: new Map() };
    agents.set(row.agent, agent);
  }
  const hour = row.hour / HOUR_MS;
  addModelHour(agent.hours, hour, {
    model: row.model,
    requests: row.requests,
    inputTokens: row.input_tokens,
    cacheReadTokens: 0,
    outputTokens: row.output_tokens,
    cost: row.cost_usd,
    list: listPrice(row),
    reported: undefined,
    inputCost: 0,
    cacheReadCost: 0,
  });
  const oldest = agent.hours[0];
  if (oldest !== undefined && oldest.hour < hour - HISTORY_HOURS) agent.hours.shift();
  const team = teams.get(row.team) ?? new Map<number, number>();
  teams.set(row.team, team.set(hour, (team.get(hour) ?? 0) + row.cost_usd));
  return agent;
}

function judge(
  agent: Agent,
  hour: number,
  { teams }: Feed,
  seen: LastSeen,
  limits: Thresholds,
): ReplayedAlert[] {
  const index = agent.hours.findLastIndex((one) => one.hour === hour);
  const at = new Date(hour * HOUR_MS).toISOString().replace(".000Z", "Z");
  const alerts: ReplayedAlert[] = [];
  // What a published rule alone lists raises no alert.
  for (const { signal, detected } of judgeAt(agent.hours, index, limits)) {
    if (!detected) continue;
    const { kind, excessUsd } = signal;
    const earlier = agent.recent.get(kind) ?? [];
    agent.recent.set(kind, [...earlier.slice(-11), { hour, usd: excessUsd }]);
    const key = `${agent.name} ${kind}`;
    const { team: teamName } = agent;
    const about = { at, kind, excessUsd, team: teamName };
    const news = (level: string) => isNews(seen, `${level} ${key}`, hour, limits.silenceHours);
    alerts.push({ ...about, series: `agent:${agent.name}`, isNews: news("agent") });
    const team = teams.get(agent.team) ?? new Map();
    const upToNow = agent.hours.slice(0, index + 1);
    if (!concernsTeamOf(signal, earlier, upToNow, team, limits)) continue;
    alerts.push({ ...about, series: `team:${teamName}`, isNews: news("team") });
  }
  return alerts;
}
