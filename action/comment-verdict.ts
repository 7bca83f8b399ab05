import type { BudgetEffect, EstimateReport } from "#core/estimates/report-schema.ts";
import { parseUsd, saidUsd, saidUsdChange } from "#core/money.ts";
import { prose } from "./markdown-text.ts";

/** "+11%", "-8.4%", "+1,567%": a digit behind the point only where it says something. */
export function saidPercent(percent: number): string {
  const rounded = Math.abs(percent) >= 10 ? Math.round(percent) : percent;
  const said = rounded.toLocaleString("en-US", { maximumFractionDigits: 1 });
  return `${percent > 0 ? "+" : ""}${said}%`;
}

/** "1 change", "3 changes". */
export function countOf(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}

/** What the pull request does to the bill, in one line that stands alone. */
export function verdictLine(report: EstimateReport): string {
  const { policy } = report;
  const broken = policy.rules.filter(({ outcome }) => outcome === "failed");
  if (policy.verdict === "failed") {
    return `policy failed (${countOf(broken.length, "rule")}): ${moneyLine(report)}`;
  }
  if (policy.verdict === "overridden") return `policy overridden: ${moneyLine(report)}`;
  return moneyLine(report);
}

/** Without the policy: figure, budget, and what has no price. */
export function moneyLine(report: EstimateReport): string {
  const { changes, totals } = report;
  if (changes.length === 0) return "nothing here changes what AI calls cost";
  const possible = changes.every(({ confidence }) => confidence === "possible") ? "possibly " : "";
  if (totals.unpriced > 0 && report.month.state === "unknown" && report.perCallPercent === null) {
    return `${countOf(totals.unpriced, "model")} without a price: what a call costs cannot be said`;
  }
  const unpriced =
    totals.unpriced === 0 ? "" : `; ${countOf(totals.unpriced, "model")} without a price`;
  return `${possible}${figure(report)}${budgetClause(report.budgets)}${unpriced}`;
}

function figure(report: EstimateReport): string {
  const { changes, month } = report;
  if (month.state === "hidden") {
    return month.percent === null
      ? callFigure(report)
      : `${saidPercent(month.percent)} a month on ${calls(report)}`;
  }
  if (month.state === "unknown") return `${callFigure(report)}; volume unknown`;
  const amount = parseUsd(month.difference);
  const share = month.percent === null ? "" : ` (${saidPercent(month.percent)}${forWhom(report)})`;
  const rest =
    month.state === "partly"
      ? `, without ${month.missing.length} of ${countOf(changes.length, "change")}`
      : "";
  if (amount === 0n) return `no difference a month${forWhom(report)}${rest}`;
  return `about ${saidUsdChange(amount)} a month${share}${rest}`;
}

function calls(report: EstimateReport): string {
  return report.effects.some(({ traffic }) => !traffic.fallback)
    ? "this workflow"
    : "this repository's calls";
}

function forWhom({ effects }: EstimateReport): string {
  const [first, second] = effects;
  return first === undefined || second !== undefined
    ? ""
    : ` for ${prose(first.traffic.label, 80)}`;
}

/** Where no month can be said: a call in percent, or why not even that. */
function callFigure(report: EstimateReport): string {
  const { changes, perCallPercent, totals } = report;
  if (perCallPercent !== null && perCallPercent !== 0) {
    return `${saidPercent(perCallPercent)} a call at most`;
  }
  if (totals.unpriced > 0) return "what a call costs cannot be said";
  if (changes.every(({ rates }) => rates?.state === "same")) return "same model, same price";
  if (perCallPercent === 0) return "no difference a call";
  const kinds = [
    [totals.models, "model"],
    [totals.prompts, "prompt"],
    [totals.params, "parameter"],
  ] as const;
  const said = kinds.flatMap(([n, word]) => (n === 0 ? [] : [countOf(n, word)])).join(", ");
  return `${said} changed, and what that costs depends on the calls`;
}

function budgetClause(budgets: readonly BudgetEffect[]): string {
  const crossed = budgets.find(({ crosses }) => crosses);
  if (crossed !== undefined) {
    const { label, limit, forecastPercent } = crossed;
    const from =
      forecastPercent === null ? "" : ` (${sharesOf(forecastPercent)} of ${dollars(limit)})`;
    return `; takes ${prose(label, 80)} over its budget${from}`;
  }
  const [first] = budgets;
  return first === undefined ? "" : `; ${prose(first.label, 80)} stays in budget`;
}

export function sharesOf({ from, to }: { from: number; to: number }): string {
  return `${Math.round(from)}% to ${Math.round(to)}%`;
}

export function dollars(amount: string): string {
  return saidUsd(parseUsd(amount));
}

export function dollarChange(amount: string): string {
  return saidUsdChange(parseUsd(amount));
}
