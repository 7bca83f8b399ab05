import { usdDecimal } from "#core/money.ts";
import { addDays, addMonths, type Day, startOfMonth } from "#core/time.ts";
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
  "SkuMeter",
  "SubAccountId",
  "SubAccountName",
  "Tags",
  "x_Basis",
  "x_CostCentre",
  "x_Source",
  "x_ExternalId",
  "x_Price",
  "x_InputTokens",
  "x_CacheReadTokens",
  "x_CacheWriteTokens",
  "x_OutputTokens",
  "x_Requests",
  "x_Unpriced",
] as const;
export type FocusColumn = (typeof FOCUS_COLUMNS)[number];

/**
 * What the data claims of FOCUS's applicability criteria. Not that there are unit prices: a row is a
 * call, whose tokens are of several prices at once, so that no single one would be true.
 */
export const FOCUS_CLAIMS = [
  "SUB_ACCOUNT_SUPPORTED",
  "TAGGING_SUPPORTED",
  "USAGE_MEASUREMENT_SUPPORTED",
] as const;

/** A charge as FOCUS tells it, wherever it comes from: an entry, or a line of a statement. */
export interface FocusCharge {
  readonly kind: string;
  readonly basis: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly account: string | null;
  /** Who is billed where no account is known. */
  readonly organization: { readonly key: string; readonly name: string };
  readonly billingMonth: Day;
  /** Half-open UTC instants, ISO 8601. */
  readonly period: { readonly start: string; readonly end: string };
  /** It corrects what was invoiced before. */
  readonly correctsInvoice: boolean;
  readonly description: string;
  readonly scope: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly costCentre: string | null;
  readonly source: string | null;
  readonly externalId: string | null;
  readonly price: string | null;
  readonly unpriced: boolean;
  /** Null: unknown. */
  readonly inputTokens: bigint | null;
  readonly cacheReadTokens: bigint;
  readonly cacheWriteTokens: bigint;
  readonly outputTokens: bigint | null;
  readonly requests: bigint;
  readonly cost: bigint;
  readonly listCost: bigint;
}

const CATEGORIES: Readonly<Record<string, string>> = {
  seat: "Purchase",
  fee: "Purchase",
  credit: "Credit",
  refund: "Credit",
  tax: "Tax",
  reconciliation: "Adjustment",
};

/** FOCUS's ChargeCategory of a kind of entry. */
function focusCategory(kind: string): string {
  return CATEGORIES[kind] ?? "Usage";
}

interface Quantity {
  readonly count: string;
  readonly unit: string;
}

/** What a charge is counted in: tokens, else calls, else the charge itself. */
function quantityOf({ inputTokens, outputTokens, requests, kind }: FocusCharge): Quantity {
  if (kind === "seat") return { count: "1", unit: "Months" };
  const tokens = (inputTokens ?? 0n) + (outputTokens ?? 0n);
  const known = inputTokens !== null || outputTokens !== null;
  if (known && (tokens !== 0n || requests === 0n)) {
    return { count: tokens.toString(), unit: "Tokens" };
  }
  return requests === 0n
    ? { count: "1", unit: "Charges" }
    : { count: requests.toString(), unit: "Requests" };
}

