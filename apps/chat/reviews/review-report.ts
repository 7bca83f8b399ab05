import type { Pool } from "pg";
import { loadProgress, type Progress } from "#core/budgets/progress.ts";
import type { Budget } from "#core/budgets/schema.ts";
import { listBudgets, listLiveBudgets } from "#core/budgets/service.ts";
import { type Suggestion, suggestBudget } from "#core/budgets/suggestion.ts";
import { AispendError } from "#core/errors.ts";
import type { Accuracy } from "#core/forecasts/accuracy.ts";
import { findAccuracy, findHistory } from "#core/forecasts/service.ts";
import type { Vendor } from "#core/inventory/vendor.ts";
import { loadVendors } from "#core/inventory/vendor-service.ts";
import type { Measures } from "#core/ledger/measures.ts";
import {
  type SpendLine,
  spendBy,
  spendTotal,
  type UnattributedLine,
  unattributed,
} from "#core/ledger/spend.ts";
import type { Kpi, Maturity } from "#core/maturity/schema.ts";
import { findInventoryPolicy, type InventoryItem, listInventory } from "#core/org/inventory.ts";
import { type Experiment, listExperiments } from "#core/outcomes/experiment.ts";
import { type LeverOnRecord, listLevers } from "#core/outcomes/lever-record.ts";
import type { Breadth } from "#core/reviews/schema.ts";
import { listReaders } from "#core/reviews/service.ts";
import { listDisputes } from "#core/showback/dispute.ts";
import type { Dispute } from "#core/showback/schema.ts";
import { addDays, addMonths, type Day, localDay, type Period } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import { recordedSince } from "../spend/recorded-since.ts";
import { loadKpis } from "./kpi-source.ts";

export interface TeamBudget {
  readonly scopeId: number;
  readonly said: string;
  readonly command: string;
  /** The month's budget and what the month came to; absent where it has none. */
  readonly progress: Progress | undefined;
  readonly current: readonly Budget[];
  readonly spent: bigint;
  readonly accuracy: Accuracy;
  readonly suggestion: Suggestion | undefined;
}

/** Everything that the review of a month rests on. Of one breadth: what its reader may see. */
export interface ReviewReport {
  readonly orgName: string;
  readonly demonstration: boolean;
  readonly breadth: Breadth;
  readonly month: Day;
  readonly period: Period;
  readonly before: Period;
  readonly today: Day;
  readonly now: Date;
  readonly timeZone: string;
  readonly total: Measures;
  readonly totalBefore: Measures;
  /** The first day recorded, where the records begin inside the month before. */
  readonly beforeSince?: Day | undefined;
  readonly teams: readonly SpendLine[];
  readonly teamsBefore: ReadonlyMap<number, Measures>;
  readonly kpis: readonly Kpi[];
  /** For those accountable at the organisation alone. */
  readonly maturity: Maturity | undefined;
  readonly ownerless: readonly InventoryItem[] | undefined;
  /** For those accountable at the organisation alone: absent for others. */
  readonly vendors?: readonly Vendor[];
  /** How much is in the inventory at all. */
  readonly inventoried: number;
  readonly budgets: readonly TeamBudget[];
  readonly accuracy: Accuracy;
  readonly levers: readonly LeverOnRecord[];
  /** Promoted by the gate, decided before the end of the month; the newest first. */
  readonly experiments: readonly Experiment[];
  readonly unattributed: { readonly cost: bigint; readonly lines: readonly UnattributedLine[] };
  readonly disputes: readonly Dispute[];
  /** Budgets that wait for a second approver. */
  readonly pending: readonly { readonly budget: Budget; readonly said: string }[];
  /** Who has not acknowledged the review before. */
  readonly unread: readonly string[];
  readonly nameOf: (scopeId: number) => string;
  readonly personName: (personId: number) => string;
}

export interface ReviewSources {
  readonly pool: Pool;
  readonly org: OrgView;
  readonly now: Date;
}

/** The last month that is over. */
export function lastMonth(now: Date, timeZone: string): Day {
  return addMonths(localDay(now, timeZone), -1);
}

/** Teams that the person owns, or all of them. */
export function teamsInView(
  org: OrgView,
  breadth: Breadth,
  personId: number | undefined,
): OrgView["scopes"] {
  const teams = org.scopes.filter(({ kind, retired }) => kind === "team" && !retired);
  if (breadth === "organisation") return teams;
  return teams.filter(({ id }) => org.ownerOf(id) === personId);
}

function suggestionOf(
  history: Awaited<ReturnType<typeof findHistory>>,
  said: string,
): Suggestion | undefined {
  if (history === undefined) return undefined;
  try {
    return suggestBudget(history.exact, history.firstDay, said);
  } catch (error) {
    // Too few days to suggest from: then nothing is.
    if (error instanceof AispendError) return undefined;
    throw error;
  }
}

