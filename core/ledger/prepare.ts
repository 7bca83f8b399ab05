import type { Tx } from "#core/db/db.ts";
import { absolute, NANO_PER_USD } from "#core/money.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { type Day, localDay, utcDay } from "#core/time.ts";
import {
  type Attribution,
  type AttributionBase,
  attribute,
  type Chain,
  isWithin,
} from "./attribution.ts";
import {
  type CostColumns,
  type CostFrom,
  contentHash,
  costColumns,
  keptTags,
  reportedCost,
} from "./draft.ts";
import type { Entry } from "./entry.ts";
import type { NamedBy, Names } from "./names.ts";
import type { AppendOutcome, UsageEvent } from "./schema.ts";

/**
 * What appending needs to know of the organisation: a snapshot, renewed when its revision moves.
 */
export interface OrgContext {
  readonly orgId: number;
  readonly revision: bigint;
  readonly timeZone: string;
  /** An event of an earlier UTC day is refused: its month may have been closed. */
  readonly oldestDay: Day;
  readonly base: AttributionBase;
  readonly priceBook: PriceBook;
  /** Does an event of this source count, or is it a second sight of what another source counts? */
  counts(event: UsageEvent): boolean;
  /** Of an event that does not count: by which word of the organisation's file. */
  whyTraced(event: UsageEvent): string;
  /** Local day of an instant, from a cache: Intl takes longer than everything else here. */
  readonly localDayOf: (instant: Date) => Day;
}

const QUARTER_MS = 900_000;
const CACHED_QUARTERS = 200_000;

/** Every zone's offset, and so its midnight, falls on a quarter of an hour. */
export function cachedLocalDay(timeZone: string): (instant: Date) => Day {
  const days = new Map<number, Day>();
  return (instant) => {
    const quarter = Math.floor(instant.getTime() / QUARTER_MS);
    let day = days.get(quarter);
    if (day === undefined) {
      if (days.size > CACHED_QUARTERS) days.clear();
      day = localDay(new Date(quarter * QUARTER_MS), timeZone);
      days.set(quarter, day);
    }
    return day;
  };
}

export interface AppendOptions {
  /** The scopes that the caller's ingest token may write, as chains; absent = all. */
  readonly tokenScopes?: readonly Chain[];
  readonly costFrom?: CostFrom;
  /** The source's later word on the same id wins: the difference is appended as a correction. */
  readonly authoritative?: boolean;
  /**
   * More to be written in the same transaction, after the entries. It may run more than once, as the
   * transaction may.
   */
  readonly within?: (tx: Tx) => Promise<void>;
}

/** An event that is ready to be booked: attributed and priced, its names not yet ids. */
export interface Draft {
  readonly index: number;
  readonly event: UsageEvent;
  readonly occurredAt: Date;
  readonly hash: string;
  readonly attribution: Attribution;
  readonly costs: CostColumns;
  readonly counts: boolean;
}

const FUTURE_MS = 24 * 3_600_000;
/** A fee is booked day by day over a period that may have begun only. */
const CHARGE_FUTURE_MS = 366 * FUTURE_MS;

/**
 * $100 million. Sums are int8 of nano-dollars, $9.2 billion: a figure that is off by a factor of a
 * million would make every sum that it is in fail, and not only be wrong.
 */
const MOST_OF_AN_ENTRY = 100_000_000n * NANO_PER_USD;
const BEYOND = "is above $100,000,000, the most that one entry may cost: check its unit";

/** Dearer than any call is: then the figure is wrong. */
export function isBeyond({ cost, list_cost }: CostColumns): boolean {
  return cost > MOST_OF_AN_ENTRY || list_cost > MOST_OF_AN_ENTRY;
}

type Refused = Extract<AppendOutcome, { state: "refused" }>;

function refused(reason: string): Refused {
  return { state: "refused", reason };
}

/** Attributes and prices one event; refuses what could not be booked. Pure. */
export function draftOf(
  context: OrgContext,
  event: UsageEvent,
  index: number,
  now: Date,
  options: AppendOptions,
): Draft | Refused {
  const occurredAt = new Date(event.occurredAt);
  const isUsage = event.kind === "call" || event.kind === "bucket";
  if (occurredAt.getTime() > now.getTime() + (isUsage ? FUTURE_MS : CHARGE_FUTURE_MS)) {
    return refused(`occurredAt ${event.occurredAt} lies in the future`);
  }
  if (
    utcDay(occurredAt) < context.oldestDay ||
    context.localDayOf(occurredAt) < context.oldestDay
  ) {
    return refused(
      `occurredAt ${event.occurredAt} is before ${context.oldestDay}, the oldest day kept`,
    );
  }
  const reported = reportedCost(event);
  if (reported === undefined)
    return refused(`reportedCost '${event.reportedCost}' is not a decimal`);
  if (reported !== null && absolute(reported) > MOST_OF_AN_ENTRY) {
    return refused(`reportedCost '${event.reportedCost}' ${BEYOND}`);
  }
  const attribution = attribute(context.base, factsOf(event), singleScope(options.tokenScopes));
  if (options.tokenScopes !== undefined && !isWithin(attribution.chain, options.tokenScopes)) {
    return { ...refused("the ingest token may not write to this scope"), forbidden: true };
  }
  const priced = priceUsage(context.priceBook, {
    provider: event.provider,
    model: event.model,
    at: occurredAt,
    serviceTier: event.serviceTier,
    ...(event.region === undefined ? {} : { region: event.region }),
    tokens: event.tokens,
    requestCount: event.requestCount,
  });
  const costs = costColumns(event, priced, reported, options.costFrom ?? "price");
  if (isBeyond(costs)) return refused(`the price of its tokens ${BEYOND}`);
  return {
    index,
    event,
    occurredAt,
    hash: contentHash(event),
    attribution,
    costs,
    counts: context.counts(event),
  };
}

