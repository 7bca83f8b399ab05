import type { EntryKind } from "#core/ledger/schema.ts";
import { nanoUsd } from "#core/money.ts";
import {
  amountOf,
  type BillFormat,
  dayOf,
  type Fields,
  nameOf,
  type ReadLine,
  tagsOf,
  textOf,
} from "./bill-line.ts";
import { tokensOfQuantity } from "./token-quantity.ts";

const AWS_AI = /bedrock|sagemaker|nova act|kiro|q developer|amazonq/i;

const AWS_KINDS: Readonly<Record<string, EntryKind>> = {
  Tax: "tax",
  Credit: "credit",
  Refund: "refund",
  Fee: "fee",
  RIFee: "fee",
  SavingsPlanUpfrontFee: "fee",
  SavingsPlanRecurringFee: "fee",
};

/** "USE1-Claude4.5Sonnet-input-tokens" is of the model between the region and the kind of token. */
function bedrockModel(usageType: string): string {
  const model = usageType
    .replace(/^[A-Z]{2,4}\d?-/, "")
    .replace(/[-_](mp[-_])?(input|output|cache[-_](read|write)|prompt|response).*$/i, "");
  return model === "" ? usageType : model;
}

/**
 * CUR 2.0: its export rewrites the month, so that a file replaces the months it holds. An application
 * inference profile stands for its model only by configuration, and is the native project here.
 */
function readCur(fields: Fields): ReadLine {
  const product = [
    textOf(fields, "line_item_product_code"),
    textOf(fields, "product_servicecode", "product_product_name"),
    textOf(fields, "line_item_line_item_description"),
  ].join(" ");
  if (!AWS_AI.test(product)) return { state: "ignored" };
  const day = dayOf(textOf(fields, "line_item_usage_start_date"));
  if (day === undefined)
    return { state: "refused", reason: "line_item_usage_start_date is no time" };
  const currency = textOf(fields, "line_item_currency_code") ?? "USD";
  if (currency !== "USD") {
    return { state: "refused", reason: `line_item_currency_code is ${currency}: convert it first` };
  }
  const cost = amountOf(fields, "line_item_unblended_cost");
  if (cost === undefined)
    return { state: "refused", reason: "line_item_unblended_cost is no decimal" };
  const usageType = nameOf(fields, "line_item_usage_type") ?? "not itemised";
  const resource = nameOf(fields, "line_item_resource_id");
  const kind = AWS_KINDS[textOf(fields, "line_item_line_item_type") ?? ""] ?? "bucket";
  return {
    state: "line",
    line: {
      day,
      account: nameOf(fields, "bill_payer_account_id", "line_item_usage_account_id") ?? "aws",
      provider: "aws.bedrock",
      model: kind === "bucket" ? bedrockModel(usageType) : usageType,
      kind,
      project: resource ?? nameOf(fields, "line_item_usage_account_id"),
      key: nameOf(fields, "line_item_iam_principal"),
      operation: nameOf(fields, "line_item_operation")?.slice(0, 64),
      tags: tagsOf(fields.resource_tags),
      cost: nanoUsd(cost),
      requests: 0,
      tokens:
        kind === "bucket"
          ? tokensOfQuantity(
              textOf(fields, "line_item_usage_amount"),
              textOf(fields, "pricing_unit"),
              usageType,
            )
          : {},
    },
  };
}

export const cur2: BillFormat = {
  name: "cur2",
  said: "AWS CUR 2.0, CSV or Parquet",
  columns: ["line_item_unblended_cost"],
  replaces: "month",
  read: readCur,
};

const AZURE_AI = /openai|cognitive|foundry|azure ai|machine learning/i;

