import { baselineOf, detect, type Signal } from "#core/anomalies/detectors.ts";
import { type AgentHour, agentHour, type ModelHour } from "#core/anomalies/hour.ts";
import { isNews, type LastSeen } from "#core/anomalies/silence.ts";
import { concernsTeam, costByHour } from "#core/anomalies/team.ts";
import type { Thresholds } from "#core/anomalies/thresholds.ts";
import type { FeedRow } from "./feed.ts";

export interface ReplayedAlert {
  readonly series: string;
  readonly at: string;
  readonly kind: string;
}

const HOUR_MS = 3_600_000;
/** An hour that comes later than this after its end is stored and raises nothing. */
const GRACE_MS = HOUR_MS;
const HISTORY_HOURS = 400;

export type ListPrice = (row: FeedRow) => number | undefined;

interface Agent {
  readonly name: string;
  readonly team: string;
  readonly hours: Map<number, ModelHour[]>;
  /** Signals by kind, newest last: what the team roll-up pools. */
  readonly recent: Map<string, Signal[]>;
}

/**
 * Plays a feed hour by hour, as the product's hourly tick would see it: each hour is judged once,
 * from the rows that had arrived by then; later rows serve later baselines only.
 */
export function replay(
  rows: readonly FeedRow[],
  listPrice: ListPrice,
  limits: Thresholds,
): ReplayedAlert[] {
  const arrivals = [...rows].sort((a, b) => a.arrived_at - b.arrived_at || a.hour - b.hour);
  const agents = new Map<string, Agent>();
  const seen: LastSeen = new Map();
  const alerts: ReplayedAlert[] = [];
  const hours = [...new Set(rows.map((row) => row.hour / HOUR_MS))].sort((a, b) => a - b);
  let next = 0;
  for (const hour of hours) {
    const deadline = (hour + 1) * HOUR_MS + GRACE_MS;
    const onTime = new Set<Agent>();
    for (; next < arrivals.length; next += 1) {
      const row = arrivals[next];
      if (row === undefined || row.arrived_at > deadline) break;
      const agent = store(agents, row, listPrice);
      if (row.hour / HOUR_MS === hour) onTime.add(agent);
    }
    for (const agent of onTime) alerts.push(...judge(agent, hour, agents, seen, limits));
  }
  return alerts;
}

function store(agents: Map<string, Agent>, row: FeedRow, listPrice: ListPrice): Agent {
  let agent = agents.get(row.agent);
  if (agent === undefined) {
    agent = { name: row.agent, team: row.team, hours: new Map(), recent: new Map() };
    agents.set(row.agent, agent);
  }
  const hour = row.hour / HOUR_MS;
  const models = agent.hours.get(hour) ?? [];
  models.push({
    model: row.model,
    requests: row.requests,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost_usd,
    list: listPrice(row),
  });
  agent.hours.set(hour, models);
  return agent;
}

function hoursOf(agent: Agent, upTo: number): AgentHour[] {
  const hours: AgentHour[] = [];
  for (const [hour, models] of agent.hours) {
    if (hour < upTo - HISTORY_HOURS) agent.hours.delete(hour);
    else if (hour <= upTo) hours.push(agentHour(hour, models, undefined));
  }
  return hours.sort((a, b) => a.hour - b.hour);
}

function judge(
  agent: Agent,
  hour: number,
  agents: ReadonlyMap<string, Agent>,
  seen: LastSeen,
  limits: Thresholds,
): ReplayedAlert[] {
  const hours = hoursOf(agent, hour);
  const current = hours.at(-1);
  if (current === undefined || current.hour !== hour) return [];
  const at = new Date(hour * HOUR_MS).toISOString().replace(".000Z", "Z");
  const alerts: ReplayedAlert[] = [];
  for (const signal of detect(baselineOf(current, hours), limits)) {
    const recent = agent.recent.get(signal.kind) ?? [];
    recent.push(signal);
    agent.recent.set(signal.kind, recent);
    const key = `${agent.name} ${signal.kind}`;
    if (isNews(seen, `agent ${key}`, hour, limits.silenceHours)) {
      alerts.push({ series: `agent:${agent.name}`, at, kind: signal.kind });
    }
    const team = [...agents.values()].filter((one) => one.team === agent.team);
    const teamCosts = costByHour(team.flatMap((one) => hoursOf(one, hour)));
    if (!concernsTeam(recent, teamCosts, costByHour(hours), limits)) continue;
    if (isNews(seen, `team ${key}`, hour, limits.silenceHours)) {
      alerts.push({ series: `team:${agent.team}`, at, kind: signal.kind });
    }
  }
  return alerts;
}
