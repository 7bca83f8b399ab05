import { hasDistinctKeys, hasScalars, isObjectText } from "../key-value.ts";
import {
  attributeRules,
  header,
  must,
  outside,
  parts,
  permits,
  type Row,
  type Rule,
  should,
  type Test,
} from "../rule.ts";
import {
  cellOf,
  equals,
  has,
  isCurrency,
  isInstant,
  isNumeric,
  isOneOf,
  isPlain,
  isSame,
  isUnit,
  textOf,
} from "../value.ts";
import { FOCUS_NAMES } from "./presence.ts";

const INSTANTS = ["BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd"];
const NUMBERS = [
  "BilledCost",
  "EffectiveCost",
  "ListCost",
  "ContractedCost",
  "ListUnitPrice",
  "ContractedUnitPrice",
  "PricingQuantity",
  "ConsumedQuantity",
  "CommitmentDiscountQuantity",
  "PricingCurrencyListUnitPrice",
  "PricingCurrencyContractedUnitPrice",
  "PricingCurrencyEffectiveCost",
];
const OBJECTS = ["Tags", "SkuPriceDetails"];
const UNITS = ["ConsumedUnit", "PricingUnit", "CommitmentDiscountUnit"];
const TEXTS = [...FOCUS_NAMES].filter(
  (column) => ![...INSTANTS, ...NUMBERS, ...OBJECTS].includes(column),
);
const CUSTOM = /^x_/;

/** The same test of every column of a kind; the first that fails is named. */
function each(columns: readonly string[], of: (column: string) => Test): Test {
  const tests = columns.map((column) => [column, of(column)] as const);
  return (row) => {
    for (const [column, test] of tests) {
      const wrong = test(row);
      if (wrong !== undefined) return `${column} ${wrong}`;
    }
    return undefined;
  };
}

const anInstant = each(INSTANTS, isInstant);
const aNumber = each(NUMBERS, isNumeric);
const plain = each(TEXTS, isPlain);
const notBlank = each(TEXTS, (column) => (row) => {
  const value = cellOf(row, column);
  return typeof value === "string" && value.trim() === "" ? "is blank" : undefined;
});

const PLACEHOLDER = /^(n\/?a|not applicable|null|none|nil|undefined|-+)$/i;

/** A value that stands for no value: FOCUS has null for that. */
function isNoPlaceholder(column: string): Test {
  return (row: Row) => {
    const text = textOf(row, column);
    return text !== null && PLACEHOLDER.test(text.trim())
      ? `is the placeholder '${text}'`
      : undefined;
  };
}

function known(columns: readonly string[]): string | undefined {
  const other = columns.find((column) => !CUSTOM.test(column) && !FOCUS_NAMES.has(column));
  return other === undefined ? undefined : `'${other}' is no column of FOCUS 1.2; write x_${other}`;
}

function short(columns: readonly string[]): string | undefined {
  const long = columns.find((column) => column.length > 50);
  return long === undefined ? undefined : `'${long}' is longer than 50 characters`;
}

function customLast(columns: readonly string[]): string | undefined {
  const first = columns.findIndex((column) => CUSTOM.test(column));
  const late =
    first < 0 ? undefined : columns.slice(first).find((column) => FOCUS_NAMES.has(column));
  return late === undefined ? undefined : `${late} stands behind a custom column`;
}

function customNames(columns: readonly string[]): string | undefined {
  const odd = columns.find(
    (column) => CUSTOM.test(column) && !/^x_[A-Z][A-Za-z0-9]*$/.test(column),
  );
  return odd === undefined ? undefined : `'${odd}' is not written like x_CostCentre`;
}

const JUDGED = "somebody who judges the names";
const unused = equals("CommitmentDiscountStatus", "Unused");
const OVER_TIME = "other periods of the same data";

