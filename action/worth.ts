import type { EstimateReport } from "#core/estimates/report-schema.ts";
import { absolute, parseUsd } from "#core/money.ts";

/** Below all of them a pull request gets no comment of its own. */
export interface Thresholds {
  readonly mode: "changes" | "always" | "never";
  /** US dollars a month. */
  readonly monthly: string;
  readonly percent: number;
  /** Of a call, where no volume is known. */
  readonly callPercent: number;
}

/**
 * Is there anything that a reviewer has to see? Something unpriced, a rule that fired, or a
 * difference above a threshold in either direction. What nobody can know is worth saying if sure.
 */
export function isWorthComment(report: EstimateReport, thresholds: Thresholds): boolean {
  const { changes, policy, month, perCallPercent, totals, evaluation } = report;
  if (thresholds.mode !== "changes") return thresholds.mode === "always";
  if (changes.length === 0) return false;
  if (totals.unpriced > 0 || !["none", "passed"].includes(policy.verdict)) return true;
  if (evaluation?.decision === "reject") return true;
  const call = perCallPercent === null ? undefined : Math.abs(perCallPercent);
  const callQuiet =
    call === undefined
      ? changes.every((one) => one.confidence === "possible" || one.rates?.state === "same")
      : call < thresholds.callPercent;
  if (month.state === "unknown") return !callQuiet;
  const percent = Math.abs(month.percent ?? 100);
  if (month.state === "hidden") return percent >= thresholds.percent;
  const amount = parseUsd(month.difference);
  const magnitude = absolute(amount);
  const small = magnitude < parseUsd(thresholds.monthly) && percent < thresholds.percent;
  return !small || (month.state === "partly" && !callQuiet);
}
