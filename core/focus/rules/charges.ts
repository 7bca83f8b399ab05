import { columnRules, must, outside, parts, permits, type Rule, should } from "../rule.ts";
import {
  absent,
  both,
  either,
  equals,
  given,
  has,
  isAfter,
  isDecimal,
  isInstant,
  isNot,
  isNumeric,
  isOneOf,
  isPlain,
  isText,
  isUnit,
  lacks,
  not,
} from "../value.ts";

export const usage = equals("ChargeCategory", "Usage");
export const purchase = equals("ChargeCategory", "Purchase");
export const tax = equals("ChargeCategory", "Tax");
export const correction = equals("ChargeClass", "Correction");
/** Of what must be priced: usage and purchases, but no correction of an earlier invoice. */
export const priced = both(either(usage, purchase), not(correction));
const unused = equals("CommitmentDiscountStatus", "Unused");

/** `last` is what the fourth rule says of the bound: inclusive start, exclusive end. */
function bound(column: string, start: string): Rule[] {
  return columnRules(column, "M", [
    must("001-M", isInstant(column)),
    must("002-M", isInstant(column)),
    must("003-M", given(column)),
    must("004-M", column === start ? isInstant(column) : isAfter(column, start)),
  ]);
}

/** What a charge is, when, and how much was consumed. */
export const CHARGE_RULES: readonly Rule[] = [
  ...bound("BillingPeriodStart", "BillingPeriodStart"),
  ...bound("BillingPeriodEnd", "BillingPeriodStart"),
  ...bound("ChargePeriodStart", "ChargePeriodStart"),
  ...bound("ChargePeriodEnd", "ChargePeriodStart"),
  ...columnRules("ChargeCategory", "M", [
    must("001-M", isText("ChargeCategory")),
    must("002-M", given("ChargeCategory")),
    must("003-M", isOneOf("ChargeCategory", "Usage", "Purchase", "Tax", "Credit", "Adjustment")),
  ]),
  ...columnRules("ChargeClass", "M", [
    must("001-M", isText("ChargeClass")),
    parts("002-C", "003-C", "004-C"),
    outside("003-C", "which charges correct an earlier one"),
    outside("004-C", "which charges correct an earlier one"),
    must("005-C", isOneOf("ChargeClass", "Correction"), has("ChargeClass")),
  ]),
  ...columnRules("ChargeFrequency", "O", [
    must("001-M", isText("ChargeFrequency")),
    must("002-M", given("ChargeFrequency")),
    must("003-M", isOneOf("ChargeFrequency", "One-Time", "Recurring", "Usage-Based")),
    must("004-C", isNot("ChargeFrequency", "Usage-Based"), purchase),
  ]),
  ...columnRules("ConsumedUnit", "C", [
    must("001-M", isText("ConsumedUnit")),
    must("002-M", isPlain("ConsumedUnit")),
    should("003-O", isUnit("ConsumedUnit")),
    parts("004-C", "005-C", "006-C"),
    must("005-C", absent("ConsumedUnit"), lacks("ConsumedQuantity")),
    must("006-C", given("ConsumedUnit"), has("ConsumedQuantity")),
  ]),
  ...columnRules("ConsumedQuantity", "C", [
    must("001-M", isDecimal("ConsumedQuantity")),
    must("002-M", isNumeric("ConsumedQuantity")),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("ConsumedQuantity"), either(not(usage), both(usage, unused))),
    parts("005-C", "006-C", "007-C"),
    must("006-C", given("ConsumedQuantity"), both(both(usage, not(unused)), not(correction))),
    ...permits("007-C"),
    must("008-C", isDecimal("ConsumedQuantity"), has("ConsumedQuantity")),
  ]),
];
