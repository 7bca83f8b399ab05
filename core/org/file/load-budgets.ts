import type { NamedBudget } from "#core/budgets/file-budget.ts";
import type { Db } from "#core/db/db.ts";
import { usdDecimal } from "#core/money.ts";
import { listKpiTargets, listWorkflowTargets } from "../target-store.ts";
import { budgetKey } from "./budget-record.ts";
import type { BudgetRecord, OrganisationState } from "./state.ts";
import { NO_TARGET } from "./target-record.ts";

/** What was set for living scopes, workflows and products, as records. */
export function budgetsOf(
  named: readonly NamedBudget[],
  paths: ReadonlyMap<number, string>,
): OrganisationState["budgets"] {
  return new Map(
    named.flatMap(({ budget, name }): [string, BudgetRecord][] => {
      const { kind, period, unit, subject, thresholds, enforcement, reason } = budget;
      const path = subject.id === 0 ? "" : paths.get(subject.id);
      const of =
        subject.kind === "workflow" || subject.kind === "product"
          ? name === undefined
            ? undefined
            : { kind: subject.kind, name }
          : path === undefined
            ? undefined
            : { kind: "scope" as const, path };
      if (of === undefined) return [];
      const amount = unit === "usd" ? usdDecimal(budget.amount) : budget.amount.toString();
      const record = { amount, alerts: thresholds, cap: enforcement ?? null, reason };
      return [[budgetKey({ subject: of, kind, period, unit }), record]];
    }),
  );
}

export async function loadTargets(db: Db, orgId: number): Promise<OrganisationState["targets"]> {
  const kpis = await listKpiTargets(db, orgId);
  const workflows = await listWorkflowTargets(db, orgId);
  const dollars = (nano: bigint | null) => (nano === null ? null : usdDecimal(nano));
  return new Map([
    ...kpis.map(({ kpi, percent }) => [`kpi:${kpi}`, { ...NO_TARGET, percent }] as const),
    ...workflows.map(
      (row) =>
        [
          `workflow:${row.workflow}`,
          {
            ...NO_TARGET,
            outcome: row.outcome,
            costPerOutcome: dollars(row.costPerOutcome),
            humanBaseline: dollars(row.humanBaseline),
            cacheHitRate: row.cacheHitPercent,
          },
        ] as const,
    ),
  ]);
}
