import { columnRules, must, one, outside, parts, permits, type Rule, should } from "../rule.ts";
import {
  absent,
  both,
  given,
  has,
  isDecimal,
  isNotNegative,
  isNumeric,
  isOneOf,
  isPlain,
  isProduct,
  isText,
  isUnit,
  lacks,
  not,
} from "../value.ts";
import { correction, priced, tax } from "./charges.ts";

const CURRENCY = "the currency of the price list";
const PRICES = "the provider's price list";
const OVER_TIME = "other periods and accounts of the provider";
const HOW = "how the provider sets the price";

/** Null for taxes, given for usage and purchases, free elsewhere: the three rules of a price. */
function pricedOnly(column: string, numbers: readonly [string, string, string]) {
  const [none, always, free] = numbers;
  return [must(none, absent(column), tax), must(always, given(column), priced), ...permits(free)];
}

/** What is paid for a unit, and for how many. */
export const PRICE_RULES: readonly Rule[] = [
  ...columnRules("ListUnitPrice", "C", [
    must("001-M", isDecimal("ListUnitPrice")),
    must("002-M", isNumeric("ListUnitPrice")),
    parts("003-M", "004-C", "005-C", "006-O"),
    ...pricedOnly("ListUnitPrice", ["004-C", "005-C", "006-O"]),
    parts("007-C", "008-M", "009-M", "010-C", "011-C"),
    must("008-M", isNotNegative("ListUnitPrice"), has("ListUnitPrice")),
    outside("009-M", CURRENCY),
    must(
      "010-C",
      isProduct("ListCost", "ListUnitPrice", "PricingQuantity"),
      both(has("ListUnitPrice"), not(correction)),
    ),
    ...permits("011-C"),
  ]),
  ...columnRules("ContractedUnitPrice", "C", [
    parts("001-M", "002-M", "003-M"),
    must("002-M", isDecimal("ContractedUnitPrice")),
    must("003-M", isNumeric("ContractedUnitPrice")),
    parts("004-M", "005-C", "006-C", "007-O"),
    ...pricedOnly("ContractedUnitPrice", ["005-C", "006-C", "007-O"]),
    parts("008-C", "009-C", "010-C", "011-C"),
    must("009-C", isNotNegative("ContractedUnitPrice"), has("ContractedUnitPrice")),
    outside("010-C", CURRENCY),
    must(
      "011-C",
      isProduct("ContractedCost", "ContractedUnitPrice", "PricingQuantity"),
      both(has("ContractedUnitPrice"), not(correction)),
    ),
    ...permits("012-C"),
  ]),
  ...columnRules("PricingQuantity", "M", [
    must("001-M", isDecimal("PricingQuantity")),
    must("002-M", isNumeric("PricingQuantity")),
    parts("003-M", "004-C", "005-C", "006-O"),
    ...pricedOnly("PricingQuantity", ["004-C", "005-C", "006-O"]),
    parts("007-C", "008-M", "009-C", "010-C"),
    must("008-M", isDecimal("PricingQuantity"), has("PricingQuantity")),
    must(
      "009-C",
      isProduct("ContractedCost", "ContractedUnitPrice", "PricingQuantity"),
      both(has("ContractedUnitPrice"), not(correction)),
    ),
    ...permits("010-C"),
  ]),
  ...columnRules("PricingUnit", "M", [
    must("001-M", isText("PricingUnit")),
    must("002-M", isPlain("PricingUnit")),
    should("003-O", isUnit("PricingUnit")),
    parts("004-C", "005-C", "006-C"),
    must("005-C", absent("PricingUnit"), lacks("PricingQuantity")),
    must("006-C", given("PricingUnit"), has("PricingQuantity")),
    parts("007-C", "008-M", "009-C"),
    outside("008-M", PRICES),
    outside("009-C", "the invoice"),
  ]),
  ...columnRules("PricingCategory", "M", [
    must("001-M", isText("PricingCategory")),
    parts("002-M", "003-C", "004-C", "005-O"),
    ...pricedOnly("PricingCategory", ["003-C", "004-C", "005-O"]),
    parts("006-C", "007-M", "008-C", "009-C", "010-C", "011-C"),
    must("007-M", isOneOf("PricingCategory", "Standard", "Committed", "Dynamic", "Other")),
    outside("008-C", HOW),
    outside("009-C", HOW),
    outside("010-C", HOW),
    outside("011-C", HOW),
  ]),
  ...columnRules("PricingCurrency", "C", [
    must("001-M", isText("PricingCurrency")),
    must("002-M", isPlain("PricingCurrency")),
    // A virtual currency has no code, so that only what looks like a code is checked.
    must("003-M", isPlain("PricingCurrency")),
    must("004-M", given("PricingCurrency")),
  ]),
  ...columnRules("PricingCurrencyListUnitPrice", "C", [
    must("001-M", isDecimal("PricingCurrencyListUnitPrice")),
    must("002-M", isNumeric("PricingCurrencyListUnitPrice")),
    parts("003-M", "004-C", "005-C", "006-O"),
    ...pricedOnly("PricingCurrencyListUnitPrice", ["004-C", "005-C", "006-O"]),
    parts("007-C", "008-M", "009-M", "010-C"),
    must("008-M", isNotNegative("PricingCurrencyListUnitPrice")),
    outside("009-M", CURRENCY),
    ...permits("010-C"),
  ]),
  ...columnRules("PricingCurrencyContractedUnitPrice", "C", [
    must("001-M", isDecimal("PricingCurrencyContractedUnitPrice")),
    must("002-M", isNumeric("PricingCurrencyContractedUnitPrice")),
    parts("003-M", "004-C", "005-C", "006-O"),
    ...pricedOnly("PricingCurrencyContractedUnitPrice", ["004-C", "005-C", "006-O"]),
    parts("007-C", "008-C", "009-C", "010-C"),
    must("008-C", isNotNegative("PricingCurrencyContractedUnitPrice")),
    outside("009-C", CURRENCY),
    ...permits("010-C"),
  ]),
  ...columnRules("PricingCurrencyEffectiveCost", "C", [
    must("001-M", isDecimal("PricingCurrencyEffectiveCost")),
    must("002-M", isNumeric("PricingCurrencyEffectiveCost")),
    must("003-M", given("PricingCurrencyEffectiveCost")),
    must("004-M", isDecimal("PricingCurrencyEffectiveCost")),
    outside("005-M", "which purchases are paid ahead"),
    outside("006-M", CURRENCY),
  ]),
  ...columnRules("SkuId", "C", [
    must("001-M", isText("SkuId")),
    must("002-M", isPlain("SkuId")),
    parts("003-M", "004-C", "005-C", "006-O"),
    ...pricedOnly("SkuId", ["004-C", "005-C", "006-O"]),
    parts("007-M", "008-M", "009-M", "010-M"),
    outside("008-M", OVER_TIME),
    outside("009-M", OVER_TIME),
    outside("010-M", OVER_TIME),
    must("011-C", given("ServiceName"), priced),
    ...permits("012-O"),
  ]),
  ...columnRules("SkuMeter", "C", [
    must("001-M", isText("SkuMeter")),
    must("002-M", isPlain("SkuMeter")),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("SkuMeter"), lacks("SkuId")),
    should("005-C", given("SkuMeter"), has("SkuId")),
    outside("006-O", OVER_TIME),
  ]),
  ...columnRules("SkuPriceId", "C", [
    must("001-M", isText("SkuPriceId")),
    must("002-M", isPlain("SkuPriceId")),
    parts("003-M", "004-C", "005-C", "006-O"),
    ...pricedOnly("SkuPriceId", ["004-C", "005-C", "006-O"]),
    parts("007-C", ...["008-M", "009-M", "010-M", "011-O", "012-C", "013-M", "014-C", "015-C"]),
    one("008-M", "must", "SkuPriceId", "SkuId"),
    outside("009-M", OVER_TIME),
    outside("010-M", OVER_TIME),
    ...permits("011-O"),
    must("012-C", given("ServiceName"), priced),
    outside("013-M", PRICES),
    outside("014-C", PRICES),
    outside("015-C", PRICES),
  ]),
];
