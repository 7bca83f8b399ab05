import { AispendError } from "#core/errors.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { AppendOutcome, UsageEvent } from "#core/ledger/schema.ts";
import { type FileRecord, readRecords } from "../bill-files/records.ts";
import type { LogFormat } from "./log-format.ts";

export interface LogImport {
  readonly orgId: number;
  readonly file: string;
  readonly format: LogFormat;
  readonly cost: "price" | "reported";
  readonly dryRun?: boolean;
}

export interface LogSummary {
  readonly format: string;
  readonly rows: number;
  readonly ignored: number;
  readonly appended: number;
  readonly unpriced: number;
  readonly duplicates: number;
  readonly traced: number;
  /** Why they enter no total: each reason once. */
  readonly tracedBecause: readonly string[];
  readonly conflicts: number;
  readonly refused: number;
  readonly problems: readonly { line: number; reason: string }[];
  readonly dryRun: boolean;
}

const BATCH = 5_000;
const KEPT_PROBLEMS = 20;
const KEPT_REASONS = 5;

interface Sums extends Omit<LogSummary, "format" | "dryRun" | "tracedBecause" | "problems"> {}
type Tally = ReturnType<typeof newTally>;

function newTally() {
  const sums: { -readonly [Key in keyof Sums]: Sums[Key] } = {
    rows: 0,
    ignored: 0,
    appended: 0,
    unpriced: 0,
    duplicates: 0,
    traced: 0,
    conflicts: 0,
    refused: 0,
  };
  const problems: { line: number; reason: string }[] = [];
  const tracedBecause = new Set<string>();
  const refuse = (line: number, reason: string, as: "refused" | "conflicts" = "refused") => {
    sums[as] += 1;
    if (problems.length < KEPT_PROBLEMS) problems.push({ line, reason });
  };
  return { sums, problems, tracedBecause, refuse };
}

function count({ sums, tracedBecause, refuse }: Tally, line: number, outcome: AppendOutcome): void {
  if (outcome.state === "appended") {
    sums.appended += 1;
    if (outcome.unpriced) sums.unpriced += 1;
  } else if (outcome.state === "duplicate") sums.duplicates += 1;
  else if (outcome.state === "traced") {
    sums.traced += 1;
    if (tracedBecause.size < KEPT_REASONS) tracedBecause.add(outcome.reason);
  } else refuse(line, outcome.reason, outcome.state === "conflict" ? "conflicts" : "refused");
}

interface Deps {
  readonly ledger: Pick<Ledger, "append" | "preview">;
  readonly endUserId: (text: string) => string;
}

async function sendBatch(
  { endUserId, ledger }: Deps,
  { cost, dryRun, format, orgId }: LogImport,
  batch: readonly FileRecord[],
  tally: Tally,
): Promise<void> {
  const parsed = format.parse(
    batch.map(({ fields }) => fields),
    endUserId,
  );
  const events: UsageEvent[] = [];
  const lines: number[] = [];
  for (const [index, one] of parsed.entries()) {
    const line = batch[index]?.line ?? 0;
    if (one.state === "ignored") tally.sums.ignored += 1;
    else if (one.state === "refused") tally.refuse(line, one.reason);
    else {
      events.push(one.event);
      lines.push(line);
    }
  }
  const write = dryRun === true ? ledger.preview : ledger.append;
  const outcomes = await write(orgId, events, { costFrom: cost });
  for (const [index, outcome] of outcomes.entries()) count(tally, lines[index] ?? 0, outcome);
}

/**
 * Imports an export of calls; the ids are the tool's own, so that a rerun adds nothing. A damaged line,
 * such as the last one of a log that was cut, is refused alone. Throws `format_mismatch`, `file_empty`.
 */
export async function importLog(deps: Deps, request: LogImport): Promise<LogSummary> {
  const { file, format, dryRun } = request;
  const tally = newTally();
  const { problems, refuse, sums, tracedBecause } = tally;
  let waiting: FileRecord[] = [];
  const damaged = (line: number, reason: string) => {
    sums.rows += 1;
    refuse(line, reason);
  };
  for await (const record of readRecords(file, damaged)) {
    if (sums.rows === sums.refused && !format.columns.some((one) => one in record.fields)) {
      throw new AispendError("format_mismatch", `'${file}' is no ${format.name} export`, {
        help: `Its first row has no ${format.columns.join(" or ")}.`,
      });
    }
    sums.rows += 1;
    waiting.push(record);
    if (waiting.length < BATCH) continue;
    await sendBatch(deps, request, waiting, tally);
    waiting = [];
  }
  if (sums.rows === 0) throw new AispendError("file_empty", `'${file}' has no rows`);
  if (waiting.length > 0) await sendBatch(deps, request, waiting, tally);
  return {
    format: format.name,
    ...sums,
    tracedBecause: [...tracedBecause],
    problems: problems.sort((a, b) => a.line - b.line),
    dryRun: dryRun === true,
  };
}
