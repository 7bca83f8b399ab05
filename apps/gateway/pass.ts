import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { type BoundSubject, outputBound } from "#core/enforcement/bound.ts";
import type { KeyGrant } from "#core/enforcement/holds.ts";
import {
  type ReadRequest,
  type RequestFacts,
  readRequest,
  withOutputLimit,
} from "#core/enforcement/request.ts";
import { isObject, type Json } from "#core/enforcement/wire.ts";
import { isModelAllowed } from "#core/keys/models.ts";
import { nanoUsd } from "#core/money.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { type Admission, admitRequest, isRefusal } from "./admission.ts";
import { type Ended, forward, type Live } from "./forward.ts";
import type { Dimensions } from "./headers.ts";
import { hasTwins } from "./json-members.ts";
import type { Eventually, ProxyPorts } from "./ports.ts";
import { errorEvent, type Refusal } from "./refusal.ts";
import type { Route } from "./route.ts";
import { type Admitted, costSoFar, settlementOf } from "./settlement.ts";
import type { Upstream } from "./upstream.ts";

/** A request whose key may be used, with its body. */
export interface Asked {
  readonly requestId: string;
  readonly route: Route;
  readonly grant: KeyGrant;
  readonly at: Date;
  readonly dimensions: Dimensions;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
  readonly json: Json;
  /** The same as it came. */
  readonly text: string;
  readonly bodyBytes: number;
  /** It was sent; `onEnd` follows. */
  onSent(live: Live): void;
  /** With a refusal where the client got nothing. */
  onEnd(refusal: Refusal | undefined): void;
}

/** Holds what the request can cost and passes it on. Undefined: it was sent, or nobody waits. */
export function pass(ports: ProxyPorts, asked: Asked): Eventually<Refusal | undefined> {
  const { route, grant } = asked;
  const read = readShallow(route, asked.json);
  if (read.state === "malformed") return { code: "request_invalid", message: read.reason };
  const { facts } = read;
  const barred = modelRefusal(grant, facts) ?? unboundedRefusal(grant, facts);
  if (barred !== undefined) return barred;
  const upstream = ports.findUpstream(grant.orgId, route.upstream);
  const book = ports.priceBookOf(grant.orgId);
  if (upstream instanceof Promise || book instanceof Promise) {
    return whenKnown(ports, asked, facts, upstream, book);
  }
  return admit(ports, asked, facts, upstream, book);
}

const TOO_DEEP = "the body is nested too deeply";

/** What JSON.parse can read may be nested deeper than the stack is. */
function readShallow({ wire, facts }: Route, json: Json): ReadRequest {
  try {
    return readRequest(wire, json, facts);
  } catch (error) {
    if (error instanceof RangeError) return { state: "malformed", reason: TOO_DEEP };
    throw error;
  }
}

async function whenKnown(
  ports: ProxyPorts,
  asked: Asked,
  facts: RequestFacts,
  upstream: Eventually<Upstream | undefined>,
  book: Eventually<PriceBook>,
): Promise<Refusal | undefined> {
  const [known, prices] = await Promise.all([upstream, book]);
  return admit(ports, asked, facts, known, prices);
}

function admit(
  ports: ProxyPorts,
  asked: Asked,
  facts: RequestFacts,
  upstream: Upstream | undefined,
  book: PriceBook,
): Eventually<Refusal | undefined> {
  const { route, grant, at, bodyBytes } = asked;
  if (upstream === undefined) return notConnected(route.upstream);
  const subject: BoundSubject = { facts, bodyBytes, provider: upstream.provider, at };
  const limit = facts.outputLimit ?? Math.max(upstream.defaultOutputLimit, facts.leastOutput);
  const admission = admitRequest({ store: ports.store, book, grant, subject, asked: limit });
  return admission instanceof Promise
    ? admission.then((one) => proceed(ports, asked, upstream, book, subject, one))
    : proceed(ports, asked, upstream, book, subject, admission);
}

function proceed(
  ports: ProxyPorts,
  asked: Asked,
  upstream: Upstream,
  book: PriceBook,
  subject: BoundSubject,
  admission: Admission | Refusal,
): Refusal | undefined {
  if (isRefusal(admission)) return admission;
  const { requestId, grant, dimensions, response } = asked;
  const { hold, limit } = admission;
  const nothing = { hold, cost: nanoUsd(0n), event: undefined };
  if (response.destroyed) {
    ports.store.settle(nothing);
    return undefined;
  }
  try {
    send(ports, book, asked, { requestId, grant, dimensions, upstream, subject, hold, limit });
    return undefined;
  } catch (error) {
    // Nothing was sent: what was held for it is free again.
    ports.store.settle(nothing);
    if (error instanceof RangeError) return { code: "request_invalid", message: TOO_DEEP };
    throw error;
  }
}

