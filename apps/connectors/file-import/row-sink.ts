/** What a reader of rows gives to: the columns once, then each row in the order of the file. */
export interface RowSink {
  columns(names: readonly string[]): void;
  /** Cells in the order of the columns; `line` is where the row starts. */
  row(cells: readonly string[], line: number): void;
  bad(line: number, reason: string): void;
}

export interface RowSource {
  push(chunk: string): void;
  end(): void;
}
