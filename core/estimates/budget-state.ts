import { loadProgress, type Progress } from "#core/budgets/progress.ts";
import type { Budget } from "#core/budgets/schema.ts";
import { listLiveBudgets } from "#core/budgets/service.ts";
import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { sumNano, usdDecimal } from "#core/money.ts";
import { type Directory, pathOf } from "#core/org/directory.ts";
import { type Roster, resolveRaci } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { localDay } from "#core/time.ts";
import type { Accountable } from "./report-schema.ts";
import type { BudgetState } from "./traffic-schema.ts";

/** Budgets of these very scopes in dollars, each as it stands today. */
export async function listBudgetStates(
  db: Db,
  directory: Directory,
  scopeIds: readonly number[],
  now: Date,
): Promise<{ readonly scopeId: number; readonly state: BudgetState }[]> {
  const { orgId, timeZone } = directory;
  const budgets = (await listLiveBudgets(db, orgId)).filter(
    ({ kind, unit, subject }: Budget) =>
      kind === "budget" &&
      unit === "usd" &&
      subject.kind === "scope" &&
      scopeIds.includes(subject.id),
  );
  const progress = await loadProgress(db, orgId, budgets, localDay(now, timeZone));
  const roster = await loadRoster(db, orgId);
  return progress.map((one) => ({
    scopeId: one.budget.subject.id,
    state: stateOf(one, directory, roster, now),
  }));
}

function stateOf(
  { budget, burn, daily }: Progress,
  directory: Directory,
  roster: Roster,
  now: Date,
): BudgetState {
  const { scopes, timeZone } = directory;
  const { outlook, period } = burn;
  const scope = scopes.get(budget.subject.id);
  return {
    label: `${scope?.kind ?? "scope"} ${pathOf(scopes, budget.subject.id)}`,
    period: budget.period,
    limit: usdDecimal(burn.limit),
    spent: usdDecimal(burn.spent),
    complete: usdDecimal(sumNano(daily.slice(0, burn.completeDays))),
    start: period.start,
    end: period.end,
    today: localDay(now, timeZone),
    outlook:
      outlook === undefined
        ? null
        : {
            p10: usdDecimal(outlook.p10),
            p50: usdDecimal(outlook.p50),
            p90: usdDecimal(outlook.p90),
            p99: usdDecimal(outlook.p99),
            historyDays: outlook.historyDays,
            path: [...outlook.path],
          },
    accountable: accountableOf(directory, roster, budget.subject.id, now),
  };
}

/** Who sets the budget there, or who acts for them today; null where nobody was named. */
function accountableOf(
  { people }: Directory,
  roster: Roster,
  scopeId: number,
  now: Date,
): Accountable | null {
  const person = people.get(actingFor(roster, scopeId, now) ?? -1);
  const name = person?.name ?? person?.key;
  return name === undefined ? null : { name, github: person?.githubLogin ?? null };
}

function actingFor(roster: Roster, scopeId: number, now: Date): number | undefined {
  try {
    return resolveRaci(roster, "set_ai_budget", scopeId, now).accountable.actingId;
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return undefined;
    throw error;
  }
}