function factsOf(event: UsageEvent) {
  return {
    provider: event.provider,
    model: event.model,
    key: event.key,
    account: event.account,
    nativeProject: event.nativeProject,
    tags: event.tags,
  };
}

/** A token bound to one scope says where untagged usage belongs; bound to several it does not. */
function singleScope(scopes: readonly Chain[] | undefined): Chain | undefined {
  return scopes?.length === 1 ? scopes[0] : undefined;
}

/** The names that the drafts' entries need ids for. */
export function wantedNames(drafts: readonly Draft[]): Map<NamedBy, Set<string>> {
  const wanted = new Map<NamedBy, Set<string>>();
  const want = (by: NamedBy, name: string | undefined) => {
    if (name === undefined) return;
    const names = wanted.get(by);
    if (names === undefined) wanted.set(by, new Set([name]));
    else names.add(name);
  };
  for (const { event, attribution, costs } of drafts) {
    want("provider", event.provider);
    want("model", event.model);
    want("key", event.key);
    want("account", event.account);
    want("workflow", attribution.tags.workflow);
    want("product", attribution.tags.product);
    want("customer", attribution.tags.customer);
    want("feature", attribution.tags.feature);
    want("environment", attribution.tags.environment);
    want("person", attribution.tags.person);
    want("price", costs.provenance);
  }
  return wanted;
}

function count(value: number | undefined): bigint | null {
  return value === undefined ? null : BigInt(value);
}

/** The draft as a row, its names resolved. */
export function entryOf(
  context: OrgContext,
  draft: Draft,
  names: Pick<Names, "idOf">,
  now: Date,
): Entry {
  const { event, attribution, costs, occurredAt } = draft;
  const { tokens, composition } = event;
  const { chain, tags } = attribution;
  const id = (by: NamedBy, name: string | undefined) => names.idOf(context.orgId, by, name);
  return {
    org_id: context.orgId,
    day: utcDay(occurredAt),
    source: event.source,
    external_id: event.externalId,
    content_hash: draft.hash,
    occurred_at: occurredAt,
    recorded_at: now,
    local_day: context.localDayOf(occurredAt),
    kind: event.kind,
    basis: event.basis,
    team_id: chain.teamId,
    project_id: chain.projectId,
    agent_id: chain.agentId,
    provider_id: id("provider", event.provider),
    model_id: id("model", event.model),
    key_id: id("key", event.key),
    account_id: id("account", event.account),
    workflow_id: id("workflow", tags.workflow),
    product_id: id("product", tags.product),
    customer_id: id("customer", tags.customer),
    person_id: id("person", tags.person),
    feature_id: id("feature", tags.feature),
    environment_id: id("environment", tags.environment),
    attributed_by: attribution.by,
    operation: event.operation ?? null,
    service_tier: event.serviceTier,
    status: event.status,
    prompt_revision: event.promptRevision ?? null,
    session: event.session ?? null,
    trace: event.trace ?? null,
    end_user: event.endUser ?? null,
    latency_ms: event.latencyMs ?? null,
    request_count: BigInt(event.requestCount),
    error_count: BigInt(event.errorCount ?? (event.status === "error" ? event.requestCount : 0)),
    input_tokens: count(tokens.input),
    cache_read_tokens: count(tokens.cacheRead) ?? 0n,
    cache_write_tokens: BigInt((tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0)),
    output_tokens: count(tokens.output),
    reasoning_tokens: count(tokens.reasoning) ?? 0n,
    system_tokens: composition?.system ?? null,
    retrieval_tokens: composition?.retrieval ?? null,
    history_tokens: composition?.history ?? null,
    tool_tokens: composition?.tools ?? null,
    user_tokens: composition?.user ?? null,
    // Named one by one: with a spread this function takes twice as long, for every row imported.
    input_cost: costs.input_cost,
    cache_read_cost: costs.cache_read_cost,
    cache_write_cost: costs.cache_write_cost,
    output_cost: costs.output_cost,
    reasoning_cost: costs.reasoning_cost,
    other_cost: costs.other_cost,
    cost: costs.cost,
    list_cost: costs.list_cost,
    reported_cost: costs.reported_cost,
    price_id: id("price", costs.provenance),
    estimated: event.estimated,
    corrects: null,
    tags: keptTags(attribution, event.nativeProject),
  };
}
