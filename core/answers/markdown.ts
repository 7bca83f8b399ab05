import { plainLine } from "./plain-line.ts";
import { omittedLine } from "./plain-table.ts";
import type { Answer, Chart, Table } from "./schema.ts";
import { sourceLine } from "./source-line.ts";

/**
 * An Answer as GitHub Markdown: the sentence first, details behind a fold, the source last. Names
 * can neither format, link, nor notify: a team called `@everyone` notifies nobody.
 */
export function markdown(answer: Answer): string {
  const sentence = escaped(answer.sentence);
  const title = escaped(answer.title);
  const paragraphs = [
    sentence,
    title === sentence || title === "" ? "" : `### ${title}`,
    answer.facts.map((fact) => `- **${escaped(fact.label)}**: ${escaped(fact.value)}`).join("\n"),
    answer.notes.map((note) => escaped(note)).join("\n\n"),
    answer.table === undefined ? "" : table(answer.table),
    answer.chart === undefined ? "" : chart(answer.chart),
    details(answer.details),
    source(answer),
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== "").join("\n\n")}\n`;
}

function table(shown: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const omitted = omittedLine(shown.omitted);
  return [
    `**${escaped(shown.caption)}**`,
    "",
    row(shown.columns.map((column) => escaped(column.label))),
    row(shown.columns.map((column) => (column.align === "right" ? "---:" : "---"))),
    ...shown.rows.map((cells) => row(shown.columns.map((_, index) => escaped(cells[index] ?? "")))),
    ...(omitted === undefined ? [] : ["", omitted]),
  ].join("\n");
}

function chart(drawn: Chart): string {
  return `**${escaped(drawn.title)}**: ${escaped(drawn.summary)}`;
}

function details(lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const list = lines.map((line) => `- ${escaped(line)}`).join("\n");
  return `<details>\n<summary>Details</summary>\n\n${list}\n\n</details>`;
}

function source(answer: Answer): string {
  const line = sourceLine(answer);
  return line === undefined ? "" : `<sub>${escaped(line)}</sub>`;
}

/** A zero-width space after @ and before a number keeps GitHub from making mentions and references. */
const BREAK = "&#8203;";

function escaped(text: string): string {
  return plainLine(text)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_[\]|~]/g, "\\$&")
    .replace(/#(?=\d)/g, `#${BREAK}`)
    .replace(/@(?=[\w-])/g, `@${BREAK}`)
    .replace(/\b(https?):\/\//gi, `$1:${BREAK}//`)
    .replace(/^([#+-]|\d+[.)])(?=\s)/, "\\$1");
}
