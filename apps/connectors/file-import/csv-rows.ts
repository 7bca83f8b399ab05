import { parse } from "csv-parse/sync";
import { createLines } from "./lines.ts";
import type { RowSink, RowSource } from "./row-sink.ts";

const DELIMITERS = [",", ";", "\t", "|"];

/** A quoted cell may hold line ends; past these bounds its quote was never meant to be one. */
const MAX_RECORD_LINES = 10_000;
const MAX_RECORD_CHARACTERS = 1024 * 1024;

interface Line {
  readonly text: string;
  readonly number: number;
}

/**
 * Rows of a CSV file. Records are found here and csv-parse reads those with quotes: its own stream
 * takes ten times as long for rows without, and after a record with a broken quote it goes on
 * looking for the end of the quote, so that one bad row takes good ones with it. Here a broken
 * record costs its first line, and reading goes on with the next.
 */
export function createCsvRows(sink: RowSink): RowSource {
  let columns: readonly string[] | undefined;
  let delimiter = ",";
  let open: Line[] = [];
  let openCharacters = 0;

  const emit = (cells: readonly string[], line: number): void => {
    if (columns === undefined) {
      columns = cells.map((cell) => cell.trim());
      sink.columns(columns);
    } else if (cells.length === columns.length) sink.row(cells, line);
    else sink.bad(line, `it has ${cells.length} cells, the header has ${columns.length}`);
  };

  /** An odd number of quotes opens a cell that goes on, or closes the one that was open. */
  const closes = (text: string): boolean => open.length > 0 === hasOddQuotes(text);

  const take = (line: Line): void => {
    const { text, number } = line;
    if (columns === undefined && open.length === 0) {
      if (text.trim() === "") return;
      delimiter = likelyDelimiter(text);
    }
    if (open.length === 0 && !text.includes('"')) {
      if (text !== "") emit(text.split(delimiter), number);
      return;
    }
    const complete = closes(text);
    open.push(line);
    openCharacters += text.length;
    if (complete) finish();
    else if (open.length > MAX_RECORD_LINES || openCharacters > MAX_RECORD_CHARACTERS) giveUp();
  };

  /** The lines that are open make a record, or else their first is bad and the others are lines. */
  const finish = (): void => {
    const cells = readRecord(open.map((line) => line.text).join("\n"), delimiter);
    const [first] = open;
    const fits = cells !== undefined && (columns === undefined || cells.length === columns.length);
    if (first === undefined) return;
    if (cells !== undefined && (fits || open.length === 1)) {
      reset();
      emit(cells, first.number);
    } else giveUp();
  };

  const reset = (): Line[] => {
    const lines = open;
    open = [];
    openCharacters = 0;
    return lines;
  };

  const giveUp = (): void => {
    const [first, ...others] = reset();
    if (first === undefined) return;
    sink.bad(first.number, "its quotes do not match");
    for (const line of others) take(line);
  };

  const lines = createLines({
    line: (text, number) => take({ text, number }),
    tooLong: (number) => sink.bad(number, "it is longer than 16 MiB"),
  });
  return {
    push: (chunk) => lines.push(chunk),
    end() {
      lines.end();
      // Each round settles at least the first of the open lines.
      while (open.length > 0) giveUp();
    },
  };
}

function hasOddQuotes(text: string): boolean {
  let odd = false;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd;
  return odd;
}

function likelyDelimiter(header: string): string {
  const counts = DELIMITERS.map((delimiter) => header.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** Undefined when it is not one record. */
function readRecord(text: string, delimiter: string): string[] | undefined {
  const options = { delimiter, relax_column_count: true, record_delimiter: "\n" };
  try {
    const records: string[][] = parse(text, options);
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    // Its message quotes the row, which may hold a prompt: it goes no further.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
