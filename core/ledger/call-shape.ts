import type { Entry } from "./entry.ts";
import type { Names } from "./names.ts";
import { draftOf, entryOf, type OrgContext, wantedNames } from "./prepare.ts";
import type { UsageEvent } from "./schema.ts";

/** What calls have in common: all of their entries but times, counts, amounts and traces. */
export interface CallShape {
  /** The first of them. */
  readonly event: UsageEvent;
  readonly entry: Entry;
  readonly provenance: string | undefined;
  /** Quarter of an hour since 1970: calls of one have one day, in every zone. */
  readonly quarter: number;
}

const QUARTER_MS = 900_000;

export function quarterOf(atMs: number): number {
  return Math.floor(atMs / QUARTER_MS);
}

/**
 * Undefined where a call like this cannot be booked by its shape alone: a name has no id yet, its source
 * does not count, it is refused, or it says more than a call does.
 */
export function shapeOf(
  context: OrgContext,
  names: Pick<Names, "idOf" | "knows">,
  event: UsageEvent,
  now: Date,
): CallShape | undefined {
  if (event.kind !== "call" || event.basis !== "metered") return undefined;
  if (event.composition !== undefined || event.reportedCost !== undefined) return undefined;
  const draft = draftOf(context, event, 0, now, {});
  if ("state" in draft || !draft.counts) return undefined;
  if (!names.knows(context.orgId, wantedNames([draft]))) return undefined;
  const entry = entryOf(context, draft, names, now);
  const quarter = quarterOf(draft.occurredAt.getTime());
  return { event, entry, provenance: draft.costs.provenance, quarter };
}

/** Is the event one of the shape? Its quarter and where its price is from are for the caller to compare. */
export function isOfShape({ event: first }: CallShape, event: UsageEvent): boolean {
  return (
    event.model === first.model &&
    event.status === first.status &&
    event.serviceTier === first.serviceTier &&
    event.operation === first.operation &&
    event.provider === first.provider &&
    event.estimated === first.estimated &&
    event.region === first.region &&
    event.key === first.key &&
    event.source === first.source &&
    event.kind === first.kind &&
    event.basis === first.basis &&
    event.requestCount === first.requestCount &&
    event.errorCount === first.errorCount &&
    event.account === first.account &&
    event.nativeProject === first.nativeProject &&
    event.endUser === first.endUser &&
    event.composition === undefined &&
    event.reportedCost === undefined &&
    haveSameTags(event.tags, first.tags)
  );
}

function haveSameTags(one: UsageEvent["tags"], other: UsageEvent["tags"]): boolean {
  return (
    one === other ||
    (one.team === other.team &&
      one.project === other.project &&
      one.agent === other.agent &&
      one.workflow === other.workflow &&
      one.product === other.product &&
      one.feature === other.feature &&
      one.environment === other.environment &&
      one.customer === other.customer &&
      one.person === other.person)
  );
}
