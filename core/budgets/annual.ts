import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { loadOneSeries, spentIn } from "../forecasts/series.ts";
import { firstDay } from "../ledger/spend.ts";
import { requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import { addMonths, type Day, type Period } from "../time.ts";
import { subjectKey } from "./calendar.ts";
import { type PlanReport, planFigures, planMonths, planReport } from "./plan.ts";
import type { BudgetSubject } from "./schema.ts";
import type { Setter } from "./service.ts";
import { insertPlanFigures, listPlanFigures } from "./store.ts";

/**
 * Stores the plan of a year: one amount, or twelve. For the A of set AI budget. Throws `not_permitted`
 * and `plan_invalid`.
 */
export function setPlan(
  pool: Pool,
  request: {
    orgId: number;
    subject: BudgetSubject;
    year: number;
    amounts: readonly bigint[];
    reason: string;
    by: Setter;
    now: Date;
  },
): Promise<void> {
  const { orgId, subject, year, amounts, reason, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const scopeId = subject.kind === "scope" ? subject.id : 0;
    requirePermission(roster, by.personId, { action: "set_budget", scopeId, now });
    if (subject.kind === "key" || ![1, 12].includes(amounts.length) || reason.trim() === "") {
      throw new AispendError("plan_invalid", "a plan has one amount or twelve, and a reason", {
        help: "Write for example: budget plan payments 2027 144000 because the annual plan",
      });
    }
    const figures = planFigures(year, amounts);
    await insertPlanFigures(tx, { orgId, subject, figures, setBy: by.personId, reason, now });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "plan.set",
      subject: subjectKey(subject),
      after: { year, amounts: figures.map(({ amount }) => amount.toString()) },
      reason,
      at: now,
    });
  });
}

/** How far back it is asked when the records begin: longer than daily figures are kept. */
const RECORDS_MONTHS = 24;

export async function findPlan(
  db: Db,
  args: { orgId: number; subject: BudgetSubject; year: number; today: Day },
): Promise<PlanReport> {
  const { orgId, subject, year, today } = args;
  const months = planMonths(year);
  const from = months[0] ?? today;
  const period = { start: from, end: addMonths(from, 12) };
  const rows = await listPlanFigures(db, { orgId, subject, from, to: period.end });
  const table = await loadOneSeries(db, orgId, period, subject);
  const figures = new Map(rows.map(({ month, amount }) => [month, amount]));
  // The organisation's own records: a team without spend in a month that has records did spend $0.
  const recordedFrom = await firstDay(
    db,
    orgId,
    {},
    {
      start: addMonths(from, -RECORDS_MONTHS),
      end: period.end,
    },
  );
  const actuals = { of: (of: Period) => spentIn(table, subject, of), recordedFrom };
  return planReport(year, figures, today, actuals);
}
