import type { Pool } from "pg";
import { listFindings } from "#core/anomalies/service.ts";
import { loadOwnProgress, type Progress } from "#core/budgets/progress.ts";
import type { Budget } from "#core/budgets/schema.ts";
import { listBudgets } from "#core/budgets/service.ts";
import { type DigestLine, listDigestLines } from "#core/estimates/follow-up-list.ts";
import { findForecast } from "#core/forecasts/service.ts";
import type { Measures } from "#core/ledger/measures.ts";
import {
  type Coverage,
  coverage,
  type SpendLine,
  spendBy,
  spendByDay,
} from "#core/ledger/spend.ts";
import { type LeverOnRecord, listLevers } from "#core/outcomes/lever-record.ts";
import { findLevers, type LeverSearch } from "#core/outcomes/lever-search.ts";
import { listUnitCosts } from "#core/outcomes/unit-cost.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Cadence } from "#core/showback/schema.ts";
import { showbackPeriod } from "#core/showback/times.ts";
import { type Day, localDay, type Period, startOfDay } from "#core/time.ts";
import { namedScope } from "../names/find-named.ts";
import type { OrgView } from "../org-view.ts";
import { resolvePeriod } from "../period.ts";
import { saidPeriod } from "../said/said-period.ts";
import { scopesBelow } from "../scopes-below.ts";
import { combine, type Subject } from "../subject.ts";
import { unitLine } from "../units/unit-words.ts";
import { loadWhy, type WhyReport } from "../why/why-report.ts";

export interface Launch {
  readonly scopeId: number;
  readonly said: string;
  /** Its budgets, which a new one would replace. */
  readonly current: readonly Budget[];
}

/** What a showback rests on: no person and no customer is in it, as a room reads it. */
export interface ShowbackReport {
  readonly scopeId: number;
  readonly subject: Subject;
  readonly cadence: Exclude<Cadence, "off">;
  readonly period: Period;
  readonly today: Day;
  readonly now: Date;
  readonly timeZone: string;
  readonly why: WhyReport;
  readonly days: readonly { day: Day; measures: Measures }[];
  readonly coverage: Coverage;
  /** Its budget of the running month. */
  readonly budget: Progress | undefined;
  /** Where it has no budget: where the month will likely end. */
  readonly outlook: { readonly p50: bigint; readonly p90: bigint } | undefined;
  readonly agents: readonly SpendLine[];
  readonly projects: readonly SpendLine[];
  readonly models: readonly SpendLine[];
  readonly levers: LeverSearch;
  readonly record: readonly LeverOnRecord[];
  /** Names of what was launched, with nothing wrong about it. */
  readonly launches: readonly Launch[];
  /** How estimates of merged pull requests turned out, looked at in the period. */
  readonly estimates: readonly DigestLine[];
  /** What its outcomes cost, one line a workflow, said. */
  readonly units: readonly string[];
  readonly owner: string | undefined;
  readonly nameOf: (scopeId: number) => string;
}

export interface ShowbackSources {
  readonly pool: Pool;
  readonly org: OrgView;
  readonly book: PriceBook;
  readonly now: Date;
  /** Levers on record as an open transaction sees them; else they are read. */
  readonly record?: readonly LeverOnRecord[];
}

const LINES = 200;
const LEVERS = 5;

export function subjectOf(org: OrgView, scopeId: number): Subject | undefined {
  if (scopeId === 0) {
    return combine({ kind: "org", said: org.name, name: "", filter: {}, scopeId: 0 }, []);
  }
  const scope = org.scopes.find(({ id, retired }) => id === scopeId && !retired);
  return scope && combine(namedScope(scope), []);
}

async function monthOf({ pool, org }: ShowbackSources, scopeId: number, today: Day) {
  const about = { kind: "scope", id: scopeId } as const;
  const live = (await listBudgets(pool, org.id, about)).filter(
    ({ state, kind, period, unit }) =>
      state === "live" && kind === "budget" && period === "month" && unit === "usd",
  );
  const [budget] = await loadOwnProgress(pool, org.id, live, today);
  if (budget !== undefined) return { budget, outlook: undefined };
  const outlook = await findForecast(pool, {
    orgId: org.id,
    subject: about,
    horizon: "month",
    today,
  });
  return { budget: undefined, outlook };
}

