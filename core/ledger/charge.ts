import {
  allocate,
  type Decimal,
  decimalOf,
  type NanoUsd,
  nanoFromDecimal,
  nanoUsd,
  usdDecimal,
} from "#core/money.ts";
import { addDays, addMonths, type Day, eachDay, type Period, parseDay } from "#core/time.ts";
import type { Charge, ChargeCategory } from "./charge-schema.ts";
import type { EntryKind, UsageEvent } from "./schema.ts";

/** Credit that was paid for ahead, or drawn from it (negative): cash, no cost. */
export interface PrepaidCredit {
  readonly source: string;
  readonly externalId: string;
  readonly provider: string;
  /** '' = any account of the provider. */
  readonly account: string;
  readonly amount: NanoUsd;
  readonly boughtOn: Day;
  readonly expiresOn: Day | undefined;
  readonly note: string | undefined;
}

export type ReadCharge =
  | { readonly state: "events"; readonly events: readonly UsageEvent[] }
  | { readonly state: "credit"; readonly credit: PrepaidCredit }
  | { readonly state: "refused"; readonly field: string; readonly reason: string };

const KINDS: Readonly<Record<Exclude<ChargeCategory, "prepaid" | "draw_down">, EntryKind>> = {
  seat: "seat",
  platform_fee: "fee",
  gpu_hours: "infrastructure",
  vector_store: "infrastructure",
  harness: "infrastructure",
  credit: "credit",
  refund: "refund",
  tax: "tax",
};
const TAKEN_OFF: ReadonlySet<ChargeCategory> = new Set(["credit", "refund", "draw_down"]);
const MOST_DAYS = 366;
const MAX_NANO = 1_000_000_000_000_000_000n;

function refused(field: string, reason: string): ReadCharge {
  return { state: "refused", field, reason };
}

/**
 * A charge as what the ledger books: one entry for a seat-month, credit, refund or tax, else one a day
 * of the period with parts that add up to it; or a prepaid credit. `id` where it has none of its own.
 */
export function readCharge(charge: Charge, id: string): ReadCharge {
  const amount = amountOf(charge);
  if ("reason" in amount) return amount;
  const { category } = charge;
  if (category === "seat" && charge.month === undefined) {
    return refused("month", "a seat is charged by the month: give month, such as 2026-11");
  }
  const period = periodOf(charge);
  if ("reason" in period) return period;
  if (charge.expiresOn !== undefined && category !== "prepaid") {
    return refused("expiresOn", "only prepaid credit expires: leave expiresOn out");
  }
  const signed = TAKEN_OFF.has(category) ? nanoUsd(-amount.nano) : amount.nano;
  if (category === "prepaid" || category === "draw_down") {
    return creditOf(charge, id, signed, period.start);
  }
  const isSpread = KINDS[category] === "fee" || KINDS[category] === "infrastructure";
  const days = isSpread ? eachDay(period) : [period.start];
  const parts = allocate(
    signed,
    days.map(() => 1n),
  );
  const events = days.map((day, index) =>
    eventOf(
      charge,
      KINDS[category],
      days.length === 1 ? id : `${id}/${day}`,
      day,
      nanoUsd(parts[index] ?? 0n),
    ),
  );
  return { state: "events", events };
}

function amountOf({ amount, category, quantity, unitPrice }: Charge): { nano: NanoUsd } | Refused {
  const isProduct = quantity !== undefined || unitPrice !== undefined;
  if (
    (amount === undefined) !== isProduct ||
    (isProduct && (quantity === undefined || unitPrice === undefined))
  ) {
    return refusedField("amount", "give either amount, or quantity and unitPrice");
  }
  const read = isProduct ? product(quantity, unitPrice) : decimalOf(amount ?? "");
  const nano = read && nanoFromDecimal(read);
  const field = isProduct ? "unitPrice" : "amount";
  if (nano === undefined) return refusedField(field, `${field} must be dollars such as 19.50`);
  if (nano <= 0n) {
    const isTakenOff = TAKEN_OFF.has(category);
    const why = isTakenOff
      ? `a ${category} is taken off without a sign`
      : "what is given back is a refund or a credit";
    return refusedField(field, `${field} must be above 0; ${why}`);
  }
  if (nano > MAX_NANO) return refusedField(field, `${field} is more than a billion dollars`);
  return { nano };
}

function product(left: string | number | undefined, right: string | number | undefined) {
  const [one, other] = [decimalOf(left ?? ""), decimalOf(right ?? "")];
  if (one === undefined || other === undefined) return undefined;
  const exact: Decimal = { digits: one.digits * other.digits, scale: one.scale + other.scale };
  return exact;
}

type Refused = Extract<ReadCharge, { state: "refused" }>;

function refusedField(field: string, reason: string): Refused {
  return { state: "refused", field, reason };
}

/** Half-open UTC days. */
function periodOf({ month, day, from, to }: Charge): Period | Refused {
  const ways = [month, day, from ?? to].filter((way) => way !== undefined);
  if (ways.length !== 1) return refusedField("day", "give one of month, day, or from and to");
  const texts = [day, from, to].filter((text) => text !== undefined);
  if (texts.some((text) => !isDay(text)))
    return refusedField("day", "a day must be one of the calendar, as 2026-11-22");
  if (month !== undefined) {
    const start = parseDay(`${month}-01`);
    return { start, end: addMonths(start, 1) };
  }
  if (day !== undefined) return { start: parseDay(day), end: addDays(parseDay(day), 1) };
  if (from === undefined || to === undefined) {
    return refusedField("to", "from and to, both included, belong together");
  }
  const period = { start: parseDay(from), end: addDays(parseDay(to), 1) };
  const days = (Date.parse(period.end) - Date.parse(period.start)) / 86_400_000;
  if (days < 1) return refusedField("to", "to is before from");
  return days > MOST_DAYS
    ? refusedField("to", "a charge covers a year at most: give it in parts")
    : period;
}

function isDay(text: string): boolean {
  const read = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 10) === text;
}

function creditOf(charge: Charge, id: string, amount: NanoUsd, boughtOn: Day): ReadCharge {
  const { source, provider, account = "", expiresOn, note } = charge;
  if (expiresOn !== undefined && (!isDay(expiresOn) || expiresOn <= boughtOn)) {
    return refused("expiresOn", "expiresOn must be a day after the purchase");
  }
  const credit = {
    source,
    externalId: id,
    provider,
    account,
    amount,
    boughtOn,
    expiresOn: expiresOn === undefined ? undefined : parseDay(expiresOn),
    note,
  };
  return { state: "credit", credit };
}

function eventOf(
  charge: Charge,
  kind: EntryKind,
  externalId: string,
  day: Day,
  amount: NanoUsd,
): UsageEvent {
  const { source, provider, item, category, tags, account, nativeProject } = charge;
  return {
    source,
    externalId,
    // The noon of a UTC day is the same day nearly everywhere.
    occurredAt: `${day}T12:00:00.000Z`,
    kind,
    basis: "billed",
    provider,
    model: item,
    operation: category,
    serviceTier: "standard",
    status: "ok",
    requestCount: 0,
    tokens: {},
    tags,
    reportedCost: usdDecimal(amount),
    estimated: false,
    ...(account === undefined ? {} : { account }),
    ...(nativeProject === undefined ? {} : { nativeProject }),
  };
}
