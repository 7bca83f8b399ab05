import { usdDecimal } from "#core/money.ts";
import { addMonths, type Day, startOfMonth } from "#core/time.ts";
import type { ExportedEntry } from "./exported-entry.ts";

/** FOCUS 1.2 (2025-05-30): the mandatory columns, those of others that apply, and ours as x_. */
export const FOCUS_COLUMNS = [
  "BilledCost",
  "EffectiveCost",
  "ListCost",
  "ContractedCost",
  "BillingAccountId",
  "BillingAccountName",
  "BillingCurrency",
  "BillingPeriodStart",
  "BillingPeriodEnd",
  "ChargePeriodStart",
  "ChargePeriodEnd",
  "ChargeCategory",
  "ChargeClass",
  "ChargeDescription",
  "ChargeFrequency",
  "ConsumedQuantity",
  "ConsumedUnit",
  "InvoiceIssuerName",
  "PricingQuantity",
  "PricingUnit",
  "PricingCategory",
  "ProviderName",
  "PublisherName",
  "ServiceCategory",
  "ServiceSubcategory",
  "ServiceName",
  "SkuId",
  "SkuPriceId",
  "SubAccountId",
  "SubAccountName",
  "Tags",
  "x_Basis",
  "x_CostCentre",
  "x_Source",
  "x_ExternalId",
  "x_InputTokens",
  "x_CacheReadTokens",
  "x_CacheWriteTokens",
  "x_OutputTokens",
  "x_Requests",
  "x_Unpriced",
] as const;
export type FocusColumn = (typeof FOCUS_COLUMNS)[number];

const CATEGORIES: Readonly<Record<string, string>> = {
  seat: "Purchase",
  fee: "Purchase",
  credit: "Credit",
  refund: "Credit",
  tax: "Tax",
  reconciliation: "Adjustment",
};

/** FOCUS's ChargeCategory of a kind of entry. */
export function focusCategory(kind: string): string {
  return CATEGORIES[kind] ?? "Usage";
}

const MS_PER_HOUR = 3_600_000;

/** FOCUS wants a charge period; a call is charged within the hour in which it began. */
function chargePeriod(occurredAt: Date): { start: string; end: string } {
  const start = Math.floor(occurredAt.getTime() / MS_PER_HOUR) * MS_PER_HOUR;
  return { start: focusInstant(start), end: focusInstant(start + MS_PER_HOUR) };
}

function focusInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

/**
 * An entry as a row of the columns above. A metered entry is our estimate, so BilledCost is the
 * cost we computed: what the invoice says comes in as its own billed or reconciliation entry.
 */
export function focusRow(entry: ExportedEntry): (string | null)[] {
  const month = startOfMonth(entry.day as Day);
  const charged = chargePeriod(entry.occurred_at);
  const provider = entry.provider ?? "unknown";
  const cost = usdDecimal(entry.cost);
  const tokens = (entry.input_tokens ?? 0n) + (entry.output_tokens ?? 0n);
  const isUsage = CATEGORIES[entry.kind] === undefined;
  return [
    cost,
    cost,
    usdDecimal(entry.list_cost),
    cost,
    entry.account ?? entry.organization_key,
    entry.account === null ? entry.organization_name : null,
    "USD",
    `${month}T00:00:00Z`,
    `${addMonths(month, 1)}T00:00:00Z`,
    charged.start,
    charged.end,
    CATEGORIES[entry.kind] ?? "Usage",
    // "Correction" is for periods that were invoiced; ours correct before the invoice.
    null,
    `${entry.model ?? entry.kind}${entry.operation === null ? "" : ` ${entry.operation}`}`,
    isUsage ? "Usage-Based" : entry.kind === "seat" ? "Recurring" : "One-Time",
    isUsage ? tokens.toString() : null,
    isUsage ? "Tokens" : null,
    provider,
    isUsage ? tokens.toString() : null,
    isUsage ? "Tokens" : null,
    isUsage ? "Standard" : null,
    provider,
    provider,
    "AI and Machine Learning",
    "Generative AI",
    entry.model ?? provider,
    entry.model,
    entry.price,
    entry.project ?? entry.team,
    entry.project ?? entry.team,
    JSON.stringify(focusTags(entry)),
    entry.basis,
    entry.cost_centre,
    entry.source,
    entry.external_id,
    text(entry.input_tokens),
    entry.cache_read_tokens.toString(),
    entry.cache_write_tokens.toString(),
    text(entry.output_tokens),
    entry.request_count.toString(),
    entry.price === null ? "true" : "false",
  ];
}

function text(value: bigint | null): string | null {
  return value === null ? null : value.toString();
}

function focusTags(entry: ExportedEntry): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const name of [
    "team",
    "project",
    "agent",
    "workflow",
    "product",
    "customer",
    "feature",
    "environment",
  ] as const) {
    const value = entry[name];
    if (value !== null) tags[name] = value;
  }
  return tags;
}
