import { type BoundSubject, inputBound, outputBound } from "#core/enforcement/bound.ts";
import { estimateTokens } from "#core/enforcement/estimate.ts";
import type { Hold, KeyGrant, Settlement } from "#core/enforcement/holds.ts";
import { isComplete, type Seen } from "#core/enforcement/usage.ts";
import type { Wire } from "#core/enforcement/wire.ts";
import type { EntryStatus, ServiceTier, Tokens, UsageEvent } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Ended } from "./forward.ts";
import { type Dimensions, NO_TAGS } from "./headers.ts";
import type { Upstream } from "./upstream.ts";

/** A request that was admitted, as it is needed when it has ended. */
export interface Admitted {
  readonly requestId: string;
  readonly grant: KeyGrant;
  readonly upstream: Upstream;
  readonly subject: BoundSubject;
  readonly limit: number;
  readonly hold: Hold;
  readonly dimensions: Dimensions;
}

const OPERATIONS: Readonly<Record<Wire, string>> = {
  openai_chat: "chat",
  openai_responses: "responses",
  openai_embeddings: "embeddings",
  anthropic_messages: "chat",
  gemini_generate: "generate_content",
};

const STATUSES = {
  complete: "ok",
  rejected: "error",
  aborted: "aborted",
  cut: "aborted",
  failed: "error",
} as const satisfies Record<Exclude<Ended["how"], "unreached">, EntryStatus>;

interface Measured {
  readonly tokens: Tokens;
  readonly estimated: boolean;
}

/** An error of the provider's costs nothing; an end that was not seen costs what it can have cost. */
function measure(admitted: Admitted, ended: Ended): Measured {
  const { subject, limit, upstream } = admitted;
  const { facts } = subject;
  const { seen, how } = ended;
  if (how === "rejected") return { tokens: { input: 0, output: 0 }, estimated: false };
  // The last event of Anthropic's streams has the count of the output; the first one has a part of it.
  const isLast = ended.isWhole || facts.wire !== "anthropic_messages";
  if (how === "complete" && isComplete(facts.wire, seen) && isLast) {
    return { tokens: seen.tokens, estimated: false };
  }
  const tokens = estimateTokens({
    seen,
    inputBound: inputBound(subject),
    outputBound: facts.wire === "openai_embeddings" ? 0 : outputBound(facts, limit),
    textBytes: ended.textBytes,
    elapsedMs: ended.elapsedMs,
    tokensPerSecond: upstream.tokensPerSecond,
  });
  return { tokens, estimated: true };
}

interface Charged {
  readonly model: string;
  readonly tier: ServiceTier;
  readonly cost: NanoUsd;
}

/** By the model that answered; by the one that was asked for where the answer's name has no price. */
function charge(book: PriceBook, admitted: Admitted, seen: Seen, tokens: Tokens): Charged {
  const { subject, hold } = admitted;
  const { facts, provider, at } = subject;
  const tiers = seen.tier === undefined ? facts.tiers : [seen.tier];
  let dearest: Charged | undefined;
  for (const model of [seen.model ?? facts.model, facts.model]) {
    for (const tier of tiers) {
      const { region } = facts;
      const usage = { provider, model, at, serviceTier: tier, region, tokens, requestCount: 1 };
      const priced = priceUsage(book, usage);
      if (priced.state === "unpriced") continue;
      if (dearest === undefined || priced.cost > dearest.cost) {
        dearest = { model, tier, cost: priced.cost };
      }
    }
    if (dearest !== undefined) return dearest;
  }
  // What answered has no price: then the whole hold counts, and the entry shows itself as unpriced.
  const tier = seen.tier ?? "standard";
  return { model: seen.model ?? facts.model, tier, cost: hold.amount };
}

/**
 * What the end of a request does to its hold, and what the ledger gets: an event that was put together
 * here of what was checked before, so nothing parses it again.
 */
export function settlementOf(book: PriceBook, admitted: Admitted, ended: Ended): Settlement {
  const { hold, subject, grant, dimensions, requestId, upstream } = admitted;
  if (ended.how === "unreached") return { hold, cost: nanoUsd(0n), event: undefined };
  const { tokens, estimated } = measure(admitted, ended);
  const { model, tier, cost } = charge(book, admitted, ended.seen, tokens);
  const { session, trace, promptRevision } = dimensions;
  const event: UsageEvent = {
    source: "gateway",
    externalId: requestId,
    occurredAt: subject.at.toISOString(),
    kind: "call",
    basis: "metered",
    requestCount: 1,
    provider: upstream.provider,
    model,
    operation: OPERATIONS[subject.facts.wire],
    serviceTier: tier,
    status: ended.clientGone ? "aborted" : STATUSES[ended.how],
    tokens,
    tags: dimensions.tags === NO_TAGS ? grant.tags : { ...dimensions.tags, ...grant.tags },
    key: grant.ledgerKey,
    latencyMs: Math.min(Math.round(ended.elapsedMs), 2_000_000_000),
    estimated,
  };
  if (subject.facts.region !== undefined) event.region = subject.facts.region;
  if (session !== undefined) event.session = session;
  if (trace !== undefined) event.trace = trace;
  if (promptRevision !== undefined) event.promptRevision = promptRevision;
  return { hold, cost, event };
}

/** What was counted of a stream so far, at the dearest price it may have. Undefined: not yet known. */
export function costSoFar(book: PriceBook, admitted: Admitted, seen: Seen): bigint | undefined {
  const { tokens } = seen;
  if (tokens.input === undefined || tokens.output === undefined) return undefined;
  return charge(book, admitted, seen, tokens).cost;
}
