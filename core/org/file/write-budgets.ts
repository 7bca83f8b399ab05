import { endBudgetsOfScope, setFileBudget } from "#core/budgets/file-budget.ts";
import type { Tx } from "#core/db/db.ts";
import { ensureDimensionValue } from "#core/ledger/dimension-value.ts";
import { parseUsd } from "#core/money.ts";
import {
  deleteKpiTarget,
  deleteWorkflowTarget,
  saveKpiTarget,
  saveWorkflowTarget,
} from "../target-store.ts";
import { readBudgetKey } from "./budget-record.ts";
import { splitKey } from "./state.ts";
import { known, touched, type Writing } from "./writing.ts";

/** Budgets, caps and targets of a plan. Scopes have their ids. */
export async function writeBudgets(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, scopes, today, now } = writing;
  for (const path of touched(writing, "scopes", "removed")) {
    await endBudgetsOfScope(tx, { orgId, scopeId: known(scopes, path), now });
  }
  for (const key of touched(writing, "budgets")) {
    const { subject, ...slot } = readBudgetKey(key);
    const record = target.budgets.get(key);
    const id =
      subject.kind === "scope"
        ? known(scopes, subject.path)
        : await ensureDimensionValue(tx, orgId, subject.kind, subject.name);
    await setFileBudget(tx, {
      orgId,
      slot: { ...slot, subject: { kind: subject.kind, id } },
      terms: record && {
        amount: slot.unit === "usd" ? parseUsd(record.amount) : BigInt(record.amount),
        thresholds: [...record.alerts],
        enforcement: record.cap ?? undefined,
        reason: record.reason ?? "aispend.yaml",
      },
      validFrom: today,
      now,
    });
  }
  await writeTargets(tx, writing);
}

async function writeTargets(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target } = writing;
  const nano = (dollars: string | null) => (dollars === null ? null : parseUsd(dollars));
  for (const key of touched(writing, "targets")) {
    const [kind, name] = splitKey(key);
    const record = target.targets.get(key);
    if (kind === "kpi") {
      const percent = record?.percent ?? undefined;
      if (percent === undefined) await deleteKpiTarget(tx, { orgId, kpi: name });
      else await saveKpiTarget(tx, { orgId, kpi: name, percent });
    } else if (record === undefined) await deleteWorkflowTarget(tx, { orgId, workflow: name });
    else {
      await saveWorkflowTarget(tx, {
        orgId,
        workflow: name,
        outcome: record.outcome,
        costPerOutcome: nano(record.costPerOutcome),
        humanBaseline: nano(record.humanBaseline),
        cacheHitPercent: record.cacheHitRate,
      });
    }
  }
}