/** Cost Management's export of actual costs, which holds the month to date. */
function readAzure(fields: Fields): ReadLine {
  const service = [
    textOf(fields, "meterCategory", "MeterCategory"),
    textOf(fields, "consumedService", "ConsumedService"),
    textOf(fields, "meterSubCategory", "MeterSubCategory"),
  ].join(" ");
  if (!AZURE_AI.test(service)) return { state: "ignored" };
  const day = dayOf(textOf(fields, "date", "Date", "usageDate", "UsageDate"));
  if (day === undefined) return { state: "refused", reason: "date is no day" };
  const inUsd = amountOf(fields, "costInUsd", "CostInUsd", "CostInUSD");
  const currency =
    textOf(fields, "billingCurrency", "billingCurrencyCode", "BillingCurrencyCode") ?? "USD";
  const own =
    currency === "USD"
      ? amountOf(fields, "costInBillingCurrency", "CostInBillingCurrency")
      : undefined;
  const cost = inUsd ?? own;
  if (cost === undefined) {
    return {
      state: "refused",
      reason: `there is no cost in USD (the bill is in ${currency.slice(0, 3)})`,
    };
  }
  const meter = nameOf(fields, "meterName", "MeterName") ?? "not itemised";
  const type = (textOf(fields, "chargeType", "ChargeType") ?? "Usage").toLowerCase();
  const kind: EntryKind =
    type === "tax" ? "tax" : type === "refund" ? "refund" : type === "purchase" ? "fee" : "bucket";
  return {
    state: "line",
    line: {
      day,
      account:
        nameOf(
          fields,
          "billingAccountId",
          "BillingAccountId",
          "subscriptionId",
          "SubscriptionId",
        ) ?? "azure",
      provider: "azure.ai.openai",
      model: meter,
      kind,
      project: nameOf(fields, "resourceId", "ResourceId", "instanceName", "subscriptionId"),
      key: undefined,
      operation: undefined,
      tags: tagsOf(fields.tags ?? fields.Tags),
      cost: nanoUsd(cost),
      requests: 0,
      tokens:
        kind === "bucket"
          ? tokensOfQuantity(
              textOf(fields, "quantity", "Quantity"),
              textOf(fields, "unitOfMeasure", "UnitOfMeasure"),
              meter,
            )
          : {},
    },
  };
}

export const azure: BillFormat = {
  name: "azure",
  said: "Azure Cost Management, actual costs",
  columns: ["costInBillingCurrency", "CostInBillingCurrency"],
  replaces: "month",
  read: readAzure,
};

const GOOGLE_AI = /vertex|gemini|generative language|ai platform|cloud ai/i;

function inner(fields: Fields, name: string, part: string): string | undefined {
  const whole = fields[name];
  if (typeof whole === "object" && whole !== null) return textOf({ ...whole }, part);
  return textOf(fields, `${name}.${part}`, `${name}_${part}`);
}

/** The standard usage cost export of Cloud Billing, as JSONL or as a flat CSV; credits are negative. */
function readGoogle(fields: Fields): ReadLine {
  const service = inner(fields, "service", "description") ?? "";
  if (!GOOGLE_AI.test(service)) return { state: "ignored" };
  const day = dayOf(textOf(fields, "usage_start_time"));
  if (day === undefined) return { state: "refused", reason: "usage_start_time is no time" };
  const currency = textOf(fields, "currency") ?? "USD";
  if (currency !== "USD")
    return { state: "refused", reason: `currency is ${currency}: convert it first` };
  const cost = amountOf(fields, "cost");
  if (cost === undefined) return { state: "refused", reason: "cost is no decimal" };
  const credits = Array.isArray(fields.credits) ? fields.credits : [];
  const credited = credits.reduce<bigint>(
    (sum, one) => sum + (amountOf({ ...one }, "amount") ?? 0n),
    0n,
  );
  const sku = inner(fields, "sku", "description") ?? "not itemised";
  const isTax = textOf(fields, "cost_type") === "tax";
  return {
    state: "line",
    line: {
      day,
      account: nameOf(fields, "billing_account_id") ?? "google",
      provider: "gcp.vertex_ai",
      model: sku.slice(0, 256),
      kind: isTax ? "tax" : "bucket",
      project: inner(fields, "project", "id"),
      key: undefined,
      operation: undefined,
      tags: tagsOf(fields.labels),
      cost: nanoUsd(cost + credited),
      requests: 0,
      tokens: tokensOfQuantity(
        inner(fields, "usage", "amount"),
        inner(fields, "usage", "unit"),
        sku,
      ),
    },
  };
}

export const google: BillFormat = {
  name: "google",
  said: "Google Cloud Billing export",
  columns: ["billing_account_id"],
  replaces: "days",
  read: readGoogle,
};
