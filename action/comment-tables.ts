import type { Delta, EstimateReport, PricedChange } from "#core/estimates/report-schema.ts";
import { effectText } from "#core/estimates/report-text.ts";
import { parseUsd } from "#core/money.ts";
import { dollarChange, dollars, saidPercent } from "./comment-verdict.ts";
import { code, prose, table } from "./markdown-text.ts";

const KINDS = { model: "model", prompt: "prompt", params: "parameter" } as const;

/** "`gpt-4o` > `gpt-4o-mini`", "added `800`", "1,240 > 1,710 tokens". */
export function changeCell({ from, to, tokens }: PricedChange): string {
  if (tokens !== undefined) {
    const said = (n: number | null): string => (n ?? 0).toLocaleString("en-US");
    if (tokens.from === null) return `added, ${said(tokens.to)} tokens`;
    if (tokens.to === null) return `removed, ${said(tokens.from)} tokens`;
    return `${said(tokens.from)} > ${said(tokens.to)} tokens`;
  }
  if (from === null) return `added ${code(to ?? "")}`;
  return to === null ? `removed ${code(from)}` : `${code(from)} > ${code(to)}`;
}

/** How a prompt was counted, and what of it could not be. */
function countNote({ tokens }: PricedChange): string {
  if (tokens === undefined) return "";
  const { countedBy, error, unknownParts } = tokens;
  const off = error === 0 ? "" : `, within ${Math.round(error * 100)}%`;
  const parts = unknownParts === 1 ? "1 part" : `${unknownParts} parts`;
  const unknown = unknownParts === 0 ? "" : `; ${parts} known at run time only, not counted`;
  return ` (by ${prose(countedBy, 60)}${off}${unknown})`;
}

function deltaCell(delta: Delta): string {
  if (delta.state === "unpriced") return `unpriced: ${prose(delta.reason, 120)}`;
  const share = delta.percent === null ? "" : ` (${saidPercent(delta.percent)})`;
  return `${dollarChange(delta.difference)}${share}`;
}

/** What one change does to one call, on the best basis there is. */
export function callCell(change: PricedChange): string {
  const { perCall } = change;
  switch (perCall.basis) {
    case "traffic":
      return deltaCell(perCall.median);
    case "prompt":
      return deltaCell(perCall.own);
    case "rates":
      return prose(effectText(change), 200);
    case "unknown": {
      const { reason, atMost } = perCall;
      const most = atMost === null ? "" : `; a call costs at most ${dollars(atMost)}`;
      return `${prose(reason, 160)}${most}`;
    }
  }
}

function place({ path, line }: PricedChange): string {
  return code(`${path}:${line}`);
}

/** The changes in the order of their files; `limit` rows at most. */
export function changesTable(changes: readonly PricedChange[], limit: number): string {
  const rows = changes.slice(0, limit).map((change) => {
    const { kind, role, confidence, uses, defines } = change;
    const what = kind === "params" ? prose(role, 40) : KINDS[kind];
    const sure = confidence === "sure" ? "" : " (possible)";
    const used = uses.length === 0 ? "" : `, used in ${uses.length} places`;
    const name = defines === undefined ? "" : ` ${code(defines)}${used}`;
    const changed = `${changeCell(change)}${countNote(change)}`;
    return [place(change), `${what}${sure}${name}`, changed, callCell(change)];
  });
  const left = changes.length - rows.length;
  const more =
    left <= 0 ? "" : `\n\n${left} more are in the job summary and in the output \`json\`.`;
  return table(["where", "what", "change", "a call"], rows) + more;
}

const LEADING = 3;

/** What a reader must see first: a broken rule, then what has no price, then the dearest call. */
function weightOf({ policy, changes }: EstimateReport, index: number): number {
  const rules = policy.rules.filter((rule) => rule.changes.includes(index));
  const broken = rules.some(({ outcome }) => outcome !== "passed" && outcome !== "warned");
  const change = changes[index];
  const median = change?.perCall.basis === "traffic" ? change.perCall.median : undefined;
  const cost = median?.state === "priced" ? Number(parseUsd(median.difference)) : 0;
  const unpriced = change?.rates?.state === "unpriced";
  // A call costs less than a billion dollars in nano-dollars.
  return (broken ? 4e18 : 0) + (unpriced ? 2e18 : 0) + Math.abs(cost);
}

/** Up to three changes as lines, for the reader who reads no further. */
export function leadingChanges(report: EstimateReport): string {
  const { changes } = report;
  const order = changes
    .map((change, index) => ({ change, weight: weightOf(report, index) }))
    .sort((one, other) => other.weight - one.weight);
  const lines = order.slice(0, LEADING).map(({ change }) => {
    const { model } = change;
    const same = model === undefined || changes.some(({ kind }) => kind === "model");
    const unchanged = same || change.kind !== "prompt" ? "" : `; model unchanged (${code(model)})`;
    const what = change.kind === "params" ? `${prose(change.role, 40)} ` : "";
    const sure = change.confidence === "sure" ? "" : " (possible)";
    return `- ${place(change)}: ${what}${changeCell(change)}${unchanged}${sure}`;
  });
  const left = changes.length - lines.length;
  return [...lines, ...(left > 0 ? [`- and ${left} more, below`] : [])].join("\n");
}

function callRow(name: string, delta: Delta): string[][] {
  if (delta.state === "unpriced") return [];
  return [[name, dollars(delta.before), dollars(delta.after), deltaCell(delta)]];
}

/** Median, P90 and the month, before and after; nothing where no figure is known. */
export function figuresTable(report: EstimateReport): string | undefined {
  const { perCall, month } = report;
  const rows = perCall === null ? [] : callRow("median call", perCall.median);
  if (perCall !== null) rows.push(...callRow("P90 call", perCall.p90));
  if (month.state === "known" || month.state === "partly") {
    const share = month.percent === null ? "" : ` (${saidPercent(month.percent)})`;
    const calls = month.calls.toLocaleString("en-US");
    const name = `30 days, ${calls} ${month.sources.join(" and ")} calls`;
    const difference = `${dollarChange(month.difference)}${share}`;
    rows.push([name, dollars(month.before), dollars(month.after), difference]);
  } else if (month.state === "hidden" && month.percent !== null) {
    rows.push(["30 days", "", "", saidPercent(month.percent)]);
  }
  for (const { label, limit, forecastPercent } of report.budgets) {
    if (forecastPercent === null) continue;
    const { from, to } = forecastPercent;
    const name = `${prose(label, 60)}, forecast of the budget`;
    rows.push([name, `${Math.round(from)}%`, `${Math.round(to)}%`, `of ${dollars(limit)}`]);
  }
  return rows.length === 0 ? undefined : table(["", "before", "after", "difference"], rows);
}

/** A call by token class: where the difference comes from. */
export function classesTable(delta: Delta): string | undefined {
  if (delta.state === "unpriced" || delta.classes.length === 0) return undefined;
  const tokens = (n: number): string => n.toLocaleString("en-US");
  const rows = delta.classes.map(({ tokenClass, before, after }) => [
    tokenClass,
    `${tokens(before.tokens)}, ${dollars(before.cost)}`,
    `${tokens(after.tokens)}, ${dollars(after.cost)}`,
  ]);
  return table(["median call", "tokens, cost before", "after"], rows);
}
