import { addDays, type Day, daysBetween, localDay, parseDay, startOfDay } from "../time.ts";
import type { BillDay } from "./bill-day.ts";
import { type DayKind, type DayVerdict, judgeBillDays } from "./bill-day-detectors.ts";
import * as bills from "./bill-days-store.ts";
import { type DaySeries, dayEvidence, seriesOf } from "./bill-series.ts";
import { subjectKey } from "./finding.ts";
import { listFindingRows, resolveFindings } from "./finding-store.ts";
import { HOUR_MS } from "./judge.ts";
import type { Finding, FindingClass } from "./schema.ts";
import type { Thresholds } from "./thresholds.ts";
import { type Moved, nano, note, type TickDesk } from "./tick-desk.ts";
import type { LateSeries } from "./watched.ts";

const EPOCH = parseDay("1970-01-01");
const HISTORY_DAYS = 84;
/** A bill that comes, or is restated, within so many days of its day is judged. */
const JUDGED_DAYS = 7;
/** What stood out before the judged days is no part of what is usual in them. */
const WARM_UP_DAYS = 14;
/** People are told of what its newest days show, not of what was over when the bill came. */
const FRESH_DAYS = 3;
/** Days as usual between two that stand out, and it is still the same. */
const GAP_DAYS = 2;
const SILENCE_HOURS = (GAP_DAYS + 1) * 24 + 1;
/** Nothing more came: nobody knows whether it goes on. */
const FORGOTTEN_DAYS = 10;
const DAY_HOURS = 24;
/** What hours find of the cost of a series. */
const BY_HOURS: readonly FindingClass[] = [
  "price_change",
  "model_mix",
  "token_bloat",
  "runaway_loop",
  "launch",
  "cache_fall",
];
const KINDS: readonly DayKind[] = ["spend_jump", "price_change", "token_bloat", "model_mix"];

interface Judged {
  readonly series: DaySeries;
  readonly verdicts: ReadonlyMap<number, DayVerdict>;
  /** The newest day with spend. */
  readonly newest: number;
}

/** The days that the tick is about; numbers count from 1970-01-01. */
interface Window {
  readonly today: number;
  readonly timeZone: string;
  readonly limits: Thresholds;
}

function dayOf(number: number): Day {
  return addDays(EPOCH, number);
}

function startOf(number: number, { timeZone }: Window): Date {
  return startOfDay(dayOf(number), timeZone);
}

/**
 * Judges what only comes by the day: bills, and hours that always arrive late. Every day that is over
 * and came or was restated within a week is judged anew from the days before it, so that a restated bill
 * moves its finding; of an agent that the hours have a finding of, days say nothing.
 */
export async function recordBillDays(
  desk: TickDesk,
  moved: Map<number, Moved>,
  of: { readonly since: Date; readonly late: readonly LateSeries[]; readonly limits: Thresholds },
): Promise<void> {
  const { directory, now, orgId, tx } = desk;
  const { timeZone } = directory;
  const today = localDay(now, timeZone);
  const isNewDay = localDay(of.since, timeZone) !== today;
  const isLate = of.late.some(({ recordedAt }) => recordedAt >= of.since.getTime());
  const recent = { orgId, from: addDays(today, -JUDGED_DAYS), since: of.since };
  if (!isNewDay && !isLate && !(await bills.hasBilledSince(tx, recent))) return;
  const range = { orgId, from: addDays(today, -HISTORY_DAYS), to: today };
  const rows = [
    ...(await bills.listBilledDays(tx, range)),
    ...(await bills.listMeteredDays(tx, {
      ...range,
      agentIds: of.late.map(({ agentId }) => agentId).filter((id) => id !== 0),
      keyIds: of.late.filter(({ agentId }) => agentId === 0).map(({ keyId }) => keyId),
    })),
  ];
  const window = { today: daysBetween(EPOCH, today), timeZone, limits: of.limits };
  const seenSince = startOf(window.today - JUDGED_DAYS, window);
  const lately = { classes: BY_HOURS, seenSince, limit: 5_000 };
  const byHours = new Set(
    (await listFindingRows(tx, orgId, lately))
      .filter(({ evidence }) => evidence.per === "hour")
      .map(({ subject }) => `${subject.kind}:${subject.key}`),
  );
  for (const series of seriesOf(rows, window.today - JUDGED_DAYS)) {
    if (byHours.has(`${series.subject.kind}:${series.subject.key}`)) continue;
    const judged = await judge(desk, series, window);
    if (judged !== undefined)
      for (const kind of KINDS) await recordKind(desk, moved, judged, kind, window);
  }
  await forget(desk, moved, window);
}

