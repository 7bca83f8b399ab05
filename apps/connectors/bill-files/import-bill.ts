import { AispendError } from "#core/errors.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { type SettleDeps, settleDay } from "#core/ledger/settle.ts";
import { usdDecimal } from "#core/money.ts";
import { addDays, addMonths, type Day, eachDay, startOfMonth, utcDay } from "#core/time.ts";
import { prefixOf } from "../sources/buckets.ts";
import { addLine, type BillFormat, type BillLine, eventOf, groupOf } from "./bill-line.ts";
import { readRecords } from "./records.ts";

export interface BillImport {
  readonly orgId: number;
  readonly file: string;
  readonly format: BillFormat;
  readonly dryRun?: boolean;
}

export interface BillSummary {
  readonly format: string;
  readonly rows: number;
  /** Rows that are for no AI. */
  readonly ignored: number;
  readonly refused: number;
  readonly problems: readonly { line: number; reason: string }[];
  readonly accounts: readonly string[];
  /** Of the charges: usage whose cost the file does not say; it counts at our own price. */
  readonly unbilled?: number;
  readonly days: number;
  /** Charges after rows that differ in their amounts alone were added up. */
  readonly charges: number;
  readonly appended: number;
  readonly unchanged: number;
  readonly withdrawn: number;
  /** Days that wait to be reconciled, as something meters the account. */
  readonly bucketed: number;
  /** What the rows add up to, exact dollars. */
  readonly total: string;
  readonly dryRun: boolean;
}

const KEPT_PROBLEMS = 20;
/** Groups of one file: far above a bill's SKUs by days, and far below what memory holds. */
const MOST_GROUPS = 2_000_000;

/**
 * Imports a bill: what it says of a day replaces what it said before, and a format that rewrites its
 * months takes back what is no longer in them. Running it again changes nothing. Throws
 * `format_mismatch`, `file_broken`.
 */
export async function importBill(deps: SettleDeps, request: BillImport): Promise<BillSummary> {
  const { format, file } = request;
  const groups = new Map<string, BillLine>();
  const problems: { line: number; reason: string }[] = [];
  const counts = { rows: 0, ignored: 0, refused: 0 };
  for await (const { line, fields } of readRecords(file)) {
    if (counts.rows === 0 && !format.columns.some((column) => column in fields)) {
      throw mismatch(file, format);
    }
    counts.rows += 1;
    const read = format.read(fields);
    if (read.state === "ignored") counts.ignored += 1;
    else if (read.state === "refused") {
      counts.refused += 1;
      if (problems.length < KEPT_PROBLEMS) problems.push({ line, reason: read.reason });
    } else add(groups, read.line);
  }
  if (counts.rows === 0) throw new AispendError("file_empty", `'${file}' has no rows`);
  const lines = [...groups.values()];
  const total = lines.reduce((sum, { cost }) => sum + cost, 0n);
  const stored = await settleAll(deps, request, lines);
  return {
    format: format.name,
    ...counts,
    problems,
    ...stored,
    charges: lines.length,
    total: usdDecimal(total),
    dryRun: request.dryRun === true,
  };
}

function mismatch(file: string, format: BillFormat): AispendError {
  return new AispendError("format_mismatch", `'${file}' is no ${format.name} file`, {
    help: `Its first row has no column ${format.columns.join(" or ")}.`,
  });
}

function add(groups: Map<string, BillLine>, line: BillLine): void {
  const group = groupOf(line);
  const before = groups.get(group);
  if (before === undefined && groups.size >= MOST_GROUPS) {
    throw new AispendError(
      "file_too_detailed",
      `the file has more than ${MOST_GROUPS} kinds of charge`,
      {
        help: "Import it month by month.",
      },
    );
  }
  groups.set(group, before === undefined ? line : addLine(before, line));
}

async function settleAll(deps: SettleDeps, request: BillImport, lines: readonly BillLine[]) {
  const { orgId, format, dryRun } = request;
  const byAccount = new Map<string, Map<Day, UsageEvent[]>>();
  for (const line of lines) {
    const days = byAccount.get(line.account) ?? new Map<Day, UsageEvent[]>();
    byAccount.set(line.account, days);
    const events = days.get(line.day) ?? [];
    days.set(line.day, events);
    events.push(eventOf(format.name, line));
  }
  const stored = { days: 0, appended: 0, unchanged: 0, withdrawn: 0, bucketed: 0 };
  const today = utcDay(deps.clock());
  for (const [account, days] of byAccount) {
    const wanted =
      format.replaces === "month" ? wholeMonths([...days.keys()], today) : [...days.keys()].sort();
    stored.days += days.size;
    if (dryRun === true) continue;
    for (const day of wanted) {
      const settled = await settleDay(deps, {
        orgId,
        source: `file:${format.name}`,
        account,
        prefix: prefixOf(account, "bill"),
        day,
        events: days.get(day) ?? [],
      });
      stored.appended += settled.appended;
      stored.unchanged += settled.unchanged;
      stored.withdrawn += settled.withdrawn;
      if (settled.into === "bucket") stored.bucketed += 1;
    }
  }
  return { ...stored, accounts: [...byAccount.keys()].sort() };
}

/** Every day of the months, up to today: what a rewritten month no longer holds is taken back. */
function wholeMonths(days: readonly Day[], today: Day): Day[] {
  const months = [...new Set(days.map(startOfMonth))].sort();
  return months.flatMap((start) => {
    const limit = addMonths(start, 1);
    const end = limit > today ? addDays(today, 1) : limit;
    return end > start ? eachDay({ start, end }) : [];
  });
}
