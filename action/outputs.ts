import * as core from "@actions/core";
import type { EstimateReport, PricedChange } from "#core/estimates/report-schema.ts";
import { changeText, effectText } from "#core/estimates/report-text.ts";
import { dollarChange, moneyLine, saidPercent } from "./comment-verdict.ts";

/** GitHub shows ten of each kind for a step. */
const MAX_ANNOTATIONS = 10;
/** A step's summary is at most 1 MB. */
const MAX_SUMMARY = 900_000;

/** What later steps read: figures of a month are empty where everybody may read them. */
export function setOutputs(report: EstimateReport, commentUrl: string): void {
  const { month, perCall, policy, changes } = report;
  const known = month.state === "known" || month.state === "partly";
  const median = perCall?.median;
  core.setOutput("json", JSON.stringify(report));
  core.setOutput("monthly-delta", known ? month.difference : "");
  core.setOutput("per-call-delta", median?.state === "priced" ? median.difference : "");
  core.setOutput("verdict", policy.verdict);
  core.setOutput("changes", String(changes.length));
  core.setOutput("comment-url", commentUrl);
}

/** A line at each change: an error where a rule fails, a warning where one warns. */
export function annotate(report: EstimateReport): void {
  const worst = new Map<number, "error" | "warning">();
  for (const { outcome, changes } of report.policy.rules) {
    for (const index of changes) {
      if (outcome === "failed") worst.set(index, "error");
      else if (outcome === "warned" && !worst.has(index)) worst.set(index, "warning");
    }
  }
  const shown = { error: 0, warning: 0, notice: 0 };
  for (const [index, change] of report.changes.entries()) {
    const level = worst.get(index) ?? "notice";
    if (change.status === "removed" || shown[level] >= MAX_ANNOTATIONS) continue;
    shown[level] += 1;
    const place = {
      file: change.path,
      startLine: change.line,
      title: `aispend: ${titleOf(change)}`,
    };
    const text = `${changeText(change)}. ${annotated(change)}`;
    if (level === "error") core.error(text, place);
    else if (level === "warning") core.warning(text, place);
    else core.notice(text, place);
  }
}

/** What the change does to a call, on the best basis there is. */
function annotated(change: PricedChange): string {
  const { perCall } = change;
  if (perCall.basis === "unknown") return perCall.reason;
  const delta = perCall.basis === "traffic" ? perCall.median : undefined;
  if (delta?.state !== "priced") return effectText(change);
  const share = delta.percent === null ? "" : ` (${saidPercent(delta.percent)})`;
  return `${dollarChange(delta.difference)} a call${share}`;
}

function titleOf({ kind, role, confidence }: PricedChange): string {
  return `${kind === "params" ? role : kind}${confidence === "sure" ? "" : " (possible)"}`;
}

/** The whole report, always: also where no comment is due or none can be written. */
export async function writeSummary(markdown: string): Promise<void> {
  await core.summary.addRaw(markdown.slice(0, MAX_SUMMARY), true).write();
}

export function logLine(report: EstimateReport): void {
  core.info(`aispend: ${moneyLine(report)}`);
  core.info(`policy: ${report.policy.verdict}`);
}
