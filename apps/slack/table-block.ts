import { cutLine, plainLine } from "#core/answers/plain-line.ts";
import { tableLines } from "#core/answers/plain-table.ts";
import type { Table } from "#core/answers/schema.ts";
import type { RichTextBlock, TableBlock } from "./block.ts";

const ROWS_MAX = 100;
const COLUMNS_MAX = 20;
/** Over all cells of a message; Slack's reference lacks it, its refusals do not. */
const CHARACTERS_MAX = 10_000;
const CELL_MAX = 200;
const PREFORMATTED_MAX = 3000;

export interface FittedTable<B> {
  block: B;
  /** Rows that are neither in the answer's own table nor in this block. */
  omitted: number;
}

/** The table as Slack's own block, its first rows where not all fit. */
export function nativeTable(table: Table): FittedTable<TableBlock> {
  const columns = table.columns.slice(0, COLUMNS_MAX);
  // A cell without characters is refused with the whole message.
  const cells = (row: readonly string[]) =>
    columns.map((_, index) => cutLine(plainLine(row[index] ?? ""), CELL_MAX) || "-");
  const rows = [cells(columns.map((column) => column.label))];
  let characters = length(rows[0]);
  for (const row of table.rows.slice(0, ROWS_MAX - 1)) {
    const written = cells(row);
    characters += length(written);
    if (characters > CHARACTERS_MAX) break;
    rows.push(written);
  }
  return {
    block: {
      type: "table",
      rows: rows.map((row) => row.map((text) => ({ type: "raw_text", text }))),
      column_settings: columns.map((column) => ({ align: column.align })),
    },
    omitted: table.omitted + table.rows.length - (rows.length - 1),
  };
}

/** The same in a fixed-width font, for modals, the Home tab and clients that refuse the block. */
export function preformattedTable(table: Table): FittedTable<RichTextBlock> {
  const lines = tableLines({
    ...table,
    columns: table.columns.slice(0, COLUMNS_MAX),
    rows: table.rows.slice(0, ROWS_MAX),
  });
  const kept: string[] = [];
  let characters = 0;
  for (const line of lines) {
    characters += line.length + 1;
    if (characters > PREFORMATTED_MAX) break;
    kept.push(line);
  }
  const text = kept.join("\n") || "-";
  return {
    block: {
      type: "rich_text",
      elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text }] }],
    },
    // The heading and its rule are two lines.
    omitted: table.omitted + table.rows.length - Math.max(0, kept.length - 2),
  };
}

function length(cells: readonly string[] | undefined): number {
  return (cells ?? []).reduce((sum, cell) => sum + cell.length, 0);
}
