import type { UsageEvent } from "#core/ledger/schema.ts";

/** What an edge made of one item of a feed. Nothing of a refused item is kept but these words. */
export type ParsedEvent =
  | { state: "event"; event: UsageEvent }
  /** No charge, such as a span that is no model call: counted, stored nowhere. */
  | { state: "ignored" }
  | { state: "refused"; field: string; reason: string };

export function refused(field: string, reason: string): ParsedEvent {
  return { state: "refused", field, reason };
}
