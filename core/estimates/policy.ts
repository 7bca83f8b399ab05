import { formatUsd, parseUsd, saidUsd } from "#core/money.ts";
import { globTest } from "#core/org/glob.ts";
import { isSure } from "./effects.ts";
import type { EstimateReport, Policy, PolicyVerdict } from "./report-schema.ts";
import type { PolicyRule } from "./repository-schema.ts";

/** The report as far as it is made when the policy judges it. */
export type Judged = Omit<EstimateReport, "policy">;

/** What a rule found: nothing, or a text, the changes it is about, and whether all of it is sure. */
interface Finding {
  readonly text: string;
  readonly sure: boolean;
  readonly changes: readonly number[];
}

/**
 * Judges a report by the rules of the base. Only what this change brings is judged, and only sure
 * findings of a rule that says `fail` fail; everything else warns.
 */
export function evaluatePolicy(rules: readonly PolicyRule[], report: Judged): Policy {
  const verdicts = rules.map((rule): PolicyVerdict => {
    const finding = findingOf(rule, report);
    const passed = `${ruleSaid(rule)}: kept`;
    if (finding === undefined) {
      return { rule: rule.rule, outcome: "passed", certainty: "sure", text: passed, changes: [] };
    }
    const { text, sure, changes } = finding;
    const outcome = rule.action === "fail" && sure ? "failed" : "warned";
    const certainty = sure ? "sure" : "possible";
    return { rule: rule.rule, outcome, certainty, text, changes: [...changes] };
  });
  return { verdict: verdictOf(verdicts), rules: verdicts, override: null };
}

function verdictOf(verdicts: readonly PolicyVerdict[]): Policy["verdict"] {
  if (verdicts.length === 0) return "none";
  for (const outcome of ["failed", "overridden", "warned"] as const) {
    if (verdicts.some((one) => one.outcome === outcome)) return outcome;
  }
  return "passed";
}

/** Failures become overridden by the accountable person's approval; who approved is kept. */
export function overridePolicy(
  policy: Policy,
  override: { readonly by: string; readonly how: string; readonly reason?: string },
): Policy {
  if (policy.verdict !== "failed") return policy;
  const rules = policy.rules.map(
    (one): PolicyVerdict => (one.outcome === "failed" ? { ...one, outcome: "overridden" } : one),
  );
  return { verdict: verdictOf(rules), rules, override };
}

function dollars(amount: number | string): bigint {
  return parseUsd(amount);
}

/** The rule as a reader knows it. */
export function ruleSaid(rule: PolicyRule): string {
  switch (rule.rule) {
    case "month_increase":
      return `at most ${saidUsd(dollars(rule.above))} more a month`;
    case "month_increase_percent":
      return `at most ${rule.above}% more a month`;
    case "call_increase":
      return `at most ${saidUsd(dollars(rule.above))} more a call`;
    case "call_increase_percent":
      return `at most ${rule.above}% more a call`;
    case "budget_crossing":
      return "no budget is crossed";
    case "unpriced_model":
      return "every new model has a price";
    case "models":
      return "new models are on the list";
    case "prompt_tokens":
      return `prompts stay within ${rule.above} tokens`;
    case "eval_regression":
      return "the evaluation does not get worse";
  }
}

function findingOf(rule: PolicyRule, report: Judged): Finding | undefined {
  switch (rule.rule) {
    case "month_increase":
      return monthIncrease(dollars(rule.above), report);
    case "month_increase_percent":
      return monthPercent(rule.above, report);
    case "call_increase":
    case "call_increase_percent":
      return callIncrease(rule, report);
    case "budget_crossing":
      return budgetCrossing(report);
    case "unpriced_model":
      return unpricedModel(report);
    case "models":
      return modelList(rule.allow, report);
    case "prompt_tokens":
      return promptTokens(rule.above, report);
    case "eval_regression":
      return evalRegression(report);
  }
}

/** The month's difference, and what of it stands on sure findings. */
export function addedOf({ effects }: Pick<Judged, "effects">): { month: bigint; sure: bigint } {
  let month = 0n;
  let sure = 0n;
  for (const effect of effects) {
    if (effect.month.state === "priced") month += parseUsd(effect.month.difference);
    if (effect.sureDifference !== null) sure += parseUsd(effect.sureDifference);
  }
  return { month, sure };
}

function touchedBy({ effects }: Judged): number[] {
  return effects.flatMap(({ changes }) => changes);
}

function monthIncrease(above: bigint, report: Judged): Finding | undefined {
  const { month, sure } = addedOf(report);
  if (month <= above && sure <= above) return undefined;
  const text = `${saidUsd(month)} more a month; ${saidUsd(above)} are allowed`;
  return { text, sure: sure > above, changes: touchedBy(report) };
}