/** Seats and fees of a month stand in one day of it: what stands out is judged again without them. */
async function judge(
  desk: TickDesk,
  series: DaySeries,
  window: Window,
): Promise<Judged | undefined> {
  const newest = series.days.findLast(({ cost }) => cost > 0)?.day;
  const from = window.today - JUDGED_DAYS;
  if (newest === undefined || newest < from) return undefined;
  const run = (days: readonly BillDay[]) =>
    judgeBillDays(days, { limits: window.limits, from: from - WARM_UP_DAYS });
  let days = series.days;
  const [first] = series.rows;
  for (const day of run(days).keys()) {
    if (day < from || first === undefined) continue;
    const charges = await bills.findStandingCharges(desk.tx, desk.orgId, { subject: first, day });
    if (charges === 0) continue;
    days = days.map((one) =>
      one.day === day
        ? { ...one, cost: one.cost - charges, list: one.list && Math.max(0, one.list - charges) }
        : one,
    );
  }
  const verdicts = new Map([...run(days)].filter(([day]) => day >= from));
  return { series: { ...series, days }, verdicts, newest };
}

/** The run of days of a kind that ends with the newest of them, with at most two usual ones between. */
function episodeOf({ verdicts }: Judged, kind: DayKind): DayVerdict[] {
  const episode: DayVerdict[] = [];
  const found = [...verdicts.values()].filter((one) => one.kind === kind);
  for (const one of found.sort((a, b) => b.day - a.day)) {
    const next = episode[0];
    if (next !== undefined && next.day - one.day > GAP_DAYS + 1) break;
    episode.unshift(one);
  }
  return episode;
}

async function recordKind(
  desk: TickDesk,
  moved: Map<number, Moved>,
  judged: Judged,
  kind: DayKind,
  window: Window,
): Promise<void> {
  const { subject } = judged.series;
  const known = desk.known.get(subjectKey({ class: kind, subject }));
  const open = known?.state === "resolved" || known?.evidence.per !== "day" ? undefined : known;
  const episode = episodeOf(judged, kind);
  const last = episode.at(-1);
  const goesOn = last !== undefined && last.day === judged.newest;
  const isFresh = goesOn && last.day >= window.today - FRESH_DAYS;
  if (last !== undefined && (open !== undefined || isFresh)) {
    await recordEpisode(desk, judged, open, episode, last, window);
  }
  // What its newest day no longer shows is over; so is what a restated bill took back.
  if (open !== undefined && !goesOn && startOf(judged.newest, window) >= open.lastSeenAt) {
    await resolve(desk, moved, [open]);
  }
}

async function recordEpisode(
  desk: TickDesk,
  judged: Judged,
  open: Finding | undefined,
  episode: readonly DayVerdict[],
  last: DayVerdict,
  window: Window,
): Promise<void> {
  const { subject } = judged.series;
  const hourOf = (day: number) => Math.floor(startOf(day, window).getTime() / HOUR_MS);
  const judgedFrom = hourOf(window.today - JUDGED_DAYS);
  const kept = (open?.evidence.excess ?? []).filter(({ hour }) => hour < judgedFrom);
  const excess = [
    ...kept,
    ...episode.map(({ day, excessUsd }) => ({ hour: hourOf(day), usd: excessUsd })),
  ].slice(-12);
  const total = excess.reduce((sum, { usd }) => sum + usd, 0);
  const [first] = excess;
  const draft = {
    class: last.kind,
    subject,
    scopeId: subject.kind === "scope" ? Number(subject.key) : 0,
    since:
      kept.length > 0 && open !== undefined
        ? open.since
        : startOf(episode[0]?.day ?? last.day, window),
    seenAt: startOf(last.day, window),
    excess: nano(total),
    rate: nano(last.excessUsd / DAY_HOURS),
    evidence: dayEvidence(judged.series, last, excess),
    silenceHours: SILENCE_HOURS,
  };
  const isUnmoved =
    open !== undefined &&
    first !== undefined &&
    open.excess === draft.excess &&
    open.rate === draft.rate &&
    open.lastSeenAt.getTime() === draft.seenAt.getTime();
  if (!isUnmoved) await desk.record(draft);
}

async function resolve(
  desk: TickDesk,
  moved: Map<number, Moved>,
  findings: readonly Finding[],
): Promise<void> {
  const { now, orgId, tx } = desk;
  const ids = findings.map(({ id }) => id);
  for (const finding of await resolveFindings(tx, { orgId, ids, now })) {
    desk.known.set(subjectKey(finding), finding);
    note(desk, moved, finding);
  }
}

async function forget(desk: TickDesk, moved: Map<number, Moved>, window: Window): Promise<void> {
  const before = startOf(window.today - FORGOTTEN_DAYS, window);
  const old = [...desk.known.values()].filter(
    ({ class: of, evidence, lastSeenAt, state }) =>
      evidence.per === "day" &&
      KINDS.some((kind) => kind === of) &&
      state !== "resolved" &&
      lastSeenAt < before,
  );
  if (old.length > 0) await resolve(desk, moved, old);
}
