import type { Tx } from "../db/db.ts";
import { chainOf, type Directory } from "../org/directory.ts";
import { type AgentHour, addModelHour } from "./hour.ts";
import { type HourRow, readHours } from "./hours-store.ts";
import { isOnTime, judgeAt, type Verdict } from "./judge.ts";
import type { Thresholds } from "./thresholds.ts";

/** The hours of one agent, or of a key whose spend names no agent, that something is said about. */
export interface Watched {
  readonly agentId: number;
  readonly keyId: number;
  readonly hours: readonly AgentHour[];
  /** By hour; only hours that were judged and that are not as usual. */
  readonly verdicts: ReadonlyMap<number, readonly Verdict[]>;
}

export interface HourRange {
  /** Hours since the epoch; from <= hour < to. */
  readonly from: number;
  readonly to: number;
}

export interface WatchArgs {
  readonly orgId: number;
  readonly judged: HourRange;
  readonly directory: Directory;
  readonly limits: Thresholds;
  /** Hours of the past: whatever was recorded late is judged as if it had come in time. */
  readonly isPast: boolean;
  /** Series that are kept whatever the verdict, "scope:12": their findings are open. */
  readonly kept: ReadonlySet<string>;
}

export interface WatchResult {
  readonly watched: readonly Watched[];
  /** Dollars by team and hour. */
  readonly teams: ReadonlyMap<number, ReadonlyMap<number, number>>;
  readonly series: number;
}

const HISTORY_HOURS = 336 + 24;

export function seriesKey({ agentId, keyId }: { agentId: number; keyId: number }): string {
  return agentId !== 0 ? `scope:${agentId}` : `key:${keyId}`;
}

/**
 * Reads the trailing 15 days of every series in one statement and judges each as it passes by: only
 * what is not as usual is kept. Rows of a judged hour that came too late raise nothing.
 */
export async function watchHours(tx: Tx, args: WatchArgs): Promise<WatchResult> {
  const { directory, judged, orgId } = args;
  const watched: Watched[] = [];
  const teams = new Map<number, Map<number, number>>();
  const teamOf = new Map<number, Map<number, number> | undefined>();
  let series = 0;
  let current: { agentId: number; keyId: number; hours: AgentHour[] } | undefined;
  const costsOfTeam = (agentId: number) => {
    if (teamOf.has(agentId)) return teamOf.get(agentId);
    const { teamId } = chainOf(directory.scopes, agentId);
    const costs = teamId === 0 ? undefined : (teams.get(teamId) ?? new Map<number, number>());
    if (costs !== undefined) teams.set(teamId, costs);
    teamOf.set(agentId, costs);
    return costs;
  };
  const finish = () => {
    if (current === undefined) return;
    series += 1;
    const one = judgeSeries(current, args);
    if (one !== undefined) watched.push(one);
  };
  const range = { orgId, from: judged.from - HISTORY_HOURS, to: judged.to };
  await readHours(tx, range, (row) => {
    if (!isJudgeable(row, args)) return;
    if (current?.agentId !== row.agentId || current.keyId !== row.keyId) {
      finish();
      current = { agentId: row.agentId, keyId: row.keyId, hours: [] };
    }
    addModelHour(current.hours, row.hour, row);
    const costs = costsOfTeam(row.agentId);
    costs?.set(row.hour, (costs.get(row.hour) ?? 0) + row.cost);
  });
  finish();
  return { watched, teams, series };
}

function isJudgeable({ hour, recordedAt }: HourRow, { isPast, judged }: WatchArgs): boolean {
  return isPast || hour < judged.from || isOnTime(hour, recordedAt);
}

function judgeSeries(
  one: { agentId: number; keyId: number; hours: AgentHour[] },
  { judged, kept, limits }: WatchArgs,
): Watched | undefined {
  const { hours } = one;
  const verdicts = new Map<number, Verdict[]>();
  for (let index = hours.length - 1; index >= 0; index -= 1) {
    const hour = hours[index]?.hour ?? 0;
    if (hour < judged.from) break;
    const found = judgeAt(hours, index, limits);
    if (found.length > 0) verdicts.set(hour, found);
  }
  return verdicts.size > 0 || kept.has(seriesKey(one)) ? { ...one, verdicts } : undefined;
}
