import type { BudgetPeriod } from "../budgets/schema.ts";
import { AispendError } from "../errors.ts";
import { formatUsd } from "../money.ts";
import type { Permission } from "../org/permission.ts";
import type { Day } from "../time.ts";
import { outsideOf } from "./models.ts";
import type { KeyRequest } from "./schema.ts";

/** What a key may do: as it was asked for, or as it is granted. */
export interface Terms {
  /** Nano-USD. */
  readonly capAmount: bigint;
  readonly capPeriod: BudgetPeriod;
  /** Empty = any model. */
  readonly models: readonly string[];
  readonly untilDay: Day | undefined;
}

/** The terms as they stand: what the first approver granted, else what was asked for. */
export function termsOf(request: KeyRequest): Terms {
  return {
    capAmount: request.grantedCap ?? request.capAmount,
    capPeriod: request.capPeriod,
    models: request.grantedModels ?? request.models,
    untilDay: request.grantedUntil ?? request.untilDay,
  };
}

/** Lower cap, fewer models, shorter life: what an approver may change. */
export interface TermsChange {
  readonly capAmount?: bigint | undefined;
  readonly models?: readonly string[] | undefined;
  readonly untilDay?: Day | undefined;
}

function wider(what: string): AispendError {
  return new AispendError("terms_wider", what, {
    help: "Grant at most what was asked for; for more, a new request is needed.",
  });
}

/** The terms with a change that narrows them. Throws `terms_wider`. */
export function narrowed(request: KeyRequest, change: TermsChange): Terms {
  const asked = termsOf(request);
  const { capAmount = asked.capAmount, models = asked.models, untilDay = asked.untilDay } = change;
  if (capAmount <= 0n) throw wider("a cap is an amount above 0");
  if (capAmount > asked.capAmount) {
    const said = [capAmount, asked.capAmount].map((amount) => formatUsd(amount, 2));
    throw wider(`${said[0]} is more than the ${said[1]} that was asked for`);
  }
  const more = outsideOf(models, asked.models);
  if (more.length > 0) throw wider(`${more.join(", ")} was not asked for`);
  if (asked.untilDay !== undefined && (untilDay === undefined || untilDay > asked.untilDay)) {
    throw wider(`it was asked for until ${asked.untilDay} only`);
  }
  return { capAmount, capPeriod: asked.capPeriod, models, untilDay };
}

/** What decides whose approval it takes. */
export interface Standing {
  /** Fits into the budget that it lies in; true where nothing has one. */
  readonly inside: boolean;
  /** Models that the allow-list of the scope does not have. */
  readonly outside: readonly string[];
}

/**
 * domain.md section 4: inside the budget it is the owner's to approve; above it, or with models
 * that are not on the list, that of whoever sets cost policy.
 */
export function rightsFor(
  kind: KeyRequest["kind"],
  { inside, outside }: Standing,
): readonly [Permission, ...Permission[]] {
  const isKey = kind === "issue";
  if (!inside) {
    const above = isKey ? "approve_key_above_budget" : "raise_cap_above_budget";
    return outside.length > 0 ? [above, "approve_model"] : [above];
  }
  // Of a raise the models were approved with the key.
  if (isKey && outside.length > 0) return ["approve_model"];
  return [isKey ? "approve_key" : "raise_cap"];
}
