import type { Tx } from "../db/db.ts";
import { chainOf, loadDirectory } from "../org/directory.ts";
import { chartHours, contributorsOf, evidenceOf, withExcess } from "./evidence.ts";
import { normalSince, subjectKey } from "./finding.ts";
import * as store from "./finding-store.ts";
import { judgeKeys, judgeNewValues } from "./governance.ts";
import {
  findKeyScope,
  listCallers,
  listEnvironments,
  listParts,
  type SeriesHour,
} from "./hours-store.ts";
import { concernsTeamOf, HOUR_MS, type Verdict } from "./judge.ts";
import { classOfSpike } from "./launch.ts";
import type { Evidence, EvidenceInput, Finding, FindingClass, FindingSubject } from "./schema.ts";
import type { Thresholds } from "./thresholds.ts";
import { DEFAULT_THRESHOLDS } from "./thresholds.ts";
import { recordBillDays } from "./tick-days.ts";
import { atHour, LAG_MS, type Moved, nano, note, openDesk, type TickDesk } from "./tick-desk.ts";
import { findJudgedUntil, noteEverything, saveJudgedUntil } from "./watch-store.ts";
import { seriesKey, type Watched, type WatchResult, watchHours } from "./watched.ts";

/** After an outage so many hours are caught up; older ones are past. */
const CATCH_UP_HOURS = 12;

/** What the hourly job finds in hours; `launch` is one of them and pushes nobody. */
const HOURLY: readonly FindingClass[] = [
  "price_change",
  "model_mix",
  "token_bloat",
  "runaway_loop",
  "launch",
  "cache_fall",
  "ownerless_key",
  "expired_key",
];
const NEW_VALUES: readonly FindingClass[] = ["new_model", "new_provider", "new_key"];
const NEW_DAYS = 7;

export interface TickArgs {
  readonly orgId: number;
  readonly now: Date;
  /** Judges the hours since then as if it had been then, and pushes nothing: for a ledger with a past. */
  readonly past?: { readonly from: Date } | undefined;
}

export interface TickResult {
  readonly moved: readonly Moved[];
  readonly series: number;
  readonly judgedUntil: Date;
}

function hourOf(at: Date): number {
  return Math.floor(at.getTime() / HOUR_MS);
}

/**
 * The hourly tick: judges every closed hour since the last tick (and the one before it again, for what
 * arrived within its grace), records what is found, moves on what goes on, resolves what is normal
 * again and wakes what was snoozed, in the caller's transaction. Running it again moves nothing. Hours
 * are UTC; nothing about an hour is decided from what lies after it.
 */
export async function recordAnomalies(tx: Tx, args: TickArgs): Promise<TickResult> {
  const { orgId, now, past } = args;
  const to = hourOf(new Date(now.getTime() - LAG_MS));
  const judgedUntil = await findJudgedUntil(tx, orgId);
  if (judgedUntil === undefined) await noteEverything(tx, orgId, past?.from ?? now, now);
  const last = judgedUntil === undefined ? to - 1 : hourOf(judgedUntil) - 1;
  const from = past === undefined ? Math.max(last, to - CATCH_UP_HOURS) : hourOf(past.from);
  const judged = { from: Math.min(from, to - 1), to };
  const directory = await loadDirectory(tx, orgId);
  const isPast = past !== undefined;
  const limits = DEFAULT_THRESHOLDS;
  const watching = await listUnresolved(tx, orgId);
  const kept = new Set(watching.map(({ subject }) => `${subject.kind}:${subject.key}`));
  const result = await watchHours(tx, { orgId, judged, directory, limits, isPast, kept });
  // Reading takes seconds, in which a press must not wait: what is open is read again behind the lock.
  await store.lockFindings(tx, orgId);
  const unresolved = await listUnresolved(tx, orgId);
  const moved = new Map<number, Moved>();
  const about = { orgId, now, isPast };
  const desk = await openDesk(tx, about, directory, moved, unresolved, judged.from);
  for (let hour = judged.from; hour < to; hour += 1) {
    await recordHour(desk, result, hour, limits);
    await settle(desk, moved, hour + 1);
  }
  await judgeNewValues(desk, { from: atHour(judged.from), to: atHour(to) });
  await judgeKeys(desk, atHour(to));
  const since = judgedUntil === undefined ? new Date(0) : atHour(last);
  if (!isPast) await recordBillDays(desk, moved, { since, late: result.late, limits });
  await calm(desk, moved, result, to - 1);
  await wake(desk, moved);
  await saveJudgedUntil(tx, orgId, atHour(to));
  return { moved: [...moved.values()], series: result.series, judgedUntil: atHour(to) };
}

function listUnresolved(tx: Tx, orgId: number): Promise<Finding[]> {
  const states = ["open", "acknowledged", "snoozed", "expected"] as const;
  return store.listFindingRows(tx, orgId, { states, limit: 5_000 });
}

/** What one hour's verdicts come to, by series. */
async function recordHour(
  desk: TickDesk,
  result: WatchResult,
  hour: number,
  limits: Thresholds,
): Promise<void> {
  const found = result.watched.filter(({ verdicts }) => verdicts.has(hour));
  if (found.length === 0) return;
  const at: SeriesHour[] = found.map(({ agentId, keyId }) => ({ agentId, keyId, hour }));
  const parts = await listParts(desk.tx, desk.orgId, at);
  for (const one of found) {
    const own = parts.filter(
      ({ agentId, keyId }) => agentId === one.agentId && keyId === one.keyId,
    );
    for (const verdict of one.verdicts.get(hour) ?? []) {
      const contributors = contributorsOf(own);
      await recordVerdict(desk, result, { one, hour, verdict, contributors, limits });
    }
  }
}

