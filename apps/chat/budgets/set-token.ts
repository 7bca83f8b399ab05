import {
  type Budget,
  type BudgetPeriod,
  BudgetPeriod as BudgetPeriods,
  type BudgetSlot,
  type BudgetSubject,
  BudgetSubject as BudgetSubjects,
  type BudgetUnit,
  BudgetUnit as BudgetUnits,
} from "#core/budgets/schema.ts";
import { Refusal } from "../refusal.ts";

/** What a form or a button of a budget carries: for what, and which versions its reader saw. */
export interface SetToken {
  readonly subject: BudgetSubject;
  /** Version by "month.usd". */
  readonly seen: ReadonlyMap<string, number>;
  /** An amount that the form begins with. */
  readonly amount: bigint | undefined;
}

function slotName(slot: Pick<BudgetSlot, "period" | "unit">): string {
  return `${slot.period}.${slot.unit}`;
}

/** "scope:12|month.usd=45|3500000000000". */
export function subjectToken(
  subject: BudgetSubject,
  current: readonly Budget[],
  amount?: bigint,
): string {
  const seen = current
    .filter(({ kind, state }) => kind === "budget" && state === "live")
    .map((budget) => `${slotName(budget)}=${budget.id}`);
  return `${subject.kind}:${subject.id}|${seen.join(",")}|${amount ?? ""}`;
}

function stale(): Refusal {
  return new Refusal(
    "button_unknown",
    "That button no longer works",
    "This button is of a budget that I do not know any more.",
    { kind: "not_found", help: "Ask again and press the new one: budget" },
  );
}

/** Throws a Refusal for a token that is none: it came back from a surface and may be anything. */
export function readToken(token: string): SetToken {
  const [subject = "", seen = "", amount = ""] = token.split("|");
  const [kind, id] = subject.split(":");
  const parsed = BudgetSubjects.safeParse({
    kind,
    id: /^\d{1,9}$/.test(id ?? "") ? Number(id) : -1,
  });
  if (!parsed.success || !/^(?:\d{1,19})?$/.test(amount)) throw stale();
  const versions = seen === "" ? [] : seen.split(",");
  return {
    subject: parsed.data,
    seen: new Map(
      versions.map((one) => {
        const [name = "", version = ""] = one.split("=");
        if (!/^\d{1,9}$/.test(version)) throw stale();
        return [name, Number(version)];
      }),
    ),
    amount: amount === "" ? undefined : BigInt(amount),
  };
}

export function seenVersion(
  token: SetToken,
  slot: Pick<BudgetSlot, "period" | "unit">,
): number | undefined {
  return token.seen.get(slotName(slot));
}

/** A complete change, for a button that is pressed without a form. */
export interface SetPress {
  readonly token: SetToken;
  readonly period: BudgetPeriod;
  readonly unit: BudgetUnit;
  readonly amount: bigint;
  readonly thresholds: readonly number[] | undefined;
  readonly reason: string;
}

export function pressToken(press: Omit<SetPress, "token"> & { readonly of: string }): string {
  const { of, period, unit, amount, thresholds, reason } = press;
  return [of, period, unit, amount, thresholds?.join(",") ?? "", reason].join("|");
}

/** The parts after a subject token, which itself has three. */
export function readPressToken(text: string): SetPress {
  const parts = text.split("|");
  const [period, unit, amount = "", thresholds = ""] = parts.slice(3, 7);
  const place = BudgetPeriods.safeParse(period);
  const counted = BudgetUnits.safeParse(unit);
  if (!place.success || !counted.success || !/^\d{1,19}$/.test(amount)) throw stale();
  return {
    token: readToken(parts.slice(0, 3).join("|")),
    period: place.data,
    unit: counted.data,
    amount: BigInt(amount),
    thresholds: thresholds === "" ? undefined : thresholds.split(",").map(Number),
    reason: parts.slice(7).join("|"),
  };
}
