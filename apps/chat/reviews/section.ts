import type { Answer, Fact, Table } from "#core/answers/schema.ts";

/** One part of a review or a board page: what chat says in a line and a page shows whole. */
export interface Section {
  readonly title: string;
  /** Stands alone. */
  readonly lead: string;
  readonly facts?: readonly Fact[];
  readonly table?: Table;
  readonly chart?: NonNullable<Answer["chart"]>;
  readonly lines?: readonly string[];
}

/** A table without the defaults that its schema fills in. */
export function tableOf(
  caption: string,
  columns: readonly (string | readonly [label: string, align: "right"])[],
  rows: readonly (readonly string[])[],
  omitted = 0,
): Table {
  return {
    caption,
    columns: columns.map((column) =>
      typeof column === "string"
        ? { label: column, align: "left" as const }
        : { label: column[0], align: column[1] },
    ),
    rows: rows.map((row) => [...row]),
    omitted,
  };
}

/** A row as a line: its cells, a figure with its column's name, "payments, actual $2,130". */
export function saidCells({ columns }: Table, row: readonly string[]): string[] {
  return row.flatMap((cell, at) => {
    const column = columns[at];
    if (cell === "") return [];
    const isFigure = at > 0 && column?.align === "right";
    return [isFigure ? `${inLine(column.label)} ${cell}` : cell];
  });
}

/** A heading within a line: "Margin %" begins small, "AI cost" does not. */
function inLine(label: string): string {
  return label.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}
