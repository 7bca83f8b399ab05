import { budgetPeriodAt, perMonth } from "../budgets/calendar.ts";
import { loadOwnProgress } from "../budgets/progress.ts";
import type { Budget } from "../budgets/schema.ts";
import { listLiveBudgets } from "../budgets/service.ts";
import type { Db } from "../db/db.ts";
import { lineage, type Roster } from "../org/raci.ts";
import { type Day, daysBetween } from "../time.ts";
import { listKeys } from "./lookup.ts";
import { outsideOf } from "./models.ts";
import { findAllowList } from "./policy.ts";
import type { VirtualKey } from "./schema.ts";
import type { Standing, Terms } from "./terms.ts";

/** The budget that a key draws on: the nearest one at its scope or above. */
export interface EnvelopeEffect {
  readonly scopeId: number;
  readonly amount: bigint;
  readonly period: Budget["period"];
  readonly spent: bigint;
  /** What is left now; negative when overspent. */
  readonly left: bigint;
  /** What would be left if the cap were used up. */
  readonly leftAfter: bigint;
  /** Likely at the end of the period, without it and with it used up; absent without a forecast. */
  readonly likely: bigint | undefined;
  readonly likelyIfUsed: bigint | undefined;
  /** Caps of the keys that draw on it already, of one period. */
  readonly granted: bigint;
}

export interface Effect extends Standing {
  readonly envelope: EnvelopeEffect | undefined;
  readonly capPerMonth: bigint;
}

const LIVING = ["approved", "active", "suspended"] as const;

function nearestBudget(
  roster: Roster,
  live: readonly Budget[],
  scopeId: number,
): Budget | undefined {
  for (const id of lineage(roster, scopeId)) {
    const here = live.filter(
      ({ kind, unit, subject }) =>
        kind === "budget" && unit === "usd" && subject.kind === "scope" && subject.id === id,
    );
    const found = here.find(({ period }) => period === "month") ?? here[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An amount a month as the same amount in the period of a budget. */
function inPeriodOf(budget: Budget, aMonth: bigint): bigint {
  const month = perMonth(budget.amount, budget.period);
  return month === 0n ? aMonth : (aMonth * budget.amount) / month;
}

function isBelow(roster: Roster, scopeId: number, above: number): boolean {
  return roster.parents.has(scopeId) && lineage(roster, scopeId).includes(above);
}

/** What the caps of the keys under a budget come to in its period. */
function grantedUnder(
  roster: Roster,
  live: readonly Budget[],
  budget: Budget,
  keys: readonly VirtualKey[],
): bigint {
  const under = new Set(
    keys
      .filter(({ scopeId }) => isBelow(roster, scopeId, budget.subject.id))
      .map(({ dimensionId }) => dimensionId),
  );
  const caps = live.filter(
    ({ kind, subject, unit }) =>
      kind === "cap" && unit === "usd" && subject.kind === "key" && under.has(subject.id),
  );
  const aMonth = caps.reduce((sum, { amount, period }) => sum + perMonth(amount, period), 0n);
  return inPeriodOf(budget, aMonth);
}

/** How much of a cap can be used in what is left of a budget's period, at most. */
function usableRest(terms: Terms, budget: Budget, today: Day): bigint {
  const { start, end } = budgetPeriodAt(budget.period, today);
  const full = inPeriodOf(budget, perMonth(terms.capAmount, terms.capPeriod));
  if (terms.capPeriod !== "day" && terms.capPeriod !== "week") return full;
  return (full * BigInt(daysBetween(today, end))) / BigInt(daysBetween(start, end));
}

/** What a cap does to the budget that it lies in, and whether it fits there. */
export async function loadEffect(
  db: Db,
  args: {
    roster: Roster;
    scopeId: number;
    terms: Terms;
    today: Day;
    /** Of a raise: its own cap counts no more. */
    exceptKeyId?: number | undefined;
  },
): Promise<Effect> {
  const { roster, scopeId, terms, today } = args;
  const outside = outsideOf(terms.models, await findAllowList(db, roster, scopeId));
  const live = await listLiveBudgets(db, roster.orgId);
  const budget = nearestBudget(roster, live, scopeId);
  const capPerMonth = perMonth(terms.capAmount, terms.capPeriod);
  if (budget === undefined) return { envelope: undefined, capPerMonth, inside: true, outside };
  const [progress] = await loadOwnProgress(db, roster.orgId, [budget], today);
  const keys = await listKeys(db, { orgId: roster.orgId, states: LIVING });
  const others = keys.filter(({ id }) => id !== args.exceptKeyId);
  const granted = grantedUnder(roster, live, budget, others);
  const spent = progress?.burn.spent ?? 0n;
  const left = budget.amount - spent;
  const wanted = inPeriodOf(budget, capPerMonth);
  const rest = usableRest(terms, budget, today);
  const likely = progress?.burn.outlook?.p50;
  return {
    envelope: {
      scopeId: budget.subject.id,
      amount: budget.amount,
      period: budget.period,
      spent,
      left,
      leftAfter: left - rest,
      likely,
      likelyIfUsed: likely === undefined ? undefined : likely + rest,
      granted,
    },
    capPerMonth,
    inside: rest <= left && granted + wanted <= budget.amount,
    outside,
  };
}
