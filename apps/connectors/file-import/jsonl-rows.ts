import { createLines } from "./lines.ts";
import type { RowSink, RowSource } from "./row-sink.ts";

/**
 * Rows of a file with one JSON object a line. The columns are the names in the first object, nested
 * ones joined by a point ("usage.input_tokens"); a name that only later objects have is no column,
 * so that a mapping that needs it names it.
 */
export function createJsonRows(sink: RowSink, wanted: readonly string[]): RowSource {
  let columns: readonly string[] | undefined;
  const lines = createLines({
    line(text, number) {
      if (text.trim() === "") return;
      const row = parseObject(text);
      if (row === undefined) {
        sink.bad(number, "it is not a JSON object");
        return;
      }
      if (columns === undefined) {
        columns = [...new Set([...names(row, ""), ...wanted])];
        sink.columns(columns);
      }
      sink.row(
        columns.map((column) => textOf(cellOf(row, column))),
        number,
      );
    },
    tooLong: (number) => sink.bad(number, "it is longer than 16 MiB"),
  });
  return { push: (chunk) => lines.push(chunk), end: () => lines.end() };
}

type Row = Readonly<Record<string, unknown>>;

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRow(value) ? value : undefined;
  } catch (error) {
    // Its message quotes the row, which may hold a prompt: it goes no further.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function names(row: Row, prefix: string): string[] {
  return Object.entries(row).flatMap(([name, value]) =>
    isRow(value) && prefix.split(".").length < 4
      ? names(value, `${prefix}${name}.`)
      : [`${prefix}${name}`],
  );
}

function cellOf(row: Row, column: string): unknown {
  if (Object.hasOwn(row, column)) return row[column];
  let value: unknown = row;
  for (const name of column.split(".")) {
    if (!isRow(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
