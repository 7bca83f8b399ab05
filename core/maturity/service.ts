import { listLiveBudgets } from "#core/budgets/service.ts";
import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { findAccuracyByMonth } from "#core/forecasts/service.ts";
import { coverage, listDimensionValues, spendTotal } from "#core/ledger/spend.ts";
import { listWorkflowCosts } from "#core/ledger/workload.ts";
import { type Roster, resolveRaci } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { findKpiTargets, findWorkflowTargets } from "#core/org/target.ts";
import type { Activity } from "#core/org/words.ts";
import { listExperiments } from "#core/outcomes/experiment.ts";
import { listUnitCosts } from "#core/outcomes/unit-cost.ts";
import {
  addDays,
  addMonths,
  type Day,
  localDay,
  monthName,
  type Period,
  startOfMonth,
} from "#core/time.ts";
import { loadFacts, type MaturityFacts } from "./facts.ts";
import { KPIS, kpiOf, type Measured } from "./kpi.ts";
import { costPerOutcome, evalPassRate } from "./kpi-outcomes.ts";
import * as spend from "./kpi-spend.ts";
import { assess } from "./maturity.ts";
import { type Kpi, KpiName, type Maturity } from "./schema.ts";
import { findHoursToKey, findKept, findShares, listLeverPasses } from "./store.ts";

/** Level, evidence and next actions of an organisation, computed from its data as it stands. */
export async function findMaturity(
  db: Db,
  orgId: number,
  now: Date,
): Promise<{ maturity: Maturity; facts: MaturityFacts }> {
  const facts = await loadFacts(db, orgId, now);
  return { maturity: assess(facts), facts };
}

const EXPERIMENT_DAYS = 90;
const EXPERIMENTS = 200;

function monthAt(first: Day): Period {
  return { start: first, end: addMonths(first, 1) };
}

function accountable(roster: Roster, activity: Activity, now: Date): number | undefined {
  try {
    return resolveRaci(roster, activity, 0, now).accountable.actingId;
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return undefined;
    throw error;
  }
}

/** The organisation's monthly budget; without one those of its teams, with what the teams spent. */
async function approvedFor(
  db: Db,
  orgId: number,
  roster: Roster,
  period: Period,
): Promise<spend.Approved> {
  const live = (await listLiveBudgets(db, orgId)).filter(
    ({ kind, unit, period: of, subject, validFrom }) =>
      kind === "budget" &&
      unit === "usd" &&
      of === "month" &&
      subject.kind === "scope" &&
      validFrom < period.end,
  );
  const own = live.find(({ subject }) => subject.id === 0);
  const teams = live.filter(({ subject }) => roster.parents.get(subject.id) === 0);
  const budgets = own === undefined ? teams : [own];
  if (budgets.length === 0) return undefined;
  let budget = 0n;
  let actual = 0n;
  for (const { amount, subject } of budgets) {
    budget += amount;
    const filter = subject.id === 0 ? {} : { teamId: subject.id };
    actual += (await spendTotal(db, orgId, filter, period)).cost;
  }
  return { budget, actual };
}

/**
 * The KPI table of domain.md for a month, `month` being its first local day: value, target, trend on the
 * month before, status, and the one accountable at the organisation. What cannot be known says what to
 * connect. In the order of `KpiName`.
 */
export async function listKpis(
  db: Db,
  args: { orgId: number; month: Day; now: Date },
): Promise<Kpi[]> {
  const { orgId, now } = args;
  const roster = await loadRoster(db, orgId);
  const today = localDay(now, roster.timeZone);
  const month = monthAt(startOfMonth(args.month));
  const before = monthAt(addMonths(month.start, -1));
  const quarterBefore = { start: addMonths(month.start, -3), end: month.start };
  const measured = await measureAll(db, { ...args, roster, today, month, before, quarterBefore });
  const beforeSaid = monthName(before.start);
  return KpiName.options.map((name) =>
    kpiOf(name, measured[name], beforeSaid, accountable(roster, KPIS[name].activity, now)),
  );
}

interface Setting {
  readonly orgId: number;
  readonly now: Date;
  readonly roster: Roster;
  readonly today: Day;
  readonly month: Period;
  readonly before: Period;
  readonly quarterBefore: Period;
}

async function measureAll(db: Db, setting: Setting): Promise<Record<KpiName, Measured>> {
  const { orgId, roster, today, month, before, quarterBefore } = setting;
  // One after the other: inside of a transaction there is one connection.
  const targets = await findKpiTargets(db, orgId);
  const both = async <T>(of: (period: Period) => Promise<T>): Promise<spend.Two<T>> => ({
    now: await of(month),
    before: await of(before),
  });
  const shares = await both((period) => findShares(db, orgId, period));
  const workflowCost = await both(
    async (period) => (await coverage(db, orgId, {}, period)).workflowCost,
  );
  const accuracy = await findAccuracyByMonth(db, {
    orgId,
    subject: { kind: "scope", id: 0 },
    today,
  });
  const values = await listDimensionValues(db, orgId, "workflow");
  const workflows = {
    rows: await listWorkflowCosts(db, orgId, month),
    names: new Map(values.map(({ id, value }) => [id, value])),
    targets: await findWorkflowTargets(db, orgId),
  };
  const approved = await both((period) => approvedFor(db, orgId, roster, period));
  const { virtualKeys } = await findKept(db, {
    orgId,
    today,
    since: addDays(today, -30),
    year: today,
  });
  return {
    cost_per_successful_outcome: costPerOutcome(
      await listUnitCosts(db, orgId, month),
      await listUnitCosts(db, orgId, before),
      await listUnitCosts(db, orgId, quarterBefore),
    ),
    attribution_coverage: spend.attributionCoverage(workflowCost, shares, targets),
    forecast_accuracy: spend.forecastAccuracy(
      { now: accuracy.get(month.start), before: accuracy.get(before.start) },
      targets,
    ),
    input_share: spend.inputShare(shares, workflows),
    eval_pass_rate: evalPassRate(
      await promotedSince(db, setting),
      await listLeverPasses(db, orgId, {
        start: addDays(month.end, -EXPERIMENT_DAYS),
        end: month.end,
      }),
    ),
    budget_variance: spend.budgetVariance(approved, month.end <= today, targets),
    cache_hit_rate: spend.cacheHitRate(shares, workflows, targets),
    cost_per_request: spend.costPerRequest(shares),
    headroom: spend.headroom(approved.now),
    gateway_bypass: spend.gatewayBypass(shares, virtualKeys),
    time_to_key: spend.timeToKey(await both((period) => findHoursToKey(db, orgId, period))),
  };
}

/** Promoted in the 90 days before the end of the month, the newest first. */
async function promotedSince(db: Db, { orgId, month, roster }: Setting) {
  const all = await listExperiments(db, { orgId, limit: EXPERIMENTS });
  const since = addDays(month.end, -EXPERIMENT_DAYS);
  return all.filter(({ decidedAt, state }) => {
    if (state !== "promoted" || decidedAt === null) return false;
    const day = localDay(decidedAt, roster.timeZone);
    return day >= since && day < month.end;
  });
}
