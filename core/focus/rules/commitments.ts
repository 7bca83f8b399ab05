import { columnRules, must, outside, parts, permits, type Rule, should } from "../rule.ts";
import {
  absent,
  both,
  either,
  equals,
  given,
  has,
  isDecimal,
  isNumeric,
  isOneOf,
  isPlain,
  isText,
  isUnit,
  lacks,
  not,
} from "../value.ts";
import { correction, purchase, usage } from "./charges.ts";

const ID = "CommitmentDiscountId";
const QUANTITY = "CommitmentDiscountQuantity";
const UNIT = "CommitmentDiscountUnit";
const STATUS = "CommitmentDiscountStatus";
const RESERVATION = "CapacityReservationId";
const AGREED = "what was committed to";
const WHICH = "which charges are of a commitment";
const RESERVED = "which charges are of a reservation";
const committed = both(either(usage, purchase), has(ID));

/** Commitments and reservations: what was promised for a lower price, and what became of it. */
export const COMMITMENT_RULES: readonly Rule[] = [
  ...columnRules(ID, "C", [
    must("001-M", isText(ID)),
    must("002-M", isPlain(ID)),
    parts("003-C", "004-C", "005-C"),
    outside("004-C", WHICH),
    outside("005-C", WHICH),
    parts("006-C", "007-M", "008-C"),
    outside("007-M", "the provider's other customers"),
    outside("008-C", "how the provider names things"),
  ]),
  ...columnRules("CommitmentDiscountName", "C", [
    must("001-M", isText("CommitmentDiscountName")),
    must("002-M", isPlain("CommitmentDiscountName")),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("CommitmentDiscountName"), lacks(ID)),
    parts("005-C", "006-C", "007-C"),
    outside("006-C", "whether a commitment can be named"),
    ...permits("007-C"),
  ]),
  ...columnRules("CommitmentDiscountCategory", "C", [
    must("001-M", isText("CommitmentDiscountCategory")),
    parts("002-C", "003-C", "004-C"),
    must("003-C", absent("CommitmentDiscountCategory"), lacks(ID)),
    must("004-C", given("CommitmentDiscountCategory"), has(ID)),
    must("005-M", isOneOf("CommitmentDiscountCategory", "Spend", "Usage")),
  ]),
  ...columnRules("CommitmentDiscountType", "C", [
    must("001-M", isText("CommitmentDiscountType")),
    must("002-M", isPlain("CommitmentDiscountType")),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("CommitmentDiscountType"), lacks(ID)),
    must("005-C", given("CommitmentDiscountType"), has(ID)),
  ]),
  ...columnRules(STATUS, "C", [
    must("001-M", isText(STATUS)),
    parts("002-C", "003-C", "004-C"),
    must("003-C", absent(STATUS), lacks(ID)),
    must("004-C", given(STATUS), both(usage, has(ID))),
    must("005-M", isOneOf(STATUS, "Used", "Unused")),
  ]),
  ...columnRules(UNIT, "C", [
    must("001-M", isText(UNIT)),
    must("002-M", isPlain(UNIT)),
    should("003-M", isUnit(UNIT)),
    parts("004-C", "005-C", "006-C"),
    must("005-C", absent(UNIT), lacks(QUANTITY)),
    must("006-C", given(UNIT), has(QUANTITY)),
    parts("007-C", "008-M", "009-M", "010-C"),
    outside("008-M", "other periods of the same data"),
    outside("009-M", AGREED),
    outside("010-C", AGREED),
  ]),
  ...columnRules(QUANTITY, "C", [
    must("001-M", isDecimal(QUANTITY)),
    must("002-M", isNumeric(QUANTITY)),
    parts("003-C", "004-C", "007-C"),
    parts("004-C", "005-C", "006-C"),
    must("005-C", given(QUANTITY), both(committed, not(correction))),
    ...permits("006-C"),
    must("007-C", absent(QUANTITY), not(committed)),
    parts("008-C", "009-M", "010-C", "013-C"),
    must("009-M", isDecimal(QUANTITY), has(QUANTITY)),
    parts("010-C", "011-C", "012-C"),
    outside("011-C", AGREED),
    outside("012-C", AGREED),
    parts("013-C", "014-C", "015-C"),
    outside("014-C", AGREED),
    outside("015-C", AGREED),
  ]),
  ...columnRules(RESERVATION, "C", [
    must("001-M", isText(RESERVATION)),
    must("002-M", isPlain(RESERVATION)),
    parts("003-C", "004-C", "005-C", "006-C"),
    outside("004-C", RESERVED),
    must("005-C", given(RESERVATION), equals("CapacityReservationStatus", "Unused")),
    outside("006-C", RESERVED),
    parts("007-C", "008-M", "009-O"),
    outside("008-M", "the provider's other customers"),
    outside("009-O", "how the provider names things"),
  ]),
  ...columnRules("CapacityReservationStatus", "C", [
    must("001-M", isText("CapacityReservationStatus")),
    parts("002-C", "003-C", "004-C"),
    must("003-C", absent("CapacityReservationStatus"), lacks(RESERVATION)),
    must("004-C", given("CapacityReservationStatus"), both(usage, has(RESERVATION))),
    parts("005-C", "006-M", "007-C", "008-C"),
    must("006-M", isOneOf("CapacityReservationStatus", "Used", "Unused")),
    outside("007-C", RESERVED),
    outside("008-C", RESERVED),
  ]),
];
