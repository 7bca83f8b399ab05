import { parse } from "csv-parse/sync";
import { didYouMean } from "./near.ts";
import type { ListedPerson, Listing } from "./people-listing.ts";
import { ListedRow } from "./people-schema.ts";

export interface RowProblem {
  /** Of the file, from 1. */
  readonly line: number;
  readonly message: string;
}

export interface ReadPeople {
  readonly listing: Listing;
  /** Rows that were passed over; the others stand. */
  readonly problems: readonly RowProblem[];
}

const COLUMNS = ["email", "name", "github", "left_on"] as const;

interface Parsed {
  readonly record: Record<string, string>;
  readonly info: { readonly lines: number };
}

/** Reads people from CSV with a header: email, and as wanted name, github, left_on (YYYY-MM-DD). */
export function readPeopleCsv(text: string, complete: boolean): ReadPeople {
  const problems: RowProblem[] = [];
  const people: ListedPerson[] = [];
  const seen = new Set<string>();
  const header = firstLine(text);
  for (const name of header) {
    if (COLUMNS.some((column) => column === name)) continue;
    const near = didYouMean(name, COLUMNS);
    problems.push({ line: 1, message: `column '${name}' is not read.${near ? ` ${near}` : ""}` });
  }
  if (!header.includes("email")) {
    problems.push({ line: 1, message: "there is no column email" });
    return { listing: { people: [], complete: false }, problems };
  }
  for (const { record, info } of rowsOf(text)) {
    const row = ListedRow.safeParse(record);
    if (!row.success) {
      const [issue] = row.error.issues;
      const field = String(issue?.path[0] ?? "");
      const message = `${field} '${record[field] ?? ""}' ${issue?.message ?? "is not right"}`;
      problems.push({ line: info.lines, message });
      continue;
    }
    const { email, name, github, left_on: leftOn } = row.data;
    if (seen.has(email)) {
      problems.push({ line: info.lines, message: `email '${email}' is there twice` });
      continue;
    }
    seen.add(email);
    people.push({ email, name, github, leftOn, active: leftOn === undefined, kind: "member" });
  }
  // With a row that could not be read, who is missing cannot be told.
  return { listing: { people, complete: complete && problems.length === 0 }, problems };
}

function firstLine(text: string): string[] {
  const [header = []] = parse(text, { bom: true, to: 1, trim: true, relax_quotes: true });
  return header.map((name) => name.toLowerCase());
}

function rowsOf(text: string): Parsed[] {
  return parse(text, {
    bom: true,
    trim: true,
    columns: (names: string[]) => names.map((name) => name.toLowerCase()),
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
}
