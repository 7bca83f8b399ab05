import { AispendError } from "#core/errors.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { readRecords } from "../bill-files/records.ts";
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

/** Imports an export of calls; the ids are the tool's own, so that a rerun adds nothing. */
export async function importLog(
  deps: { ledger: Pick<Ledger, "append" | "preview">; endUserId: (text: string) => string },
  request: LogImport,
): Promise<LogSummary> {
  const { orgId, file, format, cost, dryRun } = request;
  const problems: { line: number; reason: string }[] = [];
  const sums = {
    rows: 0,
    ignored: 0,
    appended: 0,
    unpriced: 0,
    duplicates: 0,
    traced: 0,
    conflicts: 0,
    refused: 0,
  };
  const tracedBecause = new Set<string>();
  const refuse = (line: number, reason: string) => {
    if (problems.length < KEPT_PROBLEMS) problems.push({ line, reason });
  };
  let waiting: { line: number; fields: Readonly<Record<string, unknown>> }[] = [];
  const send = async () => {
    const parsed = format.parse(
      waiting.map(({ fields }) => fields),
      deps.endUserId,
    );
    const events: UsageEvent[] = [];
    const lines: number[] = [];
    for (const [index, one] of parsed.entries()) {
      const line = waiting[index]?.line ?? 0;
      if (one.state === "ignored") sums.ignored += 1;
      else if (one.state === "refused") {
        sums.refused += 1;
        refuse(line, one.reason);
      } else {
        events.push(one.event);
        lines.push(line);
      }
    }
    waiting = [];
    const write = dryRun === true ? deps.ledger.preview : deps.ledger.append;
    for (const [index, outcome] of (await write(orgId, events, { costFrom: cost })).entries()) {
      if (outcome.state === "appended") {
        sums.appended += 1;
        if (outcome.unpriced) sums.unpriced += 1;
      } else if (outcome.state === "duplicate") sums.duplicates += 1;
      else if (outcome.state === "traced") {
        sums.traced += 1;
        if (tracedBecause.size < KEPT_REASONS) tracedBecause.add(outcome.reason);
      } else {
        sums[outcome.state === "conflict" ? "conflicts" : "refused"] += 1;
        refuse(lines[index] ?? 0, outcome.reason);
      }
    }
  };
  for await (const record of readRecords(file)) {
    if (sums.rows === 0 && !format.columns.some((column) => column in record.fields)) {
      throw new AispendError("format_mismatch", `'${file}' is no ${format.name} export`, {
        help: `Its first row has no ${format.columns.join(" or ")}.`,
      });
    }
    sums.rows += 1;
    waiting.push(record);
    if (waiting.length >= BATCH) await send();
  }
  if (sums.rows === 0) throw new AispendError("file_empty", `'${file}' has no rows`);
  if (waiting.length > 0) await send();
  const traces = { tracedBecause: [...tracedBecause] };
  return { format: format.name, ...sums, ...traces, problems, dryRun: dryRun === true };
}
