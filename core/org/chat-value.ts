import type { Tx } from "#core/db/db.ts";
import { findDimensionName } from "#core/ledger/dimension-value.ts";
import type { BudgetName } from "./file/budget-record.ts";
import { budgetPlace } from "./file/conflict.ts";
import { saveProvenance } from "./provenance-store.ts";

/**
 * Remembers that a budget was set in chat, so that aispend.yaml does not overwrite it unasked. A key's
 * stands in no file. In the transaction that sets it.
 */
export async function recordChatBudget(
  tx: Tx,
  of: Omit<BudgetName, "subject"> & {
    orgId: number;
    subject: { kind: "scope" | "workflow" | "product" | "key"; id: number };
    setBy: number | undefined;
    setAt: Date;
  },
): Promise<void> {
  const { orgId, subject, setBy, setAt, kind, period, unit } = of;
  if (subject.kind === "key") return;
  const name =
    subject.kind === "scope" ? "" : await findDimensionName(tx, orgId, subject.kind, subject.id);
  if (name === undefined) return;
  const named =
    subject.kind === "scope"
      ? ({ kind: "scope", path: "" } as const)
      : ({ kind: subject.kind, name } as const);
  const place = budgetPlace({ subject: named, kind, period, unit }, () =>
    subject.id === 0 ? "organization" : `scope:${subject.id}`,
  );
  const write = { ...place, origin: "chat" as const, setBy: setBy ?? null, setAt };
  await saveProvenance(tx, orgId, [write]);
}
