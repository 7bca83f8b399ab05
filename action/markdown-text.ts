/** Text of others in Markdown: file names, values and labels may hold anything. */

const MAX_CODE = 120;

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

/** Without half of a surrogate pair at its end. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** As code: nothing in it is a mention, a link, a tag or a cell's end. */
export function code(text: string): string {
  const plain = cut(oneLine(text).replaceAll("`", "'"), MAX_CODE).replaceAll("|", "\\|");
  return plain === "" ? "(empty)" : `\`${plain}\``;
}

/** As prose: no markup, no mention, and no reference to an issue. */
export function prose(text: string, max = 400): string {
  return cut(oneLine(text), max)
    .replace(/[\\`*_{}[\]<>|~]/g, "\\$&")
    .replace(/([@#])(?=[\p{L}\p{N}])/gu, "$1\u200b")
    .replace(/(https?):\/\//gi, "$1:\u200b//");
}

/** Rows of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function details(summary: string, body: string): string {
  return `<details><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}