function send(ports: ProxyPorts, book: PriceBook, asked: Asked, admitted: Admitted): void {
  const { route, response, requestId, headers, json } = asked;
  const { upstream, subject, limit, hold } = admitted;
  const { facts } = subject;
  const isChatStream = route.wire === "openai_chat" && facts.stream;
  const live = forward(
    {
      wire: route.wire,
      upstream,
      path: route.path,
      body: bodyToSend(asked, upstream, facts, limit, isChatStream),
      stream: facts.stream,
      stripUsage: isChatStream && !asksForUsage(json),
      headers,
      response,
      extraHeaders: answerHeaders(requestId, facts, limit),
      mostTextBytes: MOST_BYTES_PER_TOKEN * outputBound(facts, limit) + SLACK_BYTES,
      isOverHold(seen) {
        return (costSoFar(book, admitted, seen) ?? 0n) > hold.amount;
      },
      overHoldEvent() {
        return errorEvent(route.wire, OVER_HOLD, requestId);
      },
      onEnd(ended) {
        settle(ports, book, admitted, ended);
        asked.onEnd(response.headersSent ? undefined : lostRefusal(upstream, ended));
      },
    },
    ports.transport,
  );
  asked.onSent(live);
}

function settle(ports: ProxyPorts, book: PriceBook, admitted: Admitted, ended: Ended): void {
  const { hold, requestId, subject } = admitted;
  const settlement = settlementOf(book, admitted, ended);
  if (settlement.cost > hold.amount && subject.facts.unbounded.length === 0) {
    ports.onFault(`request ${requestId} cost more than was held for it`);
  }
  ports.store.settle(settlement);
}

/** Whitespace is the longest text of a token; an answer within its limit never averages this. */
const MOST_BYTES_PER_TOKEN = 64;
const SLACK_BYTES = 16_384;

const OVER_HOLD: Refusal = {
  code: "budget_exceeded",
  message: "The answer was ended: it went past what was held for it.",
};

/** As it came; written anew where something is changed, or stands twice: then it is one, and ours. */
function bodyToSend(
  { json, text, route }: Asked,
  upstream: Upstream,
  facts: RequestFacts,
  limit: number,
  isChatStream: boolean,
): string {
  const isLimited = facts.outputLimit === limit || route.wire === "openai_embeddings";
  const addsUsage = isChatStream && !asksForUsage(json);
  if (isLimited && !addsUsage) return hasTwins(text, json) ? JSON.stringify(json) : text;
  const limited = isLimited ? json : withOutputLimit(route.wire, json, limit, upstream.limitField);
  if (!addsUsage) return JSON.stringify(limited);
  const options = isObject(json.stream_options) ? json.stream_options : {};
  return JSON.stringify({ ...limited, stream_options: { ...options, include_usage: true } });
}

function asksForUsage({ stream_options: options }: Json): boolean {
  return isObject(options) && options.include_usage === true;
}

function answerHeaders(
  requestId: string,
  { outputLimit }: RequestFacts,
  limit: number,
): readonly string[] {
  const isLowered = outputLimit !== undefined && limit < outputLimit;
  const headers = ["x-aispend-request-id", requestId];
  if (isLowered) headers.push("x-aispend-output-limit", String(limit));
  return headers;
}

function modelRefusal({ name, models }: KeyGrant, { model }: RequestFacts): Refusal | undefined {
  if (isModelAllowed(models, model)) return undefined;
  return {
    code: "model_not_allowed",
    message: `The key ${name} may use ${models.join(", ")}, and not ${model}.`,
  };
}

function unboundedRefusal(grant: KeyGrant, { unbounded }: RequestFacts): Refusal | undefined {
  if (unbounded.length === 0 || grant.allowUnbounded) return undefined;
  return {
    code: "unbounded_request",
    message:
      `What this request can cost does not follow from its body: ${unbounded.join("; ")}. ` +
      "A key can be allowed such requests, outside of what its cap guarantees.",
  };
}

function notConnected(name: string): Refusal {
  return {
    code: "provider_not_connected",
    message:
      `No provider '${name}' is connected here. ` +
      `An operator adds it: aispend gateway add ${name}`,
  };
}

function lostRefusal(upstream: Upstream, { how }: Ended): Refusal {
  const what = how === "unreached" ? "cannot be reached" : "broke off without an answer";
  return { code: "provider_unreachable", message: `${upstream.name} ${what}.` };
}
