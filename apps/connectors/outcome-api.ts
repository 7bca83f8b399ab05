import { OutcomeEvent } from "#core/outcomes/schema.ts";
import { describeIssue } from "./describe-issue.ts";
import { isPlain } from "./plain-text.ts";

/** What an edge made of one item of a feed of outcomes. */
export type ParsedOutcome =
  | { readonly state: "event"; readonly event: OutcomeEvent }
  | { readonly state: "refused"; readonly field: string; readonly reason: string };

/** A part of each outcome's identity: an event by this way must not take an id of another feed's. */
const RESERVED = /^(demo|aispend)([:._-]|$)|^import:/;

export function refusedOutcome(field: string, reason: string): ParsedOutcome {
  return { state: "refused", field, reason };
}

/** Reads one outcome; unknown fields are refused and not dropped, as by POST /v1/usage. */
export function parseOutcome(item: unknown): ParsedOutcome {
  const parsed = OutcomeEvent.safeParse(item);
  if (!parsed.success) {
    const { field, reason } = describeIssue(parsed.error, item);
    return refusedOutcome(field, reason);
  }
  const event = parsed.data;
  for (const [name, value] of Object.entries(event)) {
    if (typeof value !== "string" || isPlain(value)) continue;
    return refusedOutcome(name, `${name} holds a control character; leave it out`);
  }
  return { state: "event", event };
}

/** The outcomes of one delivery over HTTP, which may not pass for a file's. */
export function parseOutcomes(items: readonly unknown[]): ParsedOutcome[] {
  return items.map((item) => {
    const parsed = parseOutcome(item);
    if (parsed.state === "refused" || !RESERVED.test(parsed.event.source)) return parsed;
    const { source } = parsed.event;
    const reason = `source is '${source}': it is the name of another way in; choose your own`;
    return refusedOutcome("source", reason);
  });
}
