import type { Budget, BudgetPeriod } from "../budgets/schema.ts";
import { AispendError } from "../errors.ts";
import { saidUsd } from "../money.ts";

/**
 * A raise holds beside the cap, where it is more: without a cap, or with as much, it would do nothing.
 * Throws `cap_missing`, `raise_not_more`.
 */
export function requireMore(
  caps: readonly Budget[],
  { period, amount }: { readonly period: BudgetPeriod; readonly amount: bigint },
): void {
  const cap = caps.find((one) => one.period === period);
  if (cap === undefined) {
    throw new AispendError("cap_missing", `there is no cap a ${period} to raise for a while`, {
      kind: "conflict",
      help: "Set one for good: leave out today.",
    });
  }
  if (amount > cap.amount) return;
  const [more, is] = [amount, cap.amount].map((one) => saidUsd(one));
  throw new AispendError(
    "raise_not_more",
    `${more} is no more than the ${is} a ${period} that it has; for a while a cap can only be more`,
    { kind: "conflict", help: "For less, set another cap for good, or block it." },
  );
}
