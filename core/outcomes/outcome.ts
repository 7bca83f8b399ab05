import { createHash } from "node:crypto";
import { canonicalJson } from "#core/audit/canonical-json.ts";
import { decimalOf, nanoFromDecimal, usdDecimal } from "#core/money.ts";
import { type Day, utcDay } from "#core/time.ts";
import type { OutcomeEvent } from "./schema.ts";

/** An event ready to be stored; names are not ids yet. */
export interface Outcome {
  readonly day: Day;
  readonly source: string;
  readonly externalId: string;
  /** Of the normalised event: the same id with another content is a conflict. */
  readonly hash: Buffer;
  readonly occurredAt: Date;
  readonly localDay: Day;
  readonly workflow: string;
  readonly product: string | undefined;
  readonly customer: string | undefined;
  readonly outcome: string | undefined;
  readonly success: boolean;
  /** Nano-USD. */
  readonly value: bigint | undefined;
  readonly revenue: bigint | undefined;
  readonly evalScore: number | undefined;
}

export interface OutcomeSetting {
  /** The day of the organisation's zone. */
  readonly localDayOf: (instant: Date) => Day;
  /** The oldest local day that is kept. */
  readonly oldestDay: Day;
  readonly now: Date;
}

const MAX_NANO = 9_000_000_000_000_000_000n;
const DAY_MS = 86_400_000;

/** Dollars of 0 or more as nano-USD, or what is wrong with them. */
function dollars(field: string, given: string | number | undefined): bigint | string | undefined {
  if (given === undefined) return undefined;
  const decimal = decimalOf(given);
  const nano = decimal === undefined ? undefined : nanoFromDecimal(decimal);
  if (nano !== undefined && nano >= 0n && nano < MAX_NANO) return nano;
  return `${field} is no amount in dollars: write a decimal of 0 or more, such as 12.50`;
}

/** Normalises an event: the reason in words where it cannot be taken. */
export function prepareOutcome(
  event: OutcomeEvent,
  { localDayOf, oldestDay, now }: OutcomeSetting,
): Outcome | string {
  const value = dollars("value", event.value);
  const revenue = dollars("revenue", event.revenue);
  if (typeof value === "string") return value;
  if (typeof revenue === "string") return revenue;
  const occurredAt = new Date(event.occurredAt);
  if (occurredAt.getTime() > now.getTime() + DAY_MS) {
    return `occurredAt ${event.occurredAt} lies in the future`;
  }
  const local = localDayOf(occurredAt);
  if (local < oldestDay || utcDay(occurredAt) < oldestDay) {
    return `occurredAt ${event.occurredAt} is before ${oldestDay}, the oldest day kept`;
  }
  const { workflow, product, customer, outcome, success, evalScore, source, externalId } = event;
  const content = {
    at: occurredAt.toISOString(),
    workflow,
    product,
    customer,
    outcome,
    success,
    value: value === undefined ? undefined : usdDecimal(value),
    revenue: revenue === undefined ? undefined : usdDecimal(revenue),
    evalScore,
  };
  return {
    day: utcDay(occurredAt),
    source,
    externalId,
    hash: createHash("sha256").update(canonicalJson(content)).digest(),
    occurredAt,
    localDay: local,
    workflow,
    product,
    customer,
    outcome,
    success,
    value,
    revenue,
    evalScore,
  };
}

export function identityOf({ day, source, externalId }: Outcome): string {
  return `${day} ${source} ${externalId}`;
}
