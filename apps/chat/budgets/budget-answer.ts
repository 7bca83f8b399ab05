import type { Action, Answer, Fact } from "#core/answers/schema.ts";
import type { Progress } from "#core/budgets/progress.ts";
import type { Budget } from "#core/budgets/schema.ts";
import type { Day } from "#core/time.ts";
import { askButton } from "../refusal.ts";
import { saidDay, saidWhole } from "../said/said-period.ts";
import { boundNote, leastOf } from "../spend/at-least.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { budgetLine, byUse, exhaustionSaid, headroomSaid, likelySaid } from "./budget-lines.ts";
import { burnChart } from "./burn-chart.ts";
import { amountFigure, perPeriod, saidAmount, saidUsed } from "./said-amount.ts";

/** A budget below the one asked for, by name. */
export interface Below extends Progress {
  readonly said: string;
}

/** A cap with what the gateway counted of it; undefined: nothing counts there. */
export interface CountedCap {
  readonly cap: Budget;
  readonly counted: bigint | undefined;
}

export interface BudgetReport {
  readonly said: string;
  /** "team payments": how to ask again. */
  readonly command: string;
  readonly today: Day;
  /** Budgets of the subject, the monthly one in dollars first. */
  readonly own: readonly Progress[];
  readonly below: readonly Below[];
  readonly caps: readonly CountedCap[];
  readonly pending: readonly Budget[];
  readonly nameOf: (personId: number) => string;
  /** Who may set it, where the one who asks may not. */
  readonly setters?: string | undefined;
  readonly actions: readonly Action[];
  /** Whether calls without a price are in the period of its first budget, which counts dollars. */
  readonly isBound: boolean;
  readonly asOf: { readonly asOf?: string; readonly asOfSaid?: string };
  /** Where nothing is recorded any more. */
  readonly silence?: string | undefined;
}

function kindSaid({ kind, enforcement, period, unit }: Budget): string {
  const what = kind === "cap" ? `${enforcement} cap` : "Budget";
  return `${what} ${perPeriod(period)}${unit === "tokens" ? " in tokens" : ""}`;
}

function setFact(budget: Budget, nameOf: BudgetReport["nameOf"]): Fact {
  const who = budget.setBy === undefined ? "the operator" : nameOf(budget.setBy);
  const second = budget.decidedBy === undefined ? "" : `, approved by ${nameOf(budget.decidedBy)}`;
  return {
    label: "Set",
    value: `by ${who} on ${saidDay(budget.validFrom)}${second}: ${budget.reason}`,
  };
}

/** A cap counts what went through the gateway, and has no forecast of its own. */
function capRow({ cap, counted }: CountedCap): string[] {
  const used = counted === undefined ? "not counted" : saidUsed(counted, cap.amount);
  return [kindSaid(cap), saidAmount(cap.amount, cap.unit), used, "-"];
}

function table(report: BudgetReport): Answer["table"] {
  const others = report.own.slice(1);
  const below = [...report.below].sort(byUse);
  const rows = [
    ...others.map((one) => ({ name: kindSaid(one.budget), one })),
    ...below.map((one) => ({ name: one.said, one })),
  ];
  const caps = report.caps.map(capRow);
  if (rows.length + caps.length === 0) return undefined;
  const shown = rows.slice(0, 10 - Math.min(caps.length, 5));
  return {
    caption: below.length === 0 ? "Beside it" : "Split from it",
    columns: [
      { label: "Budget", align: "left" },
      { label: "Amount", align: "right" },
      { label: "Used", align: "right" },
      { label: "Likely", align: "right" },
    ],
    rows: [
      ...caps,
      ...shown.map(({ name, one: { budget, burn } }) => [
        name,
        saidAmount(burn.limit, budget.unit),
        saidUsed(burn.spent, burn.limit),
        burn.outlook === undefined ? "-" : saidAmount(burn.outlook.p50, budget.unit),
      ]),
    ],
    omitted: rows.length - shown.length,
  };
}

