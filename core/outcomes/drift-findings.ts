import { isAboveFloor } from "#core/anomalies/finding.ts";
import type { Finding } from "#core/anomalies/schema.ts";
import { endFinding, recordFinding } from "#core/anomalies/service.ts";
import { perMonth } from "#core/budgets/calendar.ts";
import { listLiveBudgets } from "#core/budgets/service.ts";
import type { Tx } from "#core/db/db.ts";
import { saidUsd } from "#core/money.ts";
import { addDays, type Day, type Period, startOfDay, startOfWeek } from "#core/time.ts";
import { type Drift, findDrift } from "./drift.ts";
import { listUnitCosts, type UnitCost } from "./unit-cost.ts";
import { listUnitWeeks } from "./unit-report.ts";

const WEEK_HOURS = 168n;
const LOOK_BACK_DAYS = 91;

/**
 * Records a finding for each workflow whose unit cost creeps up, and ends those that no longer do, in
 * the caller's transaction. Returns the findings of which people are to be told for the first time.
 */
export async function recordDrifts(
  tx: Tx,
  args: { orgId: number; timeZone: string; today: Day; now: Date },
): Promise<Finding[]> {
  const { orgId, today } = args;
  const end = startOfWeek(today);
  const period: Period = { start: addDays(end, -LOOK_BACK_DAYS), end };
  const monthly = await monthlyBudget(tx, orgId);
  const news: Finding[] = [];
  for (const unit of await listUnitCosts(tx, orgId, period)) {
    const drift = findDrift(await listUnitWeeks(tx, { ...args, workflowId: unit.workflowId }));
    const subject = { kind: "workflow" as const, key: String(unit.workflowId) };
    const of = { orgId, class: "unit_cost_drift" as const, subject };
    if (drift === undefined) {
      await endFinding(tx, { ...of, now: args.now });
      continue;
    }
    const rate = drift.lastWeek > 0n ? drift.lastWeek / WEEK_HOURS : 0n;
    const recorded = await recordFinding(tx, {
      ...of,
      scopeId: unit.projectIds[0] ?? 0,
      since: startOfDay(drift.since, args.timeZone),
      seenAt: startOfDay(addDays(end, -1), args.timeZone),
      excess: drift.excess > 0n ? drift.excess : 0n,
      rate,
      evidence: evidenceOf(unit, drift),
      push: isAboveFloor(rate, monthly),
      now: args.now,
    });
    if (recorded.state !== "suppressed" && recorded.isNews) news.push(recorded.finding);
  }
  return news;
}

function evidenceOf(unit: UnitCost, drift: Drift) {
  return {
    per: "day" as const,
    observed: Number(drift.now) / 1e9,
    usual: Number(drift.before) / 1e9,
    why:
      `${unit.workflow} costs ${saidUsd(drift.now)} per ${unit.outcome}, ` +
      `${Math.round(drift.rise * 100)}% above ${saidUsd(drift.before)}; longer prompts, another ` +
      "mix of models or retries do that.",
    facts: [
      { label: "Was", value: `${saidUsd(drift.before)} per ${unit.outcome}` },
      { label: "Last week", value: `${saidUsd(drift.lastWeek)} more than before` },
    ],
  };
}

/** The organisation's own; the floor of a push is 1% of it. */
async function monthlyBudget(tx: Tx, orgId: number): Promise<bigint | undefined> {
  const live = (await listLiveBudgets(tx, orgId)).filter(
    ({ subject, kind, unit }) =>
      subject.kind === "scope" && subject.id === 0 && kind === "budget" && unit === "usd",
  );
  const [first] = live;
  return first === undefined ? undefined : perMonth(first.amount, first.period);
}
