import type { EntryKind, Tokens } from "#core/ledger/schema.ts";
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

const AI = "ai and machine learning";
/** A service that is AI though its bill files it elsewhere. */
const AI_SERVICE =
  /bedrock|openai|anthropic|claude|gemini|vertex|cognitive|foundry|copilot|cursor|mistral|cohere/i;

const KINDS: Readonly<Record<string, EntryKind>> = {
  usage: "bucket",
  purchase: "fee",
  tax: "tax",
  credit: "credit",
  adjustment: "reconciliation",
};

function isAi(fields: Fields): boolean {
  const category = textOf(fields, "ServiceCategory")?.toLowerCase();
  return (
    category === AI ||
    AI_SERVICE.test(`${textOf(fields, "ServiceName")} ${textOf(fields, "ProviderName")}`)
  );
}

function wholeNumber(fields: Fields, name: string): number | undefined {
  const text = textOf(fields, name);
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Our own export says its tokens by class; elsewhere the unit and the meter tell them. */
function tokensOf(fields: Fields): Tokens {
  const own = {
    input: wholeNumber(fields, "x_InputTokens"),
    cacheRead: wholeNumber(fields, "x_CacheReadTokens"),
    cacheWrite5m: wholeNumber(fields, "x_CacheWriteTokens"),
    output: wholeNumber(fields, "x_OutputTokens"),
  };
  // A correction takes tokens off: lines of a day are added up before they are booked.
  const known = Object.entries(own).filter(([, count]) => count !== undefined && count !== 0);
  if (known.length > 0) return Object.fromEntries(known);
  return tokensOfQuantity(
    textOf(fields, "ConsumedQuantity"),
    textOf(fields, "ConsumedUnit"),
    [textOf(fields, "SkuMeter"), textOf(fields, "ChargeDescription"), textOf(fields, "SkuId")].join(
      " ",
    ),
  );
}

/** A row of FOCUS 1.0 to 1.2, of whatever provider; BilledCost is what the invoice says. */
export function readFocus(fields: Fields): ReadLine {
  if (!isAi(fields)) return { state: "ignored" };
  const day = dayOf(textOf(fields, "ChargePeriodStart"));
  if (day === undefined) return { state: "refused", reason: "ChargePeriodStart is no time" };
  const currency = textOf(fields, "BillingCurrency") ?? "USD";
  if (currency !== "USD") {
    return { state: "refused", reason: `BillingCurrency is ${currency}: convert it to USD first` };
  }
  const cost = amountOf(fields, "BilledCost");
  if (cost === undefined) return { state: "refused", reason: "BilledCost is no decimal" };
  const account = nameOf(fields, "BillingAccountId");
  if (account === undefined) return { state: "refused", reason: "BillingAccountId is empty" };
  const category = (textOf(fields, "ChargeCategory") ?? "usage").toLowerCase();
  const kind = KINDS[category];
  if (kind === undefined)
    return { state: "refused", reason: `ChargeCategory is '${category.slice(0, 20)}'` };
  const isUsage = kind === "bucket";
  return {
    state: "line",
    line: {
      day,
      account,
      provider: (nameOf(fields, "ProviderName", "ServiceProviderName") ?? "unknown").toLowerCase(),
      model:
        nameOf(fields, "SkuId", "SkuMeter", "ChargeDescription", "ServiceName") ?? "not itemised",
      kind: kind === "reconciliation" ? "bucket" : kind,
      project: nameOf(fields, "ResourceId", "SubAccountId"),
      key: undefined,
      operation: isUsage ? undefined : category,
      tags: tagsOf(fields.Tags),
      cost: nanoUsd(cost),
      requests: wholeNumber(fields, "x_Requests") ?? 0,
      tokens: isUsage ? tokensOf(fields) : {},
    },
  };
}

export const focus: BillFormat = {
  name: "focus",
  said: "FOCUS 1.0 to 1.2, of any provider",
  columns: ["BilledCost"],
  replaces: "days",
  read: readFocus,
};
