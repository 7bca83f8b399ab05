import { formatUsd, parseUsd, saidUsd, saidUsdChange } from "#core/money.ts";
import type { Delta, EstimateReport } from "./report-schema.ts";
import { changeLines, headline, skippedText } from "./report-text.ts";

function percentText(percent: number | null): string {
  return percent === null ? "" : ` (${percent > 0 ? "+" : ""}${percent}%)`;
}

function deltaText(delta: Delta): string {
  if (delta.state === "unpriced") return `unpriced: ${delta.reason}`;
  const { before, after, percent } = delta;
  return `${saidUsd(parseUsd(before))} > ${saidUsd(parseUsd(after))}${percentText(percent)}`;
}

/** "About +$312 a month (+11%)", or why no month is stated. */
export function monthText({ month }: EstimateReport): string {
  if (month.state === "hidden") return `About${percentText(month.percent)} a month`;
  if (month.state === "unknown") {
    return `Volume unknown: per-call figures only, since ${month.reason}. ${month.help}`;
  }
  const { difference, percent, missing } = month;
  const said = `About ${saidUsdChange(parseUsd(difference))} a month${percentText(percent)}`;
  if (missing.length === 0) return said;
  const named = missing.slice(0, 3).join(", ");
  return `${said}, without ${missing.length} of the changes: ${named}`;
}

/** One line a call site: what a call costs, and where the figures come from. */
function effectLines({ effects }: EstimateReport): string[] {
  return effects.map(({ traffic, perCall, month }) => {
    const { label, source, from, until, callsPerMonth, fallback } = traffic;
    const whose = fallback ? `${label}, for want of a mapping` : label;
    const calls = callsPerMonth === null ? "" : `, ${callsPerMonth.toLocaleString("en-US")} calls`;
    const amount = month.state === "priced" ? `; month ${deltaText(month)}` : "";
    const spread = `call ${deltaText(perCall.median)}, P90 ${deltaText(perCall.p90)}${amount}`;
    return `  ${whose}: ${spread}\n            ${source} ${from} to ${until}${calls}`;
  });
}

function budgetLines({ budgets }: EstimateReport): string[] {
  return budgets.map(({ label, limit, forecastPercent, exhaustion, accountable }) => {
    const of = `of ${formatUsd(parseUsd(limit), 0)}`;
    const share =
      forecastPercent === null
        ? `no forecast yet ${of}`
        : `forecast ${forecastPercent.from}% > ${forecastPercent.to}% ${of}`;
    const day =
      exhaustion.to === null || exhaustion.to === exhaustion.from
        ? ""
        : `; used up on ${exhaustion.to}, not ${exhaustion.from ?? "before its end"}`;
    const who = accountable === null ? "" : `; accountable: ${accountable.name}`;
    return `  ${label}: ${share}${day}${who}`;
  });
}

const OUTCOMES = { passed: "ok", warned: "warning", failed: "FAILED", overridden: "overridden" };

function policyLines({ policy }: EstimateReport): string[] {
  return policy.rules.map(({ outcome, certainty, text }) => {
    const sure = certainty === "sure" ? "" : " (possible)";
    return `  ${OUTCOMES[outcome].padEnd(9)} ${text}${sure}`;
  });
}

function alternativeLines({ alternatives }: EstimateReport): string[] {
  return alternatives.map(({ text, perCallDifference, monthDifference }) => {
    const month =
      monthDifference === null ? "" : `, ${saidUsdChange(parseUsd(monthDifference))} a month`;
    return `Cheaper: ${text}: ${saidUsdChange(parseUsd(perCallDifference))} a call${month}`;
  });
}

function evaluationLine({ evaluation }: EstimateReport): string {
  if (evaluation === null) return "";
  const cost = (side: typeof evaluation.baseline): string =>
    side.costPerSuccess === null ? "unknown" : saidUsd(parseUsd(side.costPerSuccess));
  const { baseline, candidate, decision, reason } = evaluation;
  return `Evaluation: ${decision}; a success ${cost(baseline)} > ${cost(candidate)}; ${reason}`;
}

function calibrationLine({ calibration }: EstimateReport): string {
  if (calibration === null || calibration.of === 0) return "";
  const { within, of, percent } = calibration;
  return `Here before: ${within} of ${of} predictions within ${percent}%`;
}

function titled(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [title, ...lines].join("\n");
}

/** For a terminal: the verdict first, then what changed, then what it rests on. */
export function plainEstimate(report: EstimateReport): string {
  const { changes, notes, skipped } = report;
  const isEmpty = changes.length === 0;
  return [
    headline(report),
    isEmpty ? "" : monthText(report),
    titled("Policy", policyLines(report)),
    ...changeLines(report),
    titled("Calls", effectLines(report)),
    titled("Budgets after a whole period of it", budgetLines(report)),
    ...alternativeLines(report),
    evaluationLine(report),
    calibrationLine(report),
    ...notes,
    skippedText(skipped),
  ]
    .filter(Boolean)
    .join("\n");
}
