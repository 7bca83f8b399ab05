import type { OutcomeResult } from "#core/outcomes/schema.ts";
import type { Outcomes } from "#core/outcomes/service.ts";
import { createCsvRows } from "./file-import/csv-rows.ts";
import { createJsonRows } from "./file-import/jsonl-rows.ts";
import { type FileFormat, formatOf, openFile, readPieces } from "./file-import/open-file.ts";
import { createOrdinals } from "./file-import/ordinals.ts";
import { rowIdentity } from "./file-import/row-identity.ts";
import { timeReader } from "./file-import/timestamp.ts";
import { type ImportProblem, sourceOfFile } from "./file-import.ts";
import { type ParsedOutcome, parseOutcome, refusedOutcome } from "./outcome-api.ts";

export interface OutcomeImportRequest {
  readonly orgId: number;
  readonly file: string;
  readonly format?: FileFormat;
  /** Part of each outcome's identity; `import:` and the file's name when absent. */
  readonly source?: string;
  /** Of times without an offset. */
  readonly timeZone: string;
}

export interface OutcomeImportSummary {
  readonly source: string;
  readonly rows: number;
  readonly appended: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly refused: number;
  readonly ignoredColumns: readonly string[];
  /** The first 20, in the order of the file. */
  readonly problems: readonly ImportProblem[];
}

/** By the column's name without its separators. */
const COLUMNS: ReadonlyMap<string, string> = new Map([
  ...["externalid", "id", "eventid", "outcomeid"].map((name) => [name, "externalId"] as const),
  ...["occurredat", "time", "timestamp", "ts", "date"].map((name) => [name, "occurredAt"] as const),
  ["workflow", "workflow"],
  ...["success", "successful", "succeeded", "ok"].map((name) => [name, "success"] as const),
  ["outcome", "outcome"],
  ["customer", "customer"],
  ["product", "product"],
  ["value", "value"],
  ["revenue", "revenue"],
  ...["evalscore", "score"].map((name) => [name, "evalScore"] as const),
]);
const YES = new Set(["true", "1", "yes", "y", "ok", "success", "successful"]);
const NO = new Set(["false", "0", "no", "n", "failed", "failure", "error"]);
const BATCH_ROWS = 5_000;
const SHOWN_PROBLEMS = 20;

function fieldOf(column: string): string | undefined {
  return COLUMNS.get(column.toLowerCase().replace(/[^a-z]/g, ""));
}

/** A cell as the field has it; undefined where it is empty. Wrong ones are told by the schema. */
function readCell(
  field: string,
  text: string,
  time: (text: string) => string | undefined,
): unknown {
  const cell = text.trim();
  if (cell === "") return undefined;
  if (field === "occurredAt") return time(cell) ?? cell;
  if (field === "evalScore") return Number.isFinite(Number(cell)) ? Number(cell) : cell;
  if (field !== "success") return cell;
  const lower = cell.toLowerCase();
  return YES.has(lower) ? true : NO.has(lower) ? false : cell;
}

interface Pending {
  readonly line: number;
  readonly parsed: ParsedOutcome;
}

/**
 * Imports outcomes from a CSV or JSONL file: good rows are stored, bad ones returned with their line. A
 * rerun adds nothing twice, also of rows without an id, which are known again by their content.
 */
export async function importOutcomes(
  outcomes: Pick<Outcomes, "record">,
  request: OutcomeImportRequest,
): Promise<OutcomeImportSummary> {
  const file = await openFile(request.file);
  const format = request.format ?? formatOf(request.file);
  const source = (request.source ?? sourceOfFile(request.file)).toLowerCase().slice(0, 64);
  const counts = { rows: 0, appended: 0, duplicates: 0, conflicts: 0, refused: 0 };
  const problems: ImportProblem[] = [];
  const ordinals = createOrdinals();
  const time = timeReader({ kind: "iso", zone: request.timeZone });
  let columns: readonly (string | undefined)[] = [];
  let ignoredColumns: readonly string[] = [];
  let idOf = (_cells: readonly string[]): string => "";
  let pending: Pending[] = [];

  const settle = (line: number, result: ParsedOutcome | OutcomeResult): void => {
    if (result.state === "appended") counts.appended += 1;
    else if (result.state === "duplicate") counts.duplicates += 1;
    else if (result.state === "conflict" || result.state === "refused") {
      const { state, reason } = result;
      counts[state === "conflict" ? "conflicts" : "refused"] += 1;
      if (problems.length < SHOWN_PROBLEMS) problems.push({ line, state, reason });
    }
  };
  const flush = async (): Promise<void> => {
    const rows = pending;
    pending = [];
    const events = rows.flatMap(({ parsed }) => (parsed.state === "event" ? [parsed.event] : []));
    const results = events.length === 0 ? [] : await outcomes.record(request.orgId, events);
    let next = 0;
    for (const { line, parsed } of rows) {
      const result = parsed.state === "event" ? results[next++] : parsed;
      if (result !== undefined) settle(line, result);
    }
  };
  const sink = {
    columns(names: readonly string[]) {
      columns = names.map(fieldOf);
      ignoredColumns = names.filter((name) => fieldOf(name) === undefined);
      idOf = rowIdentity(names, ordinals);
    },
    row(cells: readonly string[], line: number) {
      counts.rows += 1;
      const item: Record<string, unknown> = { source };
      for (const [index, field] of columns.entries()) {
        if (field === undefined) continue;
        const value = readCell(field, cells[index] ?? "", time);
        if (value !== undefined) item[field] = value;
      }
      pending.push({ line, parsed: parseOutcome({ externalId: idOf(cells), ...item }) });
    },
    bad(line: number, reason: string) {
      counts.rows += 1;
      pending.push({ line, parsed: refusedOutcome("", reason) });
    },
  };
  const rows = format === "csv" ? createCsvRows(sink) : createJsonRows(sink, [...COLUMNS.values()]);
  try {
    await readPieces(file, undefined, async (piece) => {
      rows.push(piece);
      if (pending.length >= BATCH_ROWS) await flush();
    });
    rows.end();
    await flush();
  } finally {
    ordinals.close();
  }
  return { source, ...counts, ignoredColumns, problems };
}
