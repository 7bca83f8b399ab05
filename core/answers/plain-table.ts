import { cutLine, plainLine } from "./plain-line.ts";
import type { Table } from "./schema.ts";

const CELL_MAX = 40;
const GAP = "  ";
const WIDE =
  /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/u;

/** A table as aligned lines for a fixed-width font: heading, rule, rows. Cells over 40 are cut. */
export function tableLines(table: Table): string[] {
  const rows = [table.columns.map((column) => column.label), ...table.rows].map((row) =>
    table.columns.map((_, index) => cutLine(plainLine(row[index] ?? ""), CELL_MAX)),
  );
  const widths = table.columns.map((_, index) =>
    Math.max(1, ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  const [heading = [], ...body] = rows;
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 1, table.columns[index]?.align ?? "left"))
      .join(GAP)
      .trimEnd();
  return [line(heading), widths.map((width) => "-".repeat(width)).join(GAP), ...body.map(line)];
}

/** How many more rows there are than are shown, in words; undefined when all are. */
export function omittedLine(omitted: number): string | undefined {
  if (omitted === 0) return undefined;
  return `and ${omitted} more ${omitted === 1 ? "row" : "rows"}`;
}

function pad(cell: string, width: number, align: "left" | "right"): string {
  const space = " ".repeat(width - displayWidth(cell));
  return align === "right" ? space + cell : cell + space;
}

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns of a terminal: ideographs and pictures take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}