function monthPercent(above: number, report: Judged): Finding | undefined {
  const { month } = report;
  if (month.state !== "known" && month.state !== "partly") return undefined;
  const before = Number(parseUsd(month.before));
  if (before <= 0) return undefined;
  const added = addedOf(report);
  const percent = (amount: bigint): number => (Number(amount) / before) * 100;
  if (percent(added.month) <= above && percent(added.sure) <= above) return undefined;
  const text = `${round(percent(added.month))}% more a month; ${above}% are allowed`;
  return { text, sure: percent(added.sure) > above, changes: touchedBy(report) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** By the median call of each call site; where there is no traffic, by what is known of a call. */
function callIncrease(
  rule: Extract<PolicyRule, { rule: "call_increase" | "call_increase_percent" }>,
  report: Judged,
): Finding | undefined {
  const over = (difference: string, percent: number | null): boolean =>
    rule.rule === "call_increase"
      ? parseUsd(difference) > dollars(rule.above)
      : percent !== null && percent > rule.above;
  const found: { index: number; said: string; sure: boolean }[] = [];
  const add = (indices: readonly number[], difference: string, percent: number | null): void => {
    if (!over(difference, percent)) return;
    const said =
      rule.rule === "call_increase" ? `${saidUsd(parseUsd(difference))}` : `${percent ?? 0}%`;
    const sure = indices.every((index) => isSureAt(report, index));
    for (const index of indices) found.push({ index, said, sure });
  };
  for (const { perCall, changes } of report.effects) {
    const { median } = perCall;
    if (median.state === "priced") add(changes, median.difference, median.percent);
  }
  for (const [index, { perCall, effect }] of report.changes.entries()) {
    if (effect !== null) continue;
    if (perCall.basis === "prompt" && perCall.own.state === "priced") {
      // Of the prompt alone: of the whole call the share is smaller and unknown.
      if (rule.rule === "call_increase") add([index], perCall.own.difference, null);
    }
    if (perCall.basis === "rates" && rule.rule === "call_increase_percent") {
      add([index], "0", perCall.percent);
    }
  }
  const [first] = found;
  if (first === undefined) return undefined;
  const allowed = rule.rule === "call_increase" ? saidUsd(dollars(rule.above)) : `${rule.above}%`;
  const place = placeOf(report, first.index);
  const text = `${first.said} more a call at ${place}; ${allowed} are allowed`;
  return { text, sure: found.some(({ sure }) => sure), changes: found.map(({ index }) => index) };
}

function isSureAt({ changes }: Judged, index: number): boolean {
  const change = changes[index];
  return change !== undefined && isSure(change);
}

function placeOf({ changes }: Judged, index: number): string {
  const change = changes[index];
  return change === undefined ? "" : `${change.path}:${change.line}`;
}

function budgetCrossing(report: Judged): Finding | undefined {
  const crossed = report.budgets.filter(({ crosses }) => crosses);
  const [first] = crossed;
  if (first === undefined) return undefined;
  const { label, forecastPercent, limit } = first;
  const share =
    forecastPercent === null ? "" : ` from ${forecastPercent.from}% to ${forecastPercent.to}%`;
  const text = `${label} goes${share} of ${formatUsd(parseUsd(limit), 0)}`;
  const sure = crossed.some(({ crossesSurely }) => crossesSurely);
  return { text, sure, changes: touchedBy(report) };
}

/** Models that come in; one that leaves is nobody's fault here. */
function newModels(report: Judged): { index: number; model: string }[] {
  return report.changes.flatMap(({ kind, to }, index) =>
    kind === "model" && to !== null ? [{ index, model: to }] : [],
  );
}

function unpricedModel(report: Judged): Finding | undefined {
  const found = newModels(report).filter(({ index }) => {
    const rates = report.changes[index]?.rates;
    return rates?.state === "unpriced" && rates.lines.every(({ to }) => to === null);
  });
  return modelFinding(report, found, "has no price");
}

function modelList(allow: readonly string[], report: Judged): Finding | undefined {
  const tests = allow.map((pattern) => globTest(pattern));
  const allowed = (model: string): boolean =>
    tests.some((test) => test(model) || test(model.replace(/^.*\//, "")));
  const found = newModels(report).filter(({ model }) => !allowed(model));
  return modelFinding(report, found, "is not on the list");
}

function modelFinding(
  report: Judged,
  found: readonly { index: number; model: string }[],
  what: string,
): Finding | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const more = found.length > 1 ? ` and ${found.length - 1} more` : "";
  return {
    text: `${first.model} at ${placeOf(report, first.index)}${more} ${what}`,
    sure: found.some(({ index }) => isSureAt(report, index)),
    changes: found.map(({ index }) => index),
  };
}

/** A prompt that was too long before is not brought by this change, but growing it is told. */
function promptTokens(above: number, report: Judged): Finding | undefined {
  const found = report.changes.flatMap(({ tokens, confidence }, index) => {
    const to = tokens?.to ?? 0;
    const from = tokens?.from ?? 0;
    if (tokens === undefined || to <= above || to <= from) return [];
    const least = to * (1 - tokens.error);
    const sure = confidence === "sure" && from <= above && least > above;
    return [{ index, to, sure }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  return {
    text: `${first.to} tokens at ${placeOf(report, first.index)}; ${above} are allowed`,
    sure: found.some(({ sure }) => sure),
    changes: found.map(({ index }) => index),
  };
}

function evalRegression({ evaluation }: Judged): Finding | undefined {
  if (evaluation === null) return undefined;
  const { candidate, baseline } = evaluation;
  // That a success costs more is the other rules' business.
  if (candidate.passPercent >= baseline.passPercent) return undefined;
  return { text: evaluation.reason, sure: true, changes: [] };
}