interface Found {
  readonly one: Watched;
  readonly hour: number;
  readonly verdict: Verdict;
  readonly contributors: Evidence["contributors"];
  readonly limits: Thresholds;
}

async function recordVerdict(desk: TickDesk, result: WatchResult, found: Found): Promise<void> {
  const { one, hour, verdict, limits } = found;
  const index = one.hours.findLastIndex((each) => each.hour === hour);
  const crowd = await crowdOf(desk, found, evidenceOf(one.hours, index, verdict));
  const findingClass = crowd.class;
  const subject: FindingSubject =
    one.agentId === 0
      ? { kind: "key", key: String(one.keyId) }
      : { kind: "scope", key: String(one.agentId) };
  const scopeId =
    one.agentId === 0 ? await findKeyScope(desk.tx, desk.orgId, one.keyId) : one.agentId;
  const before = desk.continued({ class: findingClass, subject }, atHour(hour));
  const earlier = before?.evidence.excess ?? [];
  const { hours, added } = withExcess(earlier, hour, verdict.signal.excessUsd);
  const { teamId } = chainOf(desk.directory.scopes, scopeId);
  const upToNow = one.hours.slice(0, index + 1);
  const team = result.teams.get(teamId);
  const concernsTeam =
    verdict.detected &&
    team !== undefined &&
    concernsTeamOf(verdict.signal, earlier, upToNow, team, limits);
  await desk.record({
    class: findingClass,
    subject,
    scopeId,
    since: before?.since ?? atHour(hour),
    seenAt: atHour(hour),
    excess: (before?.excess ?? 0n) + nano(added),
    rate: nano(verdict.signal.excessUsd),
    evidence: {
      ...crowd.evidence,
      contributors: [...found.contributors, ...crowd.environments],
      excess: hours,
      concernsTeam: concernsTeam || before?.evidence.concernsTeam === true,
      detected: verdict.detected || before?.evidence.detected === true,
    },
  });
}

interface CrowdFound {
  readonly class: FindingClass;
  readonly evidence: EvidenceInput;
  readonly environments: Evidence["contributors"];
}

/** A jump of requests is a launch or a loop: that is asked of the entries of a few hours. */
async function crowdOf(
  desk: TickDesk,
  { one, hour, verdict }: Found,
  evidence: EvidenceInput,
): Promise<CrowdFound> {
  const { kind } = verdict.signal;
  if (kind !== "request_spike") return { class: kind, evidence, environments: [] };
  if (one.agentId === 0) return { class: "runaway_loop", evidence, environments: [] };
  const { tx, orgId } = desk;
  const past = [24, 48, 72, 168].map((back) => hour - back);
  const rows = await listCallers(tx, orgId, [one.agentId], [hour, ...past]);
  const callersAt = new Map(rows.map((row) => [row.hour, row.callers]));
  const usual = past.flatMap((at) => callersAt.get(at) ?? []).sort((a, b) => a - b);
  const callers = callersAt.get(hour);
  const usualCallers = usual[Math.floor(usual.length / 2)];
  const known = {
    ...(callers ? { callers } : {}),
    ...(callers && usualCallers ? { usualCallers } : {}),
  };
  const { requests = 0, usualRequests = 0 } = evidence;
  const findingClass = classOfSpike({
    requests,
    usualRequests: usualRequests || verdict.signal.usual,
    callers,
    usualCallers,
  });
  const rests = await listEnvironments(tx, orgId, { agentId: one.agentId, hour });
  const all = rests.reduce((sum, { cost }) => sum + cost, 0);
  const environments = rests
    .map(({ id, cost }) => ({ kind: "environment" as const, id, share: Math.min(1, cost / all) }))
    .filter(({ share }) => share >= 0.5);
  return { class: findingClass, evidence: { ...evidence, ...known }, environments };
}

/** What was not seen for two judged hours is normal again; what is new is so for a week. */
async function settle(desk: TickDesk, moved: Map<number, Moved>, end: number): Promise<void> {
  const { tx, orgId } = desk;
  const now = desk.isPast ? new Date(end * HOUR_MS + 2 * LAG_MS) : desk.now;
  const seenBefore = normalSince(atHour(end));
  const over = await store.resolveUnseen(tx, { orgId, classes: HOURLY, seenBefore, now });
  const weekAgo = atHour(end - NEW_DAYS * 24);
  over.push(
    ...(await store.resolveUnseen(tx, { orgId, classes: NEW_VALUES, seenBefore: weekAgo, now })),
  );
  for (const finding of over) {
    desk.known.set(subjectKey(finding), finding);
    note(desk, moved, finding);
  }
}

/** An open finding whose newest hour was as usual costs nothing at the moment; its chart moves on. */
async function calm(
  desk: TickDesk,
  moved: Map<number, Moved>,
  { watched }: WatchResult,
  lastHour: number,
): Promise<void> {
  const bySeries = new Map(watched.map((one) => [seriesKey(one), one]));
  for (const finding of desk.known.values()) {
    if (finding.state === "resolved" || !HOURLY.includes(finding.class)) continue;
    if (finding.evidence.per === "day") continue;
    if (finding.lastSeenAt >= atHour(lastHour) || finding.rate === 0n) continue;
    const one = bySeries.get(`${finding.subject.kind}:${finding.subject.key}`);
    const hours = one === undefined ? finding.evidence.hours : chartHours(one.hours, lastHour);
    const evidence = { ...finding.evidence, hours };
    const calmed = await store.calmFinding(desk.tx, finding, evidence, desk.now);
    if (calmed !== undefined) note(desk, moved, calmed);
  }
}

async function wake(desk: TickDesk, moved: Map<number, Moved>): Promise<void> {
  for (const finding of await store.wakeFindings(desk.tx, desk.orgId, desk.now)) {
    note(desk, moved, finding);
  }
}