async function budgetsOf(
  sources: ReviewSources,
  period: Period,
  teams: OrgView["scopes"],
  today: Day,
): Promise<TeamBudget[]> {
  const { pool, org } = sources;
  const live = (await listLiveBudgets(pool, org.id)).filter(
    ({ kind, unit, period: of, subject, validFrom }) =>
      kind === "budget" &&
      unit === "usd" &&
      of === "month" &&
      subject.kind === "scope" &&
      validFrom < period.end,
  );
  // As of its last day the period is that month, whole.
  const progress = await loadProgress(pool, org.id, live, addDays(period.end, -1));
  const subjects = [
    { id: 0, said: org.name, command: "org" },
    ...teams.map(({ id, shortName }) => ({ id, said: shortName, command: `team ${shortName}` })),
  ];
  const found: TeamBudget[] = [];
  for (const { id, said, command } of subjects) {
    const subject = { kind: "scope", id } as const;
    const filter = id === 0 ? {} : { teamId: id };
    const own = progress.find(({ budget }) => budget.subject.id === id);
    const horizon = "month" as const;
    found.push({
      scopeId: id,
      said,
      command,
      progress: own,
      current: await listBudgets(pool, org.id, subject),
      spent: (await spendTotal(pool, org.id, filter, period)).cost,
      accuracy: await findAccuracy(pool, { orgId: org.id, subject, horizon, today }),
      suggestion: suggestionOf(await findHistory(pool, org.id, subject, today), said),
    });
  }
  const [all, ...rest] = found;
  rest.sort((a, b) => (a.spent === b.spent ? 0 : a.spent < b.spent ? 1 : -1));
  return all === undefined ? [] : [all, ...rest];
}

const LINES = 20;

async function spendOf({ pool, org }: ReviewSources, period: Period, before: Period) {
  const lines = await spendBy(pool, org.id, {}, period, "team", 1_000);
  const earlier = await spendBy(pool, org.id, {}, before, "team", 1_000);
  return {
    total: await spendTotal(pool, org.id, {}, period),
    totalBefore: await spendTotal(pool, org.id, {}, before),
    beforeSince: await recordedSince(pool, org.id, {}, before),
    teams: lines,
    teamsBefore: new Map(earlier.map(({ id, measures }) => [id, measures])),
  };
}

async function unreadOf({ pool, org }: ReviewSources, month: Day): Promise<string[]> {
  const readers = await listReaders(pool, org.id, addMonths(month, -1));
  return readers
    .filter(({ acknowledgedAt }) => acknowledgedAt === null)
    .map(({ personId }) => org.personName(personId));
}

async function vendorsOf({ pool, org }: ReviewSources, today: Day): Promise<Vendor[]> {
  return loadVendors(pool, org.id, await findInventoryPolicy(pool, org.id), today);
}

/** The review of a month as one of its readers may see it. */
export async function loadReview(
  sources: ReviewSources,
  of: { month: Day; breadth: Breadth; personId: number | undefined },
): Promise<ReviewReport> {
  const { pool, org, now } = sources;
  const { month, breadth } = of;
  const { id: orgId, timeZone } = org;
  const today = localDay(now, timeZone);
  const period = { start: month, end: addMonths(month, 1) };
  const before = { start: addMonths(month, -1), end: month };
  const teams = teamsInView(org, breadth, of.personId);
  const isAll = breadth === "organisation";
  const inView = new Set(teams.map(({ id }) => id));
  const spend = await spendOf(sources, period, before);
  const budgets = await budgetsOf(sources, period, teams, today);
  const none = spend.teams.find(({ id }) => id === 0)?.measures.cost ?? 0n;
  const names = new Map(org.scopes.map((scope) => [scope.id, scope]));
  const topOf = (scopeId: number) => names.get(scopeId)?.path.split("/")[0];
  const tops = new Set(teams.map(({ path }) => path));
  const levers = await listLevers(pool, orgId, undefined, 50);
  const experiments = await listExperiments(pool, { orgId, limit: 50 });
  const disputes = await listDisputes(pool, orgId, new Date(0));
  const inventory = await listInventory(pool, orgId, now);
  const known = await loadKpis(pool, { orgId, month, now });
  return {
    orgName: org.name,
    demonstration: org.demonstration,
    breadth,
    month,
    period,
    before,
    today,
    now,
    timeZone,
    total: spend.total,
    totalBefore: spend.totalBefore,
    beforeSince: spend.beforeSince,
    teams: isAll ? spend.teams : spend.teams.filter(({ id }) => inView.has(id)),
    teamsBefore: spend.teamsBefore,
    kpis: known.kpis,
    maturity: isAll ? known.maturity : undefined,
    ownerless: isAll ? inventory.filter(({ missing }) => missing.includes("owner")) : undefined,
    ...(isAll ? { vendors: await vendorsOf(sources, today) } : {}),
    inventoried: inventory.length,
    budgets: isAll ? budgets : budgets.filter(({ scopeId }) => scopeId !== 0),
    accuracy: budgets[0]?.accuracy ?? NO_ACCURACY,
    levers: levers.filter(({ lever }) => isAll || tops.has(topOf(lever.scopeId) ?? "")),
    experiments: experiments.filter(
      ({ state, scopeId }) => state === "promoted" && (isAll || tops.has(topOf(scopeId) ?? "")),
    ),
    unattributed: { cost: none, lines: await unattributed(pool, orgId, period, LINES) },
    disputes: disputes.filter(
      ({ state, teamId }) =>
        (state === "asked" || state === "unowned") && (isAll || inView.has(teamId)),
    ),
    pending: budgets.flatMap(({ current, said }) =>
      current.filter(({ state }) => state === "pending").map((budget) => ({ budget, said })),
    ),
    unread: isAll ? await unreadOf(sources, month) : [],
    nameOf: (id) => (id === 0 ? org.name : (names.get(id)?.shortName ?? `#${id}`)),
    personName: (id) => org.personName(id),
  };
}

const NO_ACCURACY: Accuracy = {
  forecasts: 0,
  error: undefined,
  runRateError: undefined,
  errorBesideRunRate: undefined,
  underP10: undefined,
  underP90: undefined,
  underP99: undefined,
};
