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

/** A series whose hours come late, delivery after delivery: its days are judged as well. */
export interface LateSeries {
  readonly agentId: number;
  readonly keyId: number;
  /** Milliseconds since the epoch: when its newest rows came. */
  readonly recordedAt: number;
}

export interface WatchResult {
  readonly watched: readonly Watched[];
  readonly late: readonly LateSeries[];
  /** Dollars by team and hour. */
  readonly teams: ReadonlyMap<number, ReadonlyMap<number, number>>;
  readonly series: number;
}

const HISTORY_HOURS = 336 + 24;
/** One import of the past is no feed. */
const DELIVERIES = 3;
const RECENT_HOURS = 72;
const TIMELY_SHARE = 0.15;
const DAY_MS = 86_400_000;

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
  const late: LateSeries[] = [];
  const teams = new Map<number, Map<number, number>>();
  const teamOf = new Map<number, Map<number, number> | undefined>();
  let series = 0;
  let current: Passing | undefined;
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
    const { agentId, keyId, recordedAt } = current;
    if (!args.isPast && isLateFeed(current)) late.push({ agentId, keyId, recordedAt });
  };
  const range = { orgId, from: judged.from - HISTORY_HOURS, to: judged.to };
  await readHours(tx, range, (row) => {
    if (current?.agentId !== row.agentId || current.keyId !== row.keyId) {
      finish();
      current = passing(row);
    }
    noteArrival(current, row, judged.to);
    if (!isJudgeable(row, args)) return;
    addModelHour(current.hours, row.hour, row);
    const costs = costsOfTeam(row.agentId);
    costs?.set(row.hour, (costs.get(row.hour) ?? 0) + row.cost);
  });
  finish();
  return { watched, late, teams, series };
}

/** The series whose rows are being read. */
interface Passing {
  readonly agentId: number;
  readonly keyId: number;
  readonly hours: AgentHour[];
  /** Days on which something of it came late. */
  readonly deliveries: Set<number>;
  /** Rows of the last three days, and those of them that came in time. */
  recent: number;
  onTime: number;
  recordedAt: number;
}

function passing({ agentId, keyId }: HourRow): Passing {
  const counts = { recent: 0, onTime: 0, recordedAt: 0 };
  return { agentId, keyId, hours: [], deliveries: new Set(), ...counts };
}

function noteArrival(series: Passing, { hour, recordedAt }: HourRow, to: number): void {
  if (recordedAt > series.recordedAt) series.recordedAt = recordedAt;
  const isTimely = isOnTime(hour, recordedAt);
  if (!isTimely) series.deliveries.add(Math.floor(recordedAt / DAY_MS));
  if (hour < to - RECENT_HOURS) return;
  series.recent += 1;
  if (isTimely) series.onTime += 1;
}

/** What is delivered at midnight has the last hours of its day in time. */
function isLateFeed({ deliveries, onTime, recent }: Passing): boolean {
  return recent > 0 && onTime <= TIMELY_SHARE * recent && deliveries.size >= DELIVERIES;
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
