import { csvLine } from "../csv.ts";
import type { Db } from "../db/db.ts";
import { AispendError } from "../errors.ts";
import { FOCUS_COLUMNS, type FocusColumn, focusCategory } from "../ledger/focus.ts";
import { type NanoUsd, nanoUsd, usdDecimal } from "../money.ts";
import type { Period } from "../time.ts";
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
function focusLine(line: StatementLine, period: Period, issuer: Issuer): string {
  const cost = usdDecimal(line.cost);
  const provider = line.provider ?? "unknown";
  const category = focusCategory(line.kind);
  const isUsage = category === "Usage";
  const tokens = (line.inputTokens + line.outputTokens).toString();
  const scope = line.project ?? line.team;
  const tags = { ...named("team", line.team), ...named("project", line.project) };
  const row: Partial<Record<FocusColumn, string | null>> = {
    BilledCost: cost,
    EffectiveCost: cost,
    ListCost: usdDecimal(line.listCost),
    ContractedCost: cost,
    BillingAccountId: line.account ?? issuer.key,
    BillingAccountName: line.account === null ? issuer.name : null,
    BillingCurrency: "USD",
    BillingPeriodStart: `${period.start}T00:00:00Z`,
    BillingPeriodEnd: `${period.end}T00:00:00Z`,
    ChargePeriodStart: `${period.start}T00:00:00Z`,
    ChargePeriodEnd: `${period.end}T00:00:00Z`,
    ChargeCategory: category,
    ChargeDescription: `${line.model ?? line.kind} for ${scope ?? "unattributed"}`,
    ChargeFrequency: isUsage ? "Usage-Based" : line.kind === "seat" ? "Recurring" : "One-Time",
    ConsumedQuantity: isUsage ? tokens : null,
    ConsumedUnit: isUsage ? "Tokens" : null,
    InvoiceIssuerName: provider,
    PricingQuantity: isUsage ? tokens : null,
    PricingUnit: isUsage ? "Tokens" : null,
    PricingCategory: isUsage ? "Standard" : null,
    ProviderName: provider,
    PublisherName: provider,
    ServiceCategory: "AI and Machine Learning",
    ServiceSubcategory: "Generative AI",
    ServiceName: line.model ?? provider,
    SkuId: line.model,
    SubAccountId: scope,
    SubAccountName: scope,
    Tags: JSON.stringify(tags),
    x_Basis: line.basis,
    x_CostCentre: line.costCentre,
    x_InputTokens: line.inputTokens.toString(),
    x_CacheReadTokens: line.cacheReadTokens.toString(),
    x_CacheWriteTokens: line.cacheWriteTokens.toString(),
    x_OutputTokens: line.outputTokens.toString(),
    x_Requests: line.requests.toString(),
    x_Unpriced: line.unpricedRequests > 0n ? "true" : "false",
  };
  return csvLine(FOCUS_COLUMNS.map((column) => row[column] ?? null));
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
