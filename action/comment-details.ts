import type { BudgetEffect, EstimateReport } from "#core/estimates/report-schema.ts";
import { skippedText } from "#core/estimates/report-text.ts";
import { changesTable, classesTable } from "./comment-tables.ts";
import { countOf, dollarChange, dollars } from "./comment-verdict.ts";
import { code, details, prose } from "./markdown-text.ts";

/** Broken rules, first thing under the title; those that warn where none fails. */
export function brokenRules({ policy }: EstimateReport): string | undefined {
  const said = (outcome: string, word: string): string[] =>
    policy.rules
      .filter((rule) => rule.outcome === outcome)
      .map(({ text, certainty }) => {
        const possible = certainty === "possible" ? " (possible)" : "";
        return `- **${word}**${possible}: ${prose(text)}`;
      });
  const lines = [
    ...said("failed", "failed"),
    ...said("overridden", "overridden"),
    ...said("warned", "warned"),
  ];
  const { override } = policy;
  if (override !== null) {
    const by = override.by === null ? "" : ` by ${prose(override.by, 80)}`;
    const why = override.reason === undefined ? "" : `, ${prose(override.reason, 500)}`;
    const how = override.how === "in chat" ? " in chat" : `: ${prose(override.how, 200)}`;
    lines.push(`- Approved${by}${how}${why}`);
  }
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** Who answers for the budgets: by name, and by a mention only where a policy fails. */
export function budgetLines({ budgets, policy }: EstimateReport): string | undefined {
  const lines = budgets.flatMap((budget) => {
    const moved = exhaustionText(budget);
    const owner = ownerText(budget, policy.verdict === "failed");
    const said = [moved, owner].filter((text) => text !== undefined).join(" ");
    return said === "" ? [] : [`${prose(budget.label, 80)}: ${said}`];
  });
  return lines.length === 0 ? undefined : lines.join("\n\n");
}

function exhaustionText({ exhaustion, period }: BudgetEffect): string | undefined {
  const { from, to } = exhaustion;
  if (from === to) return undefined;
  if (to === null) return `lasts its ${period} with this change (until now: used up on ${from}).`;
  const before = from === null ? `lasted its ${period}` : `used up on ${from}`;
  return `likely used up on ${to} (until now: ${before}).`;
}

function ownerText({ accountable, crosses }: BudgetEffect, mention: boolean): string | undefined {
  if (accountable === null) return crosses ? "Nobody is named accountable for it." : undefined;
  const { name, github } = accountable;
  const login = mention && github !== null && /^[A-Za-z\d-]{1,39}$/.test(github);
  return `Accountable: ${prose(name, 80)}${login ? ` @${github}` : ""}.`;
}

export function alternativeLines({ alternatives, effects }: EstimateReport): string | undefined {
  const lines = alternatives.slice(0, 3).map((one) => {
    const { text, perCallDifference, monthDifference } = one;
    const whole = effects[one.effect];
    if (monthDifference !== null && whole?.month.state === "priced") {
      const instead = `instead of ${dollarChange(whole.month.difference)}`;
      return `Cheaper: ${prose(text)}: ${dollarChange(monthDifference)} a month ${instead}`;
    }
    const call = whole?.perCall.median;
    const instead = call?.state === "priced" ? ` instead of ${dollarChange(call.difference)}` : "";
    return `Cheaper: ${prose(text)}: ${dollarChange(perCallDifference)} a call${instead}`;
  });
  return lines.length === 0 ? undefined : lines.join("\n\n");
}

export function evaluationLine({ evaluation }: EstimateReport): string | undefined {
  if (evaluation === null) return undefined;
  const { baseline, candidate, decision, reason } = evaluation;
  const cost = (side: typeof baseline): string =>
    side.costPerSuccess === null ? "" : ` at ${dollars(side.costPerSuccess)} a successful task`;
  const side = (one: typeof baseline): string => `${one.passPercent}%${cost(one)}`;
  const sides = `${side(baseline)} > ${side(candidate)}`;
  return `Evaluation says **${decision}**: passed ${sides}; ${prose(reason, 200)}`;
}

/** Where the figures come from, and how right earlier ones were. */
export function sourceLine(report: EstimateReport): string {
  const { effects, calibration, month } = report;
  const sources = effects.slice(0, 4).map(({ traffic }) => {
    const { source, label, from, until, fallback } = traffic;
    const named = { measured: "ledger", snapshot: "snapshot", declared: "" }[source];
    // What is written down has no days.
    const when =
      source === "declared" ? "declared in aispend.yaml" : `${named} ${from} to ${until}`;
    const whole = fallback ? ", for want of a mapping" : "";
    return `${when}, ${prose(label, 80)}${whole}`;
  });
  const left = month.state === "partly" ? month.missing : [];
  const more = left.length > 3 ? ` and ${left.length - 3} more` : "";
  const without =
    left.length === 0 ? "" : ` Not in the month: ${left.slice(0, 3).map(code).join(", ")}${more}.`;
  const here =
    calibration === null
      ? ""
      : ` Here before: ${calibration.within} of ${calibration.of} predictions ` +
        `within ${calibration.percent}%.`;
  if (sources.length > 0) return `Source: ${sources.join("; ")}.${without}${here}`;
  if (month.state !== "unknown" || report.changes.length === 0) return here.trim();
  return `Volume unknown: per-call figures only. ${prose(month.help)}${here}`;
}

export interface DetailLimits {
  /** Rows of the table of changes. */
  readonly rows: number;
  /** Skipped files that are listed by name. */
  readonly skipped: number;
}

/** Everything that is folded away, to the limits given. */
export function detailBlocks(report: EstimateReport, limits: DetailLimits): string[] {
  const { changes, perCall, policy, skipped, effects } = report;
  const blocks: string[] = [];
  if (changes.length > 0 && limits.rows > 0) {
    blocks.push(details(countOf(changes.length, "change"), changesTable(changes, limits.rows)));
  }
  const classes = perCall === null ? undefined : classesTable(perCall.median);
  const assumed = effects.flatMap(({ assumptions }) =>
    assumptions.map((text) => `- ${prose(text)}`),
  );
  const how = [
    classes,
    assumed.slice(0, 20).join("\n"),
    `Prices of ${report.at.slice(0, 10)}. ${commit(report.base)} to ${commit(report.head)}.`,
    skipped.length === 0 ? undefined : skippedList(report, limits.skipped),
  ].filter((part) => part !== undefined && part !== "");
  const passed = policy.rules.filter(({ outcome }) => outcome === "passed").length;
  const rules =
    policy.verdict === "none" ? "" : `; policy: ${passed} of ${policy.rules.length} kept`;
  const left = skipped.length === 0 ? "" : `; ${countOf(skipped.length, "file")} skipped`;
  blocks.push(details(`How it was counted${left}${rules}`, how.join("\n\n")));
  return blocks;
}

function commit(sha: string): string {
  return code(sha.slice(0, 12));
}

function skippedList({ skipped }: EstimateReport, limit: number): string {
  const listed = skipped
    .slice(0, limit)
    .map(({ path, reason }) => `- ${code(path)}: ${prose(reason, 60)}`);
  return [`${prose(skippedText(skipped))}.`, listed.join("\n")].filter(Boolean).join("\n\n");
}
