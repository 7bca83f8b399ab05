import { columnRules, must, outside, parts, permits, type Rule } from "../rule.ts";
import {
  both,
  either,
  equals,
  given,
  has,
  isDecimal,
  isNumeric,
  isProduct,
  isSameAmount,
  isZero,
  lacks,
  not,
  textOf,
  when,
} from "../value.ts";
import { correction, purchase, usage } from "./charges.ts";

const INVOICE = "the invoice";
const BASE = "the charges that a tax is calculated on";
const credit = equals("ChargeCategory", "Credit");
const elsewhere = when(
  "ProviderName is not InvoiceIssuerName",
  (row) => textOf(row, "ProviderName") !== textOf(row, "InvoiceIssuerName"),
);

/** A purchase of what later charges draw on; one for its own month is its own cost. */
const paidAhead = both(purchase, has("CommitmentDiscountId"));

/** List and contracted cost are told alike, by their unit prices. */
function byUnitPrice(column: string, unitPrice: string): Rule[] {
  const exact = both(both(has(unitPrice), has("PricingQuantity")), not(correction));
  return columnRules(column, "M", [
    must("001-M", isDecimal(column)),
    must("002-M", isNumeric(column)),
    must("003-M", given(column)),
    must("004-M", isDecimal(column)),
    outside("005-M", INVOICE),
    parts("006-C", "007-C", "008-C"),
    outside("007-C", BASE),
    must("008-C", isSameAmount(column, "BilledCost"), both(lacks(unitPrice), credit)),
    must("009-C", isProduct(column, unitPrice, "PricingQuantity"), exact),
    ...permits("010-C"),
  ]);
}

/** The four costs of a charge. */
export const COST_RULES: readonly Rule[] = [
  ...columnRules("BilledCost", "M", [
    must("001-M", isDecimal("BilledCost")),
    must("002-M", isNumeric("BilledCost")),
    must("003-M", given("BilledCost")),
    must("004-M", isDecimal("BilledCost")),
    must("005-C", isZero("BilledCost"), elsewhere),
    outside("006-M", INVOICE),
    outside("007-M", INVOICE),
  ]),
  ...columnRules("EffectiveCost", "M", [
    must("001-M", isDecimal("EffectiveCost")),
    must("002-M", isNumeric("EffectiveCost")),
    must("003-M", given("EffectiveCost")),
    must("004-M", isDecimal("EffectiveCost")),
    must("005-C", isZero("EffectiveCost"), paidAhead),
    outside("006-M", INVOICE),
    ...permits("007-O"),
    parts("008-C", "009-C", "010-C"),
    outside("009-C", BASE),
    must(
      "010-C",
      isSameAmount("EffectiveCost", "BilledCost"),
      both(not(either(usage, purchase)), credit),
    ),
    parts("011-C", "012-C", "013-C"),
    outside("012-C", "the whole term of the commitment"),
    outside("013-C", "the whole term of the commitment"),
  ]),
  ...byUnitPrice("ContractedCost", "ContractedUnitPrice"),
  ...byUnitPrice("ListCost", "ListUnitPrice"),
];
