import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { z } from "zod";
import { addDays, type Period, parseDay } from "#core/time.ts";
import { sumOf, type Totals } from "./truth.ts";

/** What an organisation needs to hold the rows of a file. */
export interface Survey {
  /** Scope paths: "payments/checkout/agent-1". */
  readonly paths: readonly string[];
  readonly models: readonly string[];
  /** The days of the rows, half-open. */
  readonly period: Period;
}

type Row = Readonly<Record<string, string>>;

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file).pipe(createGunzip());
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== "") yield line;
  }
}

/** The rows of a CSV file whose cells are plain: read without the product's own reader. */
async function* csvRows(file: string): AsyncGenerator<Row> {
  let columns: readonly string[] | undefined;
  for await (const line of linesOf(file)) {
    const cells = line.split(",");
    if (columns === undefined) columns = cells;
    else yield Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ""]));
  }
}

const JsonRow = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));

async function* jsonRows(file: string): AsyncGenerator<Row> {
  for await (const line of linesOf(file)) yield JsonRow.parse(JSON.parse(line));
}

async function surveyRows(file: string, rows: AsyncIterable<Row>): Promise<Survey> {
  const paths = new Set<string>();
  const models = new Set<string>();
  let first: string | undefined;
  let last = "";
  for await (const { ts = "", model = "", team = "", project = "", agent = "" } of rows) {
    const path = [team, project, agent].filter((name) => name !== "");
    if (path.length > 0) paths.add(path.join("/"));
    models.add(model);
    const day = ts.slice(0, 10);
    if (first === undefined || day < first) first = day;
    if (day > last) last = day;
  }
  if (first === undefined) throw new Error(`${file} has no rows`);
  const period = { start: parseDay(first), end: addDays(parseDay(last), 1) };
  return { paths: [...paths], models: [...models], period };
}

export function survey(file: string): Promise<Survey> {
  return surveyRows(file, csvRows(file));
}

/** The values of a row by name; "6.5e-05" and 0.000065 are the same figure. */
function keyOf(row: Row): string {
  const values = Object.keys(row).sort();
  return JSON.stringify(
    values.map((name) => {
      const text = row[name] ?? "";
      return [name, /^[\d.]+(?:e-?\d+)?$/.test(text) ? Number(text) : text];
    }),
  );
}

/** The same of a JSONL file, with the keys of its rows and how often each is there. */
export async function surveyJsonLines(
  file: string,
): Promise<Survey & { lines: ReadonlyMap<string, number> }> {
  const lines = new Map<string, number>();
  for await (const row of jsonRows(file)) {
    const key = keyOf(row);
    lines.set(key, (lines.get(key) ?? 0) + 1);
  }
  return { ...(await surveyRows(file, jsonRows(file))), lines };
}

/** Looks the rows up in the CSV files; `totals` adds up what the CSV files say of them. */
export async function findInCsv(
  lines: ReadonlyMap<string, number>,
  csvFiles: readonly string[],
): Promise<{ missing: string | undefined; totals: Totals }> {
  const left = new Map(lines);
  let totals: Totals | undefined;
  for (const file of csvFiles) {
    for await (const row of csvRows(file)) {
      const key = keyOf(row);
      const count = left.get(key);
      if (count === undefined) continue;
      if (count === 1) left.delete(key);
      else left.set(key, count - 1);
      totals = sumOf(totals, {
        requests: 1,
        input_tokens: Number(row.input_tokens),
        cached_input_tokens: Number(row.cached_input_tokens),
        output_tokens: Number(row.output_tokens),
        cost_usd: row.cost_usd ?? "",
      });
    }
  }
  const [missing] = left.keys();
  if (totals === undefined) throw new Error("the CSV files have none of the rows");
  return { missing, totals };
}
