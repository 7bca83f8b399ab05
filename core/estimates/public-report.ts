import type { Effect, EstimateReport, Month, PolicyVerdict } from "./report-schema.ts";

/** Rules whose texts are about money of a month, or a budget. */
const ABOUT_SPEND = /^(?:month_increase|budget_crossing)$/;

/**
 * The report that may be read by everybody: figures of a call and percentages, and nothing of volume,
 * spend, budgets, scopes or people. What is left out is gone from the data, not only from its text.
 */
export function publicReport(report: EstimateReport): EstimateReport {
  if (report.visibility === "private") return report;
  return {
    ...report,
    effects: report.effects.map(publicEffect),
    month: publicMonth(report.month),
    budgets: [],
    alternatives: report.alternatives.map((one) => ({ ...one, monthDifference: null })),
    policy: {
      ...report.policy,
      rules: report.policy.rules.map(publicVerdict),
      override:
        report.policy.override === null ? null : { by: null, how: report.policy.override.how },
    },
    calibration: report.calibration,
    notes: report.notes,
  };
}

/** "+11% a month on this workflow" is all that is said. */
function publicMonth(month: Month): Month {
  if (month.state !== "unknown") return { state: "hidden", percent: month.percent };
  const help = "Connect the server, keep a snapshot, or declare a volume: docs/estimates.md.";
  return { state: "unknown", reason: "no traffic is known of these paths", help };
}

function publicEffect(effect: Effect): Effect {
  const { traffic, month } = effect;
  return {
    ...effect,
    traffic: {
      ...traffic,
      subject: null,
      label: traffic.fallback ? "this repository's calls" : "this call site's calls",
      callsPerMonth: null,
      models: [],
    },
    month: month.state === "priced" ? { state: "hidden", percent: month.percent } : month,
    sureDifference: null,
    assumptions: [],
  };
}

function publicVerdict(verdict: PolicyVerdict): PolicyVerdict {
  if (!ABOUT_SPEND.test(verdict.rule)) return verdict;
  const text =
    verdict.outcome === "passed"
      ? "a rule about spend is kept"
      : "a rule about spend is broken; the figures are not for a public place";
  return { ...verdict, text };
}
