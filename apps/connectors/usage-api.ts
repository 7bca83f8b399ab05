import { z } from "zod";
import { callsIn, UsageEvent } from "#core/ledger/schema.ts";
import { decimalOf, nanoFromDecimal } from "#core/money.ts";
import { describeIssue } from "./describe-issue.ts";
import type { EndUserId } from "./end-user.ts";
import { deliveryIds } from "./event-identity.ts";
import { type ParsedEvent, refused } from "./parsed-event.ts";
import { isPlain } from "./plain-text.ts";
import { RESERVED_SOURCE } from "./reserved-source.ts";
import { shownValue } from "./shown-value.ts";

/** The source of events that name none. */
const DEFAULT_SOURCE = "api";

/** What only the ledger itself writes is not taken from outside. */
const SentKind = UsageEvent.shape.kind.unwrap().exclude(["correction", "reconciliation"]);
const SentBasis = UsageEvent.shape.basis.unwrap().exclude(["reconciliation"]);

/**
 * One event as `POST /v1/usage` takes it (docs/ingest.md): the ledger's UsageEvent, except that the
 * source and the id may be left out and that the end user comes in the clear and is hashed here.
 * Unknown fields are refused and not dropped, since a misspelt token class would cost money.
 */
export const UsageApiEvent = UsageEvent.extend({
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._:-]{0,63}$/, "must be lower-case letters, digits and . _ : -")
    .default(DEFAULT_SOURCE),
  externalId: UsageEvent.shape.externalId.optional(),
  kind: SentKind.default("call"),
  basis: SentBasis.default("metered"),
  requestCount: UsageEvent.shape.requestCount.unwrap().optional(),
  endUser: z.string().min(1).max(256).optional(),
});
export type UsageApiEvent = z.infer<typeof UsageApiEvent>;

/** The largest amount that a bigint column of nano-dollars holds. */
const MAX_NANO = 9_000_000_000_000_000_000n;

/** The sentence that is wrong with the texts or the cost of a well-formed event. */
function flaw(event: UsageApiEvent): { field: string; reason: string } | undefined {
  const control = firstControl(event, "");
  if (control !== undefined) {
    return { field: control, reason: `${control} holds a control character; leave it out` };
  }
  if (RESERVED_SOURCE.test(event.source)) {
    const reason = `source is '${event.source}': it is the name of another way in; choose your own`;
    return { field: "source", reason };
  }
  if (event.reportedCost === undefined) return undefined;
  const decimal = decimalOf(event.reportedCost);
  const amount = decimal === undefined ? undefined : nanoFromDecimal(decimal);
  if (amount !== undefined && amount < MAX_NANO && amount > -MAX_NANO) return undefined;
  const shown = shownValue(event.reportedCost);
  const reason = `reportedCost is ${shown}: it must be dollars as a decimal such as 0.0337`;
  return { field: "reportedCost", reason };
}

function firstControl(value: object, path: string): string | undefined {
  for (const [name, field] of Object.entries(value)) {
    if (typeof field === "string") {
      if (!isPlain(field)) return `${path}${name}`;
    } else if (typeof field === "object" && field !== null) {
      const inner = firstControl(field, `${path}${name}.`);
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

/** Reads the events of one delivery; equal events without an id are told apart by their order. */
export function parseUsageEvents(items: readonly unknown[], endUserId: EndUserId): ParsedEvent[] {
  const idOf = deliveryIds();
  return items.map((item) => {
    const parsed = UsageApiEvent.safeParse(item);
    if (!parsed.success) {
      const { field, reason } = describeIssue(parsed.error, item);
      return refused(field, reason);
    }
    const wrong = flaw(parsed.data);
    if (wrong !== undefined) return refused(wrong.field, wrong.reason);
    const event = parsed.data;
    if (event.endUser !== undefined) event.endUser = endUserId(event.endUser);
    const requestCount = event.requestCount ?? callsIn(event.kind);
    const counted = Object.assign(event, { requestCount });
    const externalId = event.externalId ?? idOf(counted);
    return { state: "event", event: Object.assign(counted, { externalId }) };
  });
}
