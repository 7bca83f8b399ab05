import { columnRules, must, outside, parts, permits, type Rule, should } from "../rule.ts";
import { absent, given, has, isCurrency, isPlain, isText, lacks } from "../value.ts";

const QUALIFIED = "how the provider names things";
const EVERYWHERE = "the provider's other customers";

function account(column: string, kind: string): Rule[] {
  return columnRules(`${column}Type`, "C", [
    must("001-M", isText(`${column}Type`)),
    must("002-M", isPlain(`${column}Type`)),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent(`${column}Type`), lacks(`${column}Id`)),
    must("005-C", given(`${column}Type`), has(`${column}Id`)),
    outside("006-M", `the types of ${kind} there are`),
  ]);
}

/** A name that is never missing: who provides, publishes, issues the invoice. */
function party(column: string): Rule[] {
  return columnRules(column, "M", [
    must("001-M", isText(column)),
    must("002-M", isPlain(column)),
    must("003-M", given(column)),
  ]);
}

/** Who is billed by whom: accounts, parties, currency, invoice. */
export const ACCOUNT_RULES: readonly Rule[] = [
  ...party("InvoiceIssuerName"),
  ...party("ProviderName"),
  ...party("PublisherName"),
  ...columnRules("BillingAccountId", "M", [
    must("001-M", given("BillingAccountId")),
    must("002-M", isText("BillingAccountId")),
    must("003-M", isPlain("BillingAccountId")),
    outside("004-M", EVERYWHERE),
    outside("005-O", QUALIFIED),
  ]),
  ...columnRules("BillingAccountName", "M", [
    must("001-M", isText("BillingAccountName")),
    must("002-M", isPlain("BillingAccountName")),
    must("003-C", given("BillingAccountName")),
  ]).map(
    (rule): Rule =>
      rule.id.endsWith("003-C") ? { ...rule, claim: "ACCOUNT_NAMING_SUPPORTED" } : rule,
  ),
  ...account("BillingAccount", "billing account"),
  ...account("SubAccount", "sub account"),
  ...columnRules("SubAccountId", "C", [
    must("001-M", isText("SubAccountId")),
    must("002-M", isPlain("SubAccountId")),
    parts("003-C", "004-C", "005-C"),
    outside("004-C", "which charges are of a sub account"),
    outside("005-C", "which charges are of a sub account"),
  ]),
  ...columnRules("SubAccountName", "C", [
    must("001-M", isText("SubAccountName")),
    must("002-M", isPlain("SubAccountName")),
    parts("003-C", "004-C", "005-C"),
    must("004-C", absent("SubAccountName"), lacks("SubAccountId")),
    must("005-C", given("SubAccountName"), has("SubAccountId")),
  ]),
  ...columnRules("BillingCurrency", "M", [
    must("001-M", isText("BillingCurrency")),
    must("002-M", isPlain("BillingCurrency")),
    must("003-M", isCurrency("BillingCurrency")),
    must("004-M", given("BillingCurrency")),
    outside("005-M", "the invoice"),
    must("006-M", isCurrency("BillingCurrency")),
  ]),
  ...columnRules("InvoiceId", "O", [
    must("001-M", isText("InvoiceId")),
    must("002-M", isPlain("InvoiceId")),
    parts("003-C", "004-C", "005-C"),
    outside("004-C", "the invoices"),
    outside("005-C", "the invoices"),
    ...permits("006-O"),
    outside("007-C", "the invoices"),
  ]),
  ...columnRules("ChargeDescription", "M", [
    must("001-M", isText("ChargeDescription")),
    must("002-M", isPlain("ChargeDescription")),
    should("003-O", given("ChargeDescription")),
    outside("004-O", "the provider's FOCUS metadata"),
  ]),
];