/** What began in the period, though it may go on: no alert, but a line and an offer of a budget. */
async function launchesOf(
  { pool, org }: ShowbackSources,
  scopeId: number,
  period: Period,
): Promise<Launch[]> {
  const start = startOfDay(period.start, org.timeZone);
  const end = startOfDay(period.end, org.timeZone);
  const found = await listFindings(pool, org.id, {
    classes: ["launch"],
    scopeIds: scopesBelow(org, scopeId),
    seenSince: start,
    limit: 20,
  });
  const ids = found
    .filter(({ since }) => since >= start && since < end)
    .map(({ subject, scopeId: at }) => (subject.kind === "scope" ? Number(subject.key) : at));
  const launches: Launch[] = [];
  for (const id of new Set(ids)) {
    const said = org.scopes.find((scope) => scope.id === id)?.shortName;
    if (said === undefined) continue;
    const current = await listBudgets(pool, org.id, { kind: "scope", id });
    launches.push({ scopeId: id, said, current });
  }
  return launches;
}

/** Of the workflows that the scope's projects work on. */
async function unitsOf(
  { pool, org }: ShowbackSources,
  inside: readonly number[] | undefined,
  period: Period,
  before: Period,
): Promise<string[]> {
  const units = await listUnitCosts(pool, org.id, period);
  const own = units.filter(
    ({ projectIds }) => inside === undefined || projectIds.some((id) => inside.includes(id)),
  );
  if (own.length === 0) return [];
  const earlier = await listUnitCosts(pool, org.id, before);
  return own.flatMap((unit) => {
    const line = unitLine(
      unit,
      earlier.find(({ workflowId }) => workflowId === unit.workflowId),
    );
    return line === undefined ? [] : [line];
  });
}

/** Reads everything that the showback of a scope says, over its last whole week or month. */
export async function loadShowback(
  sources: ShowbackSources,
  subject: Subject,
  cadence: Exclude<Cadence, "off">,
): Promise<ShowbackReport> {
  const { pool, org, book, now } = sources;
  const { id: orgId, timeZone } = org;
  const scopeId = subject.main.scopeId ?? 0;
  const today = localDay(now, timeZone);
  const period = showbackPeriod(cadence, today);
  const asked = resolvePeriod({ kind: "range", ...period }, today);
  const { filter } = subject;
  const question = {
    subject,
    asked,
    compare: asked.before,
    compareSaid: saidPeriod(asked.before, today),
    comparesAsNamed: false,
    by: undefined,
  };
  const names = new Map(org.scopes.map((scope) => [scope.id, scope.shortName]));
  const nameOf = (id: number) => names.get(id) ?? `#${id}`;
  const inside = scopesBelow(org, scopeId);
  const lines = (by: "agent" | "project" | "team" | "model") =>
    spendBy(pool, orgId, filter, period, by, LINES);
  const ownerId = org.ownerOf(scopeId);
  const launches = await launchesOf(sources, scopeId, period);
  return {
    scopeId,
    subject,
    cadence,
    period,
    today,
    now,
    timeZone,
    why: await loadWhy(pool, orgId, question),
    days: await spendByDay(pool, orgId, filter, period),
    coverage: await coverage(pool, orgId, filter, period),
    ...(await monthOf(sources, scopeId, today)),
    agents: await lines("agent"),
    projects: await lines(scopeId === 0 ? "team" : "project"),
    models: await lines("model"),
    levers: await findLevers(pool, { scope: { orgId, ...filter }, today, now, timeZone, book }),
    record: sources.record ?? (await listLevers(pool, orgId, inside, LEVERS)),
    launches,
    estimates: await listDigestLines(pool, {
      orgId,
      scopeIds: inside,
      since: startOfDay(period.start, timeZone),
      until: startOfDay(period.end, timeZone),
    }),
    units: await unitsOf(sources, inside, period, asked.before),
    owner: ownerId === undefined ? undefined : org.personName(ownerId),
    nameOf,
  };
}

/** Nothing to say: no entry in the period nor in the one before. */
export function isSilent({ why }: ShowbackReport): boolean {
  return (
    why.total.after.lastRecordedAt === undefined && why.total.before.lastRecordedAt === undefined
  );
}
