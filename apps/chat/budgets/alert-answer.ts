import type { BudgetAlert } from "#core/budgets/alerts.ts";
import { usedPercent } from "#core/budgets/burn.ts";
import { type Signal, weightOf } from "#core/budgets/signals.ts";
import { type Day, daysBetween } from "#core/time.ts";
import { askButton } from "../refusal.ts";
import { saidDay, saidWhole } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { exhaustionSaid, goneSaid, headroomSaid, likelySaid } from "./budget-lines.ts";
import { burnChart } from "./burn-chart.ts";
import { amountFigure, saidAmount, saidUsed } from "./said-amount.ts";
import { subjectToken } from "./set-token.ts";

export interface AlertSetting {
  readonly said: string;
  readonly command: string;
  readonly owner: string | undefined;
  readonly today: Day;
  /** When the newest figure was recorded. */
  readonly asOf: { readonly asOf?: string; readonly asOfSaid?: string };
}

/** The signals that hold after the changes, the weightiest first. */
function standing({ changes, told }: BudgetAlert): Signal[] {
  const gone = new Set(changes.resolved.map(({ signal }) => signal));
  const open = told
    .filter((one) => !one.resolved && !gone.has(one.signal))
    .map((one) => one.signal);
  const all = [...open, ...changes.crossed, ...changes.reopened.map(({ signal }) => signal)];
  return [...new Set(all)].sort((a, b) => weightOf(b) - weightOf(a));
}

function daysSaid(days: number): string {
  return days <= 0 ? "today" : days === 1 ? "in about 1 day" : `in about ${days} days`;
}

interface Lead {
  readonly title: string;
  readonly sentence: string;
}

function leadOf(alert: BudgetAlert, signal: Signal | undefined, setting: AlertSetting): Lead {
  const { budget, burn } = alert.progress;
  const { said, today } = setting;
  const whole = saidWhole(burn.period, today);
  const spent = saidAmount(burn.spent, budget.unit);
  const limit = saidAmount(burn.limit, budget.unit);
  const used = saidUsed(burn.spent, burn.limit);
  const likely = likelySaid(burn, budget.unit);
  const rest = `${goneSaid(burn, today)}${likely === undefined ? "" : `; ${likely}`}`;
  const day = burn.exhaustion?.likely;
  if (signal === "exhaustion" && day !== undefined) {
    const when = daysSaid(daysBetween(today, day));
    return {
      title: `${said}, ${whole}: budget used up ${when}, on ${saidDay(day)}`,
      sentence:
        `${said} has used ${spent} of ${limit} (${used}) and at this rate uses up its budget for ` +
        `${whole} ${when}, on ${saidDay(day)}.`,
    };
  }
  if (signal === undefined) {
    return {
      title: `${said}, ${whole}: resolved, ${used} of the budget used`,
      sentence: `${said} is back at ${spent} of ${limit} (${used}) for ${whole}; no alert stands.`,
    };
  }
  if (usedPercent(burn) >= 100) {
    return {
      title: `${said}, ${whole}: budget used up, ${spent} of ${limit}`,
      sentence: `${said} has used ${spent}, ${used} of its ${limit} for ${whole}, with ${rest}.`,
    };
  }
  return {
    title: `${said}, ${whole}: ${used} of the budget used, ${spent} of ${limit}`,
    sentence: `${said} has used ${spent}, ${used} of its ${limit} for ${whole}, with ${rest}.`,
  };
}

/** What is pushed of a budget. `now`: the state as it is, for the message that is edited in place. */
export function alertAnswer(
  alert: BudgetAlert,
  setting: AlertSetting,
  telling: "announced" | "now",
): AnswerBody {
  const { budget, burn } = alert.progress;
  const stands = standing(alert);
  const signal = telling === "announced" ? alert.changes.announced : stands[0];
  const exhaustion = exhaustionSaid(burn, setting.today);
  const chart = burnChart(alert.progress, setting.today);
  const { command, owner } = setting;
  return {
    command: `budget ${command}`,
    ...leadOf(alert, signal, setting),
    facts: [
      { label: "Headroom", value: headroomSaid(burn, budget.unit) },
      ...(exhaustion === undefined ? [] : [{ label: "Exhaustion", value: exhaustion }]),
      ...(owner === undefined ? [] : [{ label: "Owner", value: owner }]),
    ],
    ...(chart === undefined ? {} : { chart }),
    source: { basis: "metered", ...setting.asOf },
    actions: [
      askButton(`why ${command}`, "Why"),
      askButton(`budget ${command}`, "Budget"),
      {
        kind: "form",
        label: "Change budget...",
        form: "budget_set",
        token: subjectToken(budget.subject, [budget]),
      },
    ],
    figures: {
      budget: amountFigure(burn.limit, budget.unit),
      spent: amountFigure(burn.spent, budget.unit),
      headroom: amountFigure(burn.headroom, budget.unit),
    },
  };
}
