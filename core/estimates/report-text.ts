import type { Change, DiffReport, Skipped } from "./schema.ts";

const KINDS = { model: "model", prompt: "prompt", params: "parameter" } as const;

/** "gpt-4o > gpt-4o-mini", "added 800", "1240 > 1710 tokens". */
export function changeText({ from, to }: Change): string {
  if (from === null) return `added ${to ?? ""}`;
  return to === null ? `removed ${from}` : `${from} > ${to}`;
}

/** What the change does to the price, or why that is not known. */
export function effectText(change: Change): string {
  if (change.kind === "params") return change.role;
  if (change.tokens !== undefined) {
    const { from, to, countedBy, error, unknownParts } = change.tokens;
    const delta = (to ?? 0) - (from ?? 0);
    const off = error === 0 ? "" : ` (within ${Math.round(error * 100)}%)`;
    const unknown = unknownParts === 0 ? "" : `, ${unknownParts} unknown parts not counted`;
    return `${delta > 0 ? "+" : ""}${delta} tokens a call by ${countedBy}${off}${unknown}`;
  }
  const { rates } = change;
  if (rates === undefined) return "";
  if (rates.state !== "priced") return rates.note;
  const lines = rates.lines.filter(({ tokenClass }) => /^(?:input|output)$/.test(tokenClass));
  return lines
    .map(({ tokenClass, from, to, percent }) => {
      const share = percent === null ? "" : ` (${percent > 0 ? "+" : ""}${percent}%)`;
      return `${tokenClass} ${dollars(from)} > ${dollars(to)}${share}`;
    })
    .join(", ");
}

function dollars(price: string | null): string {
  return price === null ? "none" : `$${price}/M`;
}

/** One line: how many files were passed over, by reason. */
export function skippedText(skipped: readonly Skipped[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of skipped) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const reasons = [...counts].sort(([, x], [, y]) => y - x).map(([reason, n]) => `${reason} ${n}`);
  return skipped.length === 0 ? "" : `Skipped ${skipped.length} files: ${reasons.join(", ")}`;
}

export function headline({ totals }: Pick<DiffReport, "totals">): string {
  if (totals.changes === 0) return "No change of a model, a prompt or a cost parameter";
  const parts = [
    [totals.models, "model"],
    [totals.prompts, "prompt"],
    [totals.params, "parameter"],
  ] as const;
  const said = parts.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`]));
  const unpriced = totals.unpriced === 0 ? "" : `; ${totals.unpriced} without a price`;
  return `Changes what calls cost: ${said.join(", ")}${unpriced}`;
}

/** Two lines a change: where, and what. */
export function changeLines({ changes }: Pick<DiffReport, "changes">): string[] {
  return changes.map((change) => {
    const sure = change.confidence === "sure" ? "" : " (possible)";
    const uses = change.uses.length === 0 ? "" : `; used in ${change.uses.length} places`;
    const where = `${change.path}:${change.line}`;
    const what = `${changeText(change)}${sure}: ${effectText(change)}${uses}`;
    return `  ${KINDS[change.kind].padEnd(9)} ${where}\n            ${what}`;
  });
}

/** Text of a table's cell: nothing in it opens a cell, a tag or a mention. */
function cell(text: string): string {
  return escaped(text.slice(0, 160));
}

function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>|~]/g, "\\$&")
    .replace(/[\r\n]+/g, " ")
    .replaceAll("@", "@\u200B");
}

/** The changes as a table; `month` says what a month of them comes to. */
export function markdownReport(report: DiffReport, month: string): string {
  const rows = report.changes.map((change) => {
    const sure = change.confidence === "sure" ? "" : ", possible";
    const where = cell(`${change.path}:${change.line}`);
    const cells = [where, `${KINDS[change.kind]}${sure}`, cell(changeText(change))];
    return `| ${[...cells, cell(effectText(change))].join(" | ")} |`;
  });
  const table =
    rows.length === 0 ? [] : ["| where | what | change | effect |", "|---|---|---|---|", ...rows];
  const skipped = skippedText(report.skipped);
  const volume = rows.length === 0 ? "" : escaped(month);
  return [headline(report), table.join("\n"), volume, skipped].filter(Boolean).join("\n\n");
}
