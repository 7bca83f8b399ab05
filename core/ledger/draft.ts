import { hash } from "node:crypto";
import { allocate, decimalOf, type NanoUsd, nanoFromDecimal, nanoUsd } from "#core/money.ts";
import type { Priced } from "#core/pricing/cost.ts";
import type { Attribution } from "./attribution.ts";
import type { UsageEvent } from "./schema.ts";

/**
 * A fingerprint of what the event says, its identity left out: the same id with another fingerprint
 * is a conflict. 128 bits of sha256, as hex.
 */
export function contentHash(event: UsageEvent): string {
  const { tokens, composition, tags } = event;
  const canonical = JSON.stringify([
    Date.parse(event.occurredAt),
    event.kind,
    event.basis,
    event.provider,
    event.model,
    event.operation ?? null,
    event.serviceTier,
    event.region ?? null,
    event.status,
    event.requestCount,
    event.errorCount ?? null,
    [
      tokens.input,
      tokens.cacheRead,
      tokens.cacheWrite5m,
      tokens.cacheWrite1h,
      tokens.output,
      tokens.reasoning,
    ],
    composition === undefined
      ? null
      : [
          composition.system,
          composition.retrieval,
          composition.history,
          composition.tools,
          composition.user,
        ],
    [
      tags.team,
      tags.project,
      tags.agent,
      tags.workflow,
      tags.product,
      tags.feature,
      tags.environment,
      tags.customer,
      tags.person,
    ],
    event.key ?? null,
    event.account ?? null,
    event.nativeProject ?? null,
    event.promptRevision ?? null,
    event.session ?? null,
    event.trace ?? null,
    event.endUser ?? null,
    event.latencyMs ?? null,
    event.reportedCost === undefined ? null : String(event.reportedCost),
    event.estimated,
  ]);
  return hash("sha256", canonical, "hex").slice(0, 32);
}

export interface CostColumns {
  readonly input_cost: bigint;
  readonly cache_read_cost: bigint;
  readonly cache_write_cost: bigint;
  readonly output_cost: bigint;
  readonly reasoning_cost: bigint;
  readonly other_cost: bigint;
  readonly cost: bigint;
  readonly list_cost: bigint;
  readonly reported_cost: bigint | null;
  /** Where the price came from; undefined = unpriced. */
  readonly provenance: string | undefined;
}

const NOTHING = {
  input_cost: 0n,
  cache_read_cost: 0n,
  cache_write_cost: 0n,
  output_cost: 0n,
  reasoning_cost: 0n,
  other_cost: 0n,
  cost: 0n,
  list_cost: 0n,
};

/** Whose figure becomes the cost: our price, or what the source reported. */
export type CostFrom = "price" | "reported";

/** `undefined` when the event's reported cost is not a decimal. */
export function reportedCost(event: UsageEvent): NanoUsd | null | undefined {
  if (event.reportedCost === undefined) return null;
  const decimal = decimalOf(event.reportedCost);
  return decimal === undefined ? undefined : nanoFromDecimal(decimal);
}

/**
 * The cost columns of an entry. Kinds without tokens (seats, fees ...) and `reported` take the
 * source's figure; where our own price is known too, its classes give the proportions.
 */
export function costColumns(
  event: UsageEvent,
  priced: Priced,
  reported: NanoUsd | null,
  from: CostFrom,
): CostColumns {
  const isUsage = event.kind === "call" || event.kind === "bucket";
  if (!isUsage || from === "reported") {
    if (reported === null) return { ...NOTHING, reported_cost: null, provenance: undefined };
    const list = priced.state === "priced" && isUsage ? priced.listCost : reported;
    const classes = reportedClasses(reported, isUsage ? priced : undefined);
    // Named one by one: this is done for every row of a bill.
    return {
      input_cost: classes.input_cost,
      cache_read_cost: classes.cache_read_cost,
      cache_write_cost: classes.cache_write_cost,
      output_cost: classes.output_cost,
      reasoning_cost: classes.reasoning_cost,
      other_cost: classes.other_cost,
      cost: reported,
      list_cost: list,
      reported_cost: reported,
      provenance: `reported by ${event.source}`,
    };
  }
  if (priced.state === "unpriced")
    return { ...NOTHING, reported_cost: reported, provenance: undefined };
  const { classes } = priced;
  return {
    input_cost: classes.input,
    cache_read_cost: classes.cacheRead,
    cache_write_cost: classes.cacheWrite,
    output_cost: classes.output,
    reasoning_cost: classes.reasoning,
    other_cost: classes.other,
    cost: priced.cost,
    list_cost: priced.listCost,
    reported_cost: reported,
    provenance: priced.provenance,
  };
}

function reportedClasses(reported: NanoUsd, priced: Priced | undefined) {
  if (priced === undefined || priced.state === "unpriced" || priced.cost === 0n) {
    return {
      input_cost: 0n,
      cache_read_cost: 0n,
      cache_write_cost: 0n,
      output_cost: 0n,
      reasoning_cost: 0n,
      other_cost: nanoUsd(reported),
    };
  }
  const { input, cacheRead, cacheWrite, output, reasoning, other } = priced.classes;
  const parts = allocate(reported, [input, cacheRead, cacheWrite, output, reasoning, other]);
  return {
    input_cost: parts[0] ?? 0n,
    cache_read_cost: parts[1] ?? 0n,
    cache_write_cost: parts[2] ?? 0n,
    output_cost: parts[3] ?? 0n,
    reasoning_cost: parts[4] ?? 0n,
    other_cost: parts[5] ?? 0n,
  };
}

/**
 * What attribution could not use, as the entry keeps it for later: scope tags that named something
 * unknown or contradicted the key, and the provider's own project. Null when there is none.
 */
export function keptTags(
  attribution: Attribution,
  nativeProject: string | undefined,
): string | null {
  const { unknown, contradicted, by } = attribution;
  const native = by === "none" ? nativeProject : undefined;
  if (isEmpty(unknown) && isEmpty(contradicted)) {
    // Nearly every row of a bill: written as JSON.stringify would, without an object for each.
    return native === undefined ? null : `{"native":${JSON.stringify(native)}}`;
  }
  return JSON.stringify({
    ...(isEmpty(unknown) ? {} : { unknown }),
    ...(isEmpty(contradicted) ? {} : { contradicted }),
    ...(native === undefined ? {} : { native }),
  });
}

function isEmpty(names: Readonly<Record<string, string>>): boolean {
  for (const _ in names) return false;
  return true;
}
