import { hash } from "node:crypto";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { allocate, type NanoUsd, nanoUsd, parseUsd, usdDecimal } from "#core/money.ts";
import type { Day } from "#core/time.ts";

/** How every id of a feed begins: what is gone from its report is taken back by it. */
export function prefixOf(account: string, feed: string): string {
  return `${account.slice(0, 160)}/${feed}/`;
}

/** The id of a line of a report: what it is grouped by, as a fingerprint of 132 bits. */
export function lineId(prefix: string, parts: readonly (string | boolean | null)[]): string {
  // Each with its length before it, so that no two lists read alike; faster than JSON here.
  let text = "";
  for (const part of parts) text += part === null ? "-" : `${String(part).length}:${part}`;
  return prefix + hash("sha256", text, "base64url").slice(0, 22);
}

/** A daily bucket is booked at its noon, so that zones on both sides of Greenwich see that day. */
export function noonOf(day: Day): string {
  return `${day}T12:00:00.000Z`;
}

/** A line of a bill that several rows of usage share. */
export interface SharedAmount<Row> {
  readonly amount: NanoUsd;
  readonly rows: readonly Row[];
  readonly weightOf: (row: Row) => bigint;
}

/** What each row pays; the parts of an amount always add up to it. */
export function shareAmounts<Row>(shared: readonly SharedAmount<Row>[]): Map<Row, NanoUsd> {
  const paid = new Map<Row, NanoUsd>();
  const pay = (row: Row, part: bigint) => paid.set(row, nanoUsd((paid.get(row) ?? 0n) + part));
  for (const { amount, rows, weightOf } of shared) {
    const [only] = rows;
    if (only !== undefined && rows.length === 1) {
      pay(only, amount);
      continue;
    }
    for (const [index, part] of allocate(amount, rows.map(weightOf)).entries()) {
      const row = rows[index];
      if (row !== undefined) pay(row, part);
    }
  }
  return paid;
}

/**
 * One event for each id: a report that gives a group twice gives one row again, or a group in parts.
 * The bill was shared out over all of them, so that it is added up either way.
 */
export function mergeEqualIds(events: UsageEvent[]): UsageEvent[] {
  if (new Set(events.map(({ externalId }) => externalId)).size === events.length) return events;
  const merged = new Map<string, UsageEvent>();
  for (const event of events) {
    const before = merged.get(event.externalId);
    merged.set(event.externalId, before === undefined ? event : addEvents(before, event));
  }
  return [...merged.values()];
}

function addEvents(one: UsageEvent, other: UsageEvent): UsageEvent {
  const costs = [one.reportedCost, other.reportedCost].filter((cost) => cost !== undefined);
  const cost =
    costs.length === 0
      ? {}
      : { reportedCost: usdDecimal(costs.reduce((sum, part) => sum + parseUsd(part), 0n)) };
  const isAgain =
    one.requestCount === other.requestCount &&
    JSON.stringify(one.tokens) === JSON.stringify(other.tokens);
  if (isAgain) return { ...one, ...cost };
  const tokens = { ...one.tokens };
  for (const [name, count = 0] of Object.entries(other.tokens)) {
    const part = name as keyof UsageEvent["tokens"];
    tokens[part] = (tokens[part] ?? 0) + count;
  }
  return { ...one, ...cost, tokens, requestCount: one.requestCount + other.requestCount };
}

export function reported(amount: NanoUsd | undefined): { reportedCost?: string } {
  return amount === undefined ? {} : { reportedCost: usdDecimal(amount) };
}

/** Only what is there: an event has no undefined fields. */
export function given<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  const entries = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}