function quantiles({ budget, burn }: Progress): string[] {
  const { outlook } = burn;
  if (outlook === undefined) return ["No forecast: there is no whole day of spend yet."];
  const said = (amount: bigint) => saidAmount(amount, budget.unit);
  return [
    `Forecast of the period: P10 ${said(outlook.p10)}, P50 ${said(outlook.p50)}, ` +
      `P90 ${said(outlook.p90)}, P99 ${said(outlook.p99)}.`,
  ];
}

function pendingNotes(report: BudgetReport): string[] {
  return report.pending.map((budget) => {
    const who = budget.setBy === undefined ? "The operator" : report.nameOf(budget.setBy);
    const amount = saidAmount(budget.amount, budget.unit);
    return (
      `${who} asks for ${amount} ${perPeriod(budget.period)}; it waits for a second approver. ` +
      "Until then the one above stands."
    );
  });
}

/** Where a budget stands: the burn-down, what is left, and until when it lasts. Pure. */
export function budgetAnswer(report: BudgetReport): AnswerBody {
  const [first] = report.own;
  if (first === undefined) throw new Error("a budget answer needs a budget");
  const { said, today } = report;
  const { budget, burn } = first;
  const whole = saidWhole(burn.period, today);
  const isBound = report.isBound && budget.unit === "usd";
  const line = budgetLine(first, today, isBound);
  const likely = likelySaid(burn, budget.unit, isBound);
  const chart = burnChart(first, today);
  const rows = table(report);
  const exhaustion = exhaustionSaid(burn, today);
  return {
    command: `budget ${report.command}`,
    title:
      `${said}, ${whole}: ${leastOf(isBound)}${saidAmount(burn.spent, budget.unit)} of ` +
      `${saidAmount(burn.limit, budget.unit)} (${saidUsed(burn.spent, burn.limit)})`,
    sentence: `${said} has used ${line}${likely === undefined ? "" : `; ${likely}`}.`,
    facts: [
      { label: "Headroom", value: headroomSaid(burn, budget.unit) },
      ...(exhaustion === undefined ? [] : [{ label: "Exhaustion", value: exhaustion }]),
      { label: "Alerts", value: `at ${budget.thresholds.map((one) => `${one}%`).join(", ")}` },
      setFact(budget, report.nameOf),
    ],
    ...(rows === undefined ? {} : { table: rows }),
    ...(chart === undefined ? {} : { chart }),
    notes: [
      ...(report.silence === undefined ? [] : [report.silence]),
      ...(isBound ? [boundNote("what is used", report.command)] : []),
      ...pendingNotes(report),
    ],
    details: quantiles(first),
    source: { basis: "metered", ...report.asOf },
    actions: [...report.actions],
    figures: {
      budget: amountFigure(burn.limit, budget.unit),
      spent: amountFigure(burn.spent, budget.unit),
      headroom: amountFigure(burn.headroom, budget.unit),
      ...(burn.outlook === undefined
        ? {}
        : {
            likely: amountFigure(burn.outlook.p50, budget.unit),
            p10: amountFigure(burn.outlook.p10, budget.unit),
            p90: amountFigure(burn.outlook.p90, budget.unit),
            p99: amountFigure(burn.outlook.p99, budget.unit),
          }),
    },
  };
}

/** Nothing was set: what could be. */
export function noBudgetAnswer(
  report: Pick<
    BudgetReport,
    "said" | "command" | "caps" | "pending" | "nameOf" | "actions" | "setters"
  >,
  suggestion: string | undefined,
): AnswerBody {
  return {
    command: `budget ${report.command}`,
    title: `${report.said}: no budget`,
    sentence: `${report.said} has no budget${suggestion === undefined ? "" : `; ${suggestion}`}.`,
    notes: [
      ...report.caps.map((one) => {
        const [name = "", amount = "", used = ""] = capRow(one);
        return `${name.charAt(0).toUpperCase()}${name.slice(1)}: ${amount}, ${used}.`;
      }),
      ...report.pending.map(
        (budget) =>
          `One of ${saidAmount(budget.amount, budget.unit)} ${perPeriod(budget.period)} waits ` +
          "for a second approver.",
      ),
      ...(report.setters === undefined ? [] : [report.setters]),
    ],
    source: { basis: "none" },
    actions: [...report.actions, askButton(`${report.command}`, "Spend")],
  };
}
