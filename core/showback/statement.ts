import { csvLine } from "../csv.ts";
import type { Db } from "../db/db.ts";
import { AispendError } from "../errors.ts";
import { FOCUS_COLUMNS, focusRow } from "../ledger/focus.ts";
import { type NanoUsd, nanoUsd, usdDecimal } from "../money.ts";
import { type Period, startOfMonth } from "../time.ts";
import { listStatementLines, type StatementLine } from "./statement-store.ts";

export type StatementFormat = "csv" | "focus";

export interface Statement {
  readonly lines: readonly StatementLine[];
  readonly total: NanoUsd;
}

/** What has no cost centre stands in every statement that names none, never nowhere. */
export const NO_COST_CENTRE = "none";

/**
 * What a period is stated to cost, of one cost centre or of all; `none` is what has none. Exact: all
 * cost centres together are the total of the period. Throws `cost_centre_unknown`.
 */
export async function findStatement(
  db: Db,
  orgId: number,
  period: Period,
  costCentre: string | undefined,
): Promise<Statement> {
  const all = await listStatementLines(db, orgId, period);
  const lines =
    costCentre === undefined
      ? all
      : all.filter((line) => (line.costCentre ?? NO_COST_CENTRE) === costCentre);
  if (costCentre !== undefined && lines.length === 0) {
    const known = [...new Set(all.map((line) => line.costCentre ?? NO_COST_CENTRE))];
    throw new AispendError(
      "cost_centre_unknown",
      `nothing is booked to cost centre ${costCentre}`,
      {
        kind: "not_found",
        help:
          known.length === 0
            ? "Nothing was spent in that month."
            : `In that month there are: ${known.join(", ")}.`,
      },
    );
  }
  return { lines, total: nanoUsd(lines.reduce((sum, { cost }) => sum + cost, 0n)) };
}

const COLUMNS = [
  "month",
  "cost_centre",
  "team",
  "project",
  "account",
  "provider",
  "model",
  "kind",
  "basis",
  "mode",
  "calls",
  "unpriced_calls",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "list_cost",
  "cost",
  "currency",
] as const;

function plainRow(line: StatementLine, period: Period): string {
  return csvLine([
    period.start.slice(0, 7),
    line.costCentre ?? NO_COST_CENTRE,
    line.team ?? "unattributed",
    line.project,
    line.account,
    line.provider,
    line.model,
    line.kind,
    line.basis,
    line.mode,
    line.requests.toString(),
    line.unpricedRequests.toString(),
    line.inputTokens.toString(),
    line.cacheReadTokens.toString(),
    line.cacheWriteTokens.toString(),
    line.outputTokens.toString(),
    usdDecimal(line.listCost),
    usdDecimal(line.cost),
    "USD",
  ]);
}

interface Issuer {
  readonly key: string;
  readonly name: string;
}

/** FOCUS 1.2: one row for a month of a scope with a model; columns that do not apply stay empty. */
function focusLine(line: StatementLine, period: Period, organization: Issuer): string {
  const { kind, basis, provider, model, account, costCentre, requests, cost, listCost } = line;
  const scope = line.project ?? line.team;
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = line;
  const row = focusRow({
    ...{ kind, basis, provider, model, account, organization, scope, costCentre },
    ...{ inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, requests, cost, listCost },
    billingMonth: startOfMonth(period.start),
    period: { start: `${period.start}T00:00:00Z`, end: `${period.end}T00:00:00Z` },
    // A line adds up what was charged and what corrects it.
    correctsInvoice: false,
    description: `${model ?? kind} for ${scope ?? "unattributed"}`,
    tags: { ...named("team", line.team), ...named("project", line.project) },
    source: null,
    externalId: null,
    price: null,
    unpriced: line.unpricedRequests > 0n,
  });
  return csvLine(row);
}

function named(name: string, value: string | null): Record<string, string> {
  return value === null ? {} : { [name]: value };
}

/** The statement as text, its header first; decimals exact. */
export function statementText(
  statement: Statement,
  of: { period: Period; format: StatementFormat; issuer: Issuer },
): string {
  const { format, period, issuer } = of;
  const rows = statement.lines.map((line) =>
    format === "csv" ? plainRow(line, period) : focusLine(line, period, issuer),
  );
  const header = format === "csv" ? csvLine([...COLUMNS]) : csvLine([...FOCUS_COLUMNS]);
  return [header, ...rows].join("");
}