export const ATTRIBUTES: readonly Rule[] = [
  ...attributeRules("DateTimeFormat", "M", [
    must("001-M", anInstant),
    must("002-M", anInstant),
    parts("003-M", "004-M", "005-M", "006-M"),
    must("004-M", anInstant),
    must("005-M", anInstant),
    must("006-M", anInstant),
  ]),
  ...attributeRules("CurrencyFormat", "C", [
    must("001-C", isCurrency("BillingCurrency")),
    must("002-C", each(["BillingCurrency", "PricingCurrency"], isPlain)),
  ]),
  ...attributeRules("NumericFormat", "M", [
    outside("001-O", "what the custom columns are meant to hold"),
    must("002-M", aNumber),
    must("003-M", aNumber),
    must("004-M", aNumber),
    must("005-M", aNumber),
    must("006-M", aNumber),
    must("007-M", aNumber),
    must("008-M", aNumber),
    must("009-M", aNumber),
    must("010-M", aNumber),
    must("011-M", aNumber),
    outside("012-M", "the provider's definition of its data"),
    outside("013-O", "the provider's definition of its data"),
  ]),
  ...attributeRules("StringHandling", "M", [
    must("001-M", plain),
    outside("002-O", "what the custom columns are meant to hold"),
    outside("003-M", "the names as their owners wrote them"),
    outside("004-M", OVER_TIME),
    outside("005-M", OVER_TIME),
    outside("006-M", OVER_TIME),
    should("007-M", notBlank),
    ...permits("008-C"),
  ]),
  ...attributeRules("ColumnHandling", "M", [
    header("001-M", "must", known),
    header("002-M", "must", known),
    header("003-M", "must", known),
    header("004-O", "should", known),
    header("005-O", "should", short),
    header("006-M", "must", known),
    ...permits("007-O"),
    header("008-M", "must", known),
    parts("009-M", "010-M", "011-O"),
    header("010-M", "must", known),
    header("011-O", "should", customNames),
    header("012-O", "should", customLast),
    header("013-O", "should", customLast),
    header("014-O", "should", customLast),
  ]),
  ...attributeRules("UnitFormat", "M", [
    should("001-M", each(UNITS, isUnit)),
    must("002-O", each(UNITS, isUnit)),
    outside("003-M", JUDGED),
    outside("004-C", JUDGED),
  ]),
  ...attributeRules("KeyValueFormat", "M", [
    must("001-M", each(OBJECTS, isObjectText)),
    must("002-M", each(OBJECTS, hasDistinctKeys)),
    must("003-M", each(OBJECTS, hasScalars)),
    must("004-M", each(OBJECTS, hasScalars)),
  ]),
  ...attributeRules("NullHandling", "M", [
    must("001-C", notBlank),
    must("002-M", each([...FOCUS_NAMES], isNoPlaceholder)),
  ]),
  // With no column for a commitment, none of these applies.
  ...attributeRules("DiscountHandling", "C", [
    outside("001-C", "the discounts that were agreed"),
    parts("002-C", "003-C", "004-C"),
    outside("003-C", "the discounts that were agreed"),
    outside("004-C", "the discounts that were agreed"),
    parts("005-C", "006-C", "007-C"),
    must(
      "006-C",
      (row) => (cellOf(row, "CommitmentDiscountId") === null ? "names no commitment" : undefined),
      has("CommitmentDiscountStatus"),
    ),
    outside("007-C", "the discounts that were agreed"),
    parts(
      "008-C",
      ...["009", "010", "011", "012", "013", "014", "015", "016", "017", "018", "019"].map(
        (n) => `${n}-C`,
      ),
    ),
    outside("009-C", "what the commitment covers"),
    outside("010-C", "what the commitment cost"),
    outside("011-C", "the whole term of the commitment"),
    outside("012-C", "which purchases are of a commitment"),
    outside("013-C", "which purchases are of a commitment"),
    outside("014-C", "which usage was discounted"),
    outside("015-C", "which usage was discounted"),
    outside("016-C", "which usage was discounted"),
    outside("017-C", "what the commitment covers"),
    must("018-C", isOneOf("ChargeCategory", "Usage"), unused),
    must("019-C", isSame("ResourceId", "CommitmentDiscountId"), unused),
    outside("020-C", "why a credit was given"),
  ]).map((rule): Rule => ({ ...rule, column: "CommitmentDiscountId" })),
];