/** A charge as a row of the columns above; amounts are exact decimals in US dollars. */
export function focusRow(charge: FocusCharge): (string | null)[] {
  const { kind, model, account, organization, period, scope } = charge;
  const category = focusCategory(kind);
  const isUsage = category === "Usage";
  const isPriced = isUsage || category === "Purchase";
  const provider = charge.provider ?? "unknown";
  const cost = usdDecimal(charge.cost);
  const quantity = isPriced ? quantityOf(charge) : undefined;
  // What is given back or added up afterwards has no price on any list.
  const listCost = isPriced ? usdDecimal(charge.listCost) : cost;
  const sku = isPriced ? (model ?? kind) : null;
  const row: Record<FocusColumn, string | null> = {
    BilledCost: cost,
    EffectiveCost: cost,
    ListCost: listCost,
    ContractedCost: cost,
    BillingAccountId: account ?? organization.key,
    BillingAccountName: account === null ? organization.name : null,
    BillingCurrency: "USD",
    BillingPeriodStart: `${charge.billingMonth}T00:00:00Z`,
    BillingPeriodEnd: `${addMonths(charge.billingMonth, 1)}T00:00:00Z`,
    ChargePeriodStart: period.start,
    ChargePeriodEnd: period.end,
    ChargeCategory: category,
    ChargeClass: charge.correctsInvoice ? "Correction" : null,
    ChargeDescription: charge.description,
    ChargeFrequency: isUsage ? "Usage-Based" : kind === "seat" ? "Recurring" : "One-Time",
    ConsumedQuantity: isUsage ? (quantity?.count ?? null) : null,
    ConsumedUnit: isUsage ? (quantity?.unit ?? null) : null,
    InvoiceIssuerName: provider,
    PricingQuantity: quantity?.count ?? null,
    PricingUnit: quantity?.unit ?? null,
    PricingCategory: isPriced ? "Standard" : null,
    ProviderName: provider,
    PublisherName: provider,
    ServiceCategory: "AI and Machine Learning",
    ServiceSubcategory: "Generative AI",
    ServiceName: model ?? provider,
    SkuId: sku,
    SkuMeter: sku === null ? null : (quantity?.unit ?? null),
    SubAccountId: scope,
    SubAccountName: scope,
    Tags: JSON.stringify(charge.tags),
    x_Basis: charge.basis,
    x_CostCentre: charge.costCentre,
    x_Source: charge.source,
    x_ExternalId: charge.externalId,
    x_Price: charge.price,
    x_InputTokens: charge.inputTokens?.toString() ?? null,
    x_CacheReadTokens: charge.cacheReadTokens.toString(),
    x_CacheWriteTokens: charge.cacheWriteTokens.toString(),
    x_OutputTokens: charge.outputTokens?.toString() ?? null,
    x_Requests: charge.requests.toString(),
    x_Unpriced: charge.unpriced ? "true" : "false",
  };
  return FOCUS_COLUMNS.map((column) => row[column]);
}

const MS_PER_HOUR = 3_600_000;

/**
 * FOCUS wants a charge period: a call is charged within the hour in which it began, a bucket or a fee
 * for its UTC day, a seat for its month.
 */
function chargePeriod({ kind, day, occurred_at }: ExportedEntry): { start: string; end: string } {
  if (kind === "seat") {
    const month = startOfMonth(day as Day);
    return { start: midnight(month), end: midnight(addMonths(month, 1)) };
  }
  if (kind !== "call" && kind !== "correction") {
    return { start: midnight(day), end: midnight(addDays(day as Day, 1)) };
  }
  const start = Math.floor(occurred_at.getTime() / MS_PER_HOUR) * MS_PER_HOUR;
  return { start: focusInstant(start), end: focusInstant(start + MS_PER_HOUR) };
}

function midnight(day: string): string {
  return `${day}T00:00:00Z`;
}

function focusInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

/**
 * An entry as a charge. A metered entry is our estimate, so BilledCost is the cost we computed: what the
 * invoice says comes in as its own billed or reconciliation entry.
 */
export function focusCharge(entry: ExportedEntry): FocusCharge {
  const billingMonth = startOfMonth(entry.day as Day);
  const invoicedAt = Date.parse(midnight(addMonths(billingMonth, 1)));
  const isCorrection = entry.kind === "correction" && entry.basis !== "metered";
  return {
    kind: entry.kind,
    basis: entry.basis,
    provider: entry.provider,
    model: entry.model,
    account: entry.account,
    organization: { key: entry.organization_key, name: entry.organization_name },
    billingMonth,
    period: chargePeriod(entry),
    // Providers invoice a month when it ends; until then a correction is part of the same invoice.
    correctsInvoice: isCorrection && entry.recorded_at.getTime() >= invoicedAt,
    description: [entry.model ?? entry.kind, entry.operation].filter(Boolean).join(" "),
    scope: entry.project ?? entry.team,
    tags: focusTags(entry),
    costCentre: entry.cost_centre,
    source: entry.source,
    externalId: entry.external_id,
    price: entry.price,
    unpriced: entry.price === null,
    inputTokens: entry.input_tokens,
    cacheReadTokens: entry.cache_read_tokens,
    cacheWriteTokens: entry.cache_write_tokens,
    outputTokens: entry.output_tokens,
    requests: entry.request_count,
    cost: entry.cost,
    listCost: entry.list_cost,
  };
}

const TAGS = [
  "team",
  "project",
  "agent",
  "workflow",
  "product",
  "customer",
  "feature",
  "environment",
] as const;

function focusTags(entry: ExportedEntry): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const name of TAGS) {
    const value = entry[name];
    if (value !== null) tags[name] = value;
  }
  return tags;
}
