import type { Criterion, Rule } from "../rule.ts";

type Level = "M" | "C" | "O";
type Presence = readonly [
  number: number,
  level: Level,
  column: string,
  ...criteria: readonly Criterion[],
];

const DISCOUNT = "COMMITMENT_DISCOUNT_SUPPORTED";
const RESOURCES = "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED";
const LIST = "PUBLIC_PRICE_LIST_SUPPORTED";
const UNITS = "UNIT_PRICING_SUPPORTED";

/** Which columns a data set has, and on what claim of its provider that depends. */
const COLUMNS: readonly Presence[] = [
  [3, "C", "AvailabilityZone", "AVAILABILITY_ZONE_SUPPORTED"],
  [4, "C", "ListUnitPrice", LIST],
  [5, "M", "BillingAccountName"],
  [6, "M", "BilledCost"],
  [7, "C", "BillingAccountType", "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED"],
  [8, "M", "ChargeCategory"],
  [9, "M", "BillingPeriodStart"],
  [10, "M", "BillingPeriodEnd"],
  [11, "C", "ConsumedQuantity", "USAGE_MEASUREMENT_SUPPORTED"],
  [12, "C", "CommitmentDiscountName", DISCOUNT],
  [13, "C", "CommitmentDiscountId", DISCOUNT],
  [14, "C", "CommitmentDiscountType", DISCOUNT],
  [15, "C", "CommitmentDiscountUnit", DISCOUNT],
  [16, "C", "CommitmentDiscountCategory", DISCOUNT],
  [17, "C", "CommitmentDiscountStatus", DISCOUNT],
  [18, "C", "CommitmentDiscountQuantity", DISCOUNT],
  [19, "C", "SubAccountId", "SUB_ACCOUNT_SUPPORTED"],
  [20, "C", "CapacityReservationStatus", "CAPACITY_RESERVATION_SUPPORTED"],
  [21, "M", "PublisherName"],
  [22, "C", "PricingCategory", "MULTIPLE_PRICING_CATEGORIES_SUPPORTED"],
  [23, "M", "InvoiceIssuerName"],
  [24, "M", "BillingAccountId"],
  [25, "M", "ChargeDescription"],
  [26, "M", "ChargeClass"],
  [27, "O", "ChargeFrequency"],
  [28, "M", "ChargePeriodEnd"],
  [29, "C", "SubAccountName", "SUB_ACCOUNT_SUPPORTED"],
  [30, "M", "ContractedCost"],
  [31, "M", "EffectiveCost"],
  [32, "M", "ListCost"],
  [33, "O", "InvoiceId"],
  [34, "C", "ContractedUnitPrice", "NEGOTIATED_PRICING_SUPPORTED"],
  [35, "M", "BillingCurrency"],
  [36, "M", "PricingQuantity"],
  [37, "M", "ChargePeriodStart"],
  [38, "M", "ProviderName"],
  [39, "C", "ResourceType", RESOURCES, "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED"],
  [40, "M", "ServiceCategory"],
  [41, "M", "ServiceName"],
  [42, "O", "ServiceSubcategory"],
  [43, "C", "ResourceId", RESOURCES],
  [44, "C", "ResourceName", RESOURCES],
  [45, "C", "PricingCurrency", "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED"],
  [58, "C", "SkuPriceId", LIST, UNITS],
  [59, "C", "SkuMeter", LIST, UNITS],
  [60, "C", "SkuId", LIST, UNITS],
  [61, "C", "SkuPriceDetails", LIST, UNITS],
  [62, "C", "RegionName", "REGION_SUPPORTED"],
  [63, "C", "RegionId", "REGION_SUPPORTED"],
  [64, "C", "Tags", "TAGGING_SUPPORTED"],
  [65, "C", "CapacityReservationId", "CAPACITY_RESERVATION_SUPPORTED"],
  [66, "C", "ConsumedUnit", "USAGE_MEASUREMENT_SUPPORTED"],
  [67, "C", "SubAccountType", "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED"],
  [68, "M", "PricingUnit"],
];

/** Must for prices in virtual currency, recommended for two currencies, allowed to everyone else. */
const IN_PRICING_CURRENCY: readonly (readonly [number, string])[] = [
  [46, "PricingCurrencyContractedUnitPrice"],
  [50, "PricingCurrencyEffectiveCost"],
  [54, "PricingCurrencyListUnitPrice"],
];

const RECOMMENDED: ReadonlySet<string> = new Set([
  "AvailabilityZone",
  "ChargeFrequency",
  "InvoiceId",
  "ServiceSubcategory",
]);

/** Every column of FOCUS 1.2. */
export const FOCUS_NAMES: ReadonlySet<string> = new Set([
  ...COLUMNS.map(([, , column]) => column),
  ...IN_PRICING_CURRENCY.map(([, column]) => column),
]);

function idOf(number: number, level: Level): string {
  return `CostAndUsage-D-${String(number).padStart(3, "0")}-${level}`;
}

function threeWays(first: number, column: string): Rule[] {
  const ids = [1, 2, 3].map((more) => idOf(first + more, "C"));
  const [asMust = "", asAdvice = "", asOption = ""] = ids;
  const other = "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED";
  const virtual = {
    kind: "present",
    column,
    criteria: [LIST, "VIRTUAL_CURRENCY_SUPPORTED"],
  } as const;
  const differing = { kind: "present", column, criteria: [LIST, other] } as const;
  return [
    { id: idOf(first, "C"), force: "must", check: { kind: "parts", ids } },
    { id: asMust, force: "must", check: virtual },
    { id: asAdvice, force: "should", check: differing },
    { id: asOption, force: "must", check: { kind: "permits" } },
  ];
}

/** The presence of every column, and what the whole data set is made of. */
export function presenceRules(attributes: readonly string[], columns: readonly string[]): Rule[] {
  const single = COLUMNS.map(([number, level, column, ...criteria]): Rule => {
    const force = RECOMMENDED.has(column) ? "should" : "must";
    return { id: idOf(number, level), force, check: { kind: "present", column, criteria } };
  });
  const currency = IN_PRICING_CURRENCY.flatMap(([first, column]) => threeWays(first, column));
  const present = [
    ...single.map(({ id }) => id),
    ...IN_PRICING_CURRENCY.map(([first]) => idOf(first, "C")),
  ];
  const [whole, presence, contents] = [idOf(0, "M"), idOf(1, "M"), idOf(2, "M")];
  const all = [presence, contents, ...attributes];
  return [
    { id: whole, force: "must", check: { kind: "parts", ids: all } },
    { id: presence, force: "must", check: { kind: "parts", ids: present } },
    { id: contents, force: "must", check: { kind: "parts", ids: columns } },
    ...single,
    ...currency,
  ];
}
