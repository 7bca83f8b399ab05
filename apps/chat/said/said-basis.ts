import type { Source } from "#core/answers/schema.ts";
import type { Measures } from "#core/ledger/measures.ts";
import { nanoUsd, saidUsd } from "#core/money.ts";

/** Amounts by what they rest on; the rest of `cost` was metered. */
export type BasisAmounts = Pick<Measures, "cost" | "billedCost" | "reconciliationCost">;

/** Design.md 4.16: what a total rests on, and how much of it on what where that is not one thing. */
export function sourceBasis(total: BasisAmounts): Pick<Source, "basis" | "note"> {
  const { cost, billedCost, reconciliationCost } = total;
  const metered = nanoUsd(cost - billedCost - reconciliationCost);
  if (reconciliationCost === 0n && billedCost === 0n) return { basis: "metered" };
  if (reconciliationCost === 0n && metered === 0n) return { basis: "billed" };
  const parts = [
    [metered, "metered"],
    [billedCost, "billed"],
    [reconciliationCost, "reconciliation"],
  ] as const;
  const note = parts
    .filter(([amount]) => amount !== 0n)
    .map(([amount, said]) => `${saidUsd(amount)} ${said}`)
    .join(", ");
  if (reconciliationCost !== 0n) return { basis: "reconciled", note };
  return { basis: billedCost > metered ? "billed" : "metered", note };
}
