import { listLiveBudgets } from "#core/budgets/service.ts";
import type { Db } from "#core/db/db.ts";
import { coverage, spendBy } from "#core/ledger/spend.ts";
import { vacancies } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { findKpiTargets, type KpiTargets } from "#core/org/target.ts";
import { listMargins } from "#core/outcomes/margin.ts";
import { listUnitCosts } from "#core/outcomes/unit-cost.ts";
import { addDays, type Day, localDay, type Period, parseDay } from "#core/time.ts";
import {
  findCacheScored,
  findKept,
  findShares,
  type Kept,
  listProviders,
  listScopesSeen,
  type ProviderSeen,
  type ScopeSeen,
  type SpendShares,
} from "./store.ts";

/** Everything that maturity is judged by; read once, judged by pure functions. */
export interface MaturityFacts {
  /** The 30 days up to today that shares are measured over. */
  readonly period: Period;
  readonly now: Date;
  readonly targets: KpiTargets;
  readonly shares: SpendShares;
  readonly workflowCost: bigint;
  readonly productCost: bigint;
  readonly providers: readonly ProviderSeen[];
  readonly teams: readonly ScopeSeen[];
  readonly agents: readonly ScopeSeen[];
  readonly kept: Kept;
  /** Of live budgets of teams: the percentages at which they alert. */
  readonly alerts: readonly (readonly number[])[];
  readonly cache: { readonly projects: number; readonly scored: number };
  /** Roles that are named after somebody who left. */
  readonly vacant: number;
  /** Workflows with outcomes, and products with revenue. */
  readonly counted: number;
  readonly earning: readonly string[];
}

const SHARE_DAYS = 30;
const RECENT_DAYS = 35;
const PRODUCTS = 1_000;

/** Reads the facts as they stand at `now`. Throws `organisation_not_found`. */
export async function loadFacts(db: Db, orgId: number, now: Date): Promise<MaturityFacts> {
  const roster = await loadRoster(db, orgId);
  const today: Day = localDay(now, roster.timeZone);
  const period = { start: addDays(today, 1 - SHARE_DAYS), end: addDays(today, 1) };
  const scopes = await listScopesSeen(db, orgId, period);
  const teams = scopes.filter(({ kind }) => kind === "team");
  const teamIds = new Set(teams.map(({ id }) => id));
  const budgets = (await listLiveBudgets(db, orgId)).filter(
    ({ kind, subject }) => kind === "budget" && subject.kind === "scope" && teamIds.has(subject.id),
  );
  const products = await spendBy(db, orgId, {}, period, "product", PRODUCTS);
  const named = products.filter(({ id }) => id !== 0);
  return {
    period,
    now,
    targets: await findKpiTargets(db, orgId),
    shares: await findShares(db, orgId, period),
    workflowCost: (await coverage(db, orgId, {}, period)).workflowCost,
    productCost: named.reduce((sum, { measures }) => sum + measures.cost, 0n),
    providers: await listProviders(db, orgId, period),
    teams,
    agents: scopes.filter(({ kind }) => kind === "agent"),
    kept: await findKept(db, {
      orgId,
      today,
      since: addDays(today, -RECENT_DAYS),
      year: parseDay(`${today.slice(0, 4)}-01-01`),
    }),
    alerts: budgets.map(({ thresholds }) => thresholds),
    cache: await findCacheScored(db, orgId, period),
    vacant: vacancies(roster, now).length,
    counted: (await listUnitCosts(db, orgId, period)).length,
    earning: (await listMargins(db, orgId, period)).map(({ product }) => product),
  };
}
