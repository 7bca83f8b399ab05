import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { type BoundSubject, outputBound } from "#core/enforcement/bound.ts";
import type { KeyGrant } from "#core/enforcement/holds.ts";
import { type RequestFacts, readRequest, withOutputLimit } from "#core/enforcement/request.ts";
import { isObject, type Json } from "#core/enforcement/wire.ts";
import { isModelAllowed } from "#core/keys/models.ts";
import { nanoUsd } from "#core/money.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import { admitRequest, isRefusal } from "./admission.ts";
import { type Ended, forward, type Live } from "./forward.ts";
import type { Dimensions } from "./headers.ts";
import type { ProxyPorts } from "./ports.ts";
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
  readonly bodyBytes: number;
}

/** Holds what the request can cost and passes it on. Undefined: it was answered. */
export async function pass(
  ports: ProxyPorts,
  asked: Asked,
  register: (live: Live) => () => void,
): Promise<Refusal | undefined> {
  const { route, grant, at, bodyBytes, response } = asked;
  const read = readRequest(route.wire, asked.json, route.facts);
  if (read.state === "malformed") return { code: "request_invalid", message: read.reason };
  const { facts } = read;
  const barred = modelRefusal(grant, facts) ?? unboundedRefusal(grant, facts);
  if (barred !== undefined) return barred;
  const finding = ports.findUpstream(grant.orgId, route.upstream);
  const upstream = finding instanceof Promise ? await finding : finding;
  if (upstream === undefined) return notConnected(route.upstream);
  const pricing = ports.priceBookOf(grant.orgId);
  const book = pricing instanceof Promise ? await pricing : pricing;
  const subject: BoundSubject = { facts, bodyBytes, provider: upstream.provider, at };
  const limit = facts.outputLimit ?? Math.max(upstream.defaultOutputLimit, facts.leastOutput);
  const admission = await admitRequest({ store: ports.store, book, grant, subject, asked: limit });
  if (isRefusal(admission)) return admission;
  const { requestId, dimensions } = asked;
  const { hold, limit: held } = admission;
  const admitted = { requestId, grant, dimensions, upstream, subject, hold, limit: held };
  if (response.destroyed) {
    ports.store.settle({ hold: admission.hold, cost: nanoUsd(0n), event: undefined });
    return undefined;
  }
  try {
    return await send(ports, book, asked, admitted, register);
  } catch (error) {
    // Nothing was sent: what was held for it is free again (a settlement counts only once).
    ports.store.settle({ hold, cost: nanoUsd(0n), event: undefined });
    throw error;
  }
}

/** Resolves when the exchange has ended; with a refusal where the client got nothing. */
function send(
  ports: ProxyPorts,
  book: PriceBook,
  asked: Asked,
  admitted: Admitted,
  register: (live: Live) => () => void,
): Promise<Refusal | undefined> {
  const { route, response, requestId } = asked;
  const { upstream, subject, limit, hold } = admitted;
  const { facts } = subject;
  const isChatStream = route.wire === "openai_chat" && facts.stream;
  const body = bodyToSend(asked, upstream, facts, limit, isChatStream);
  return new Promise((resolve) => {
    const live = forward(
      {
        wire: route.wire,
        upstream,
        path: route.path,
        body,
        stream: facts.stream,
        stripUsage: isChatStream && !asksForUsage(asked.json),
        headers: asked.headers,
        response,
        extraHeaders: answerHeaders(requestId, facts, limit),
        mostTextBytes: MOST_BYTES_PER_TOKEN * outputBound(facts, limit) + SLACK_BYTES,
        isOverHold: (seen) => (costSoFar(book, admitted, seen) ?? 0n) > hold.amount,
        overHoldEvent: () => errorEvent(route.wire, OVER_HOLD, requestId),
      },
      ports.transport,
      (ended: Ended) => {
        unregister();
        const settlement = settlementOf(book, admitted, ended);
        if (settlement.cost > hold.amount && facts.unbounded.length === 0) {
          ports.onFault(`request ${requestId} cost more than was held for it`);
        }
        ports.store.settle(settlement);
        resolve(response.headersSent ? undefined : lostRefusal(upstream, ended));
      },
    );
    const unregister = register(live);
  });
}

/** Whitespace is the longest text of a token; an answer within its limit never averages this. */
const MOST_BYTES_PER_TOKEN = 64;
const SLACK_BYTES = 16_384;

const OVER_HOLD: Refusal = {
  code: "budget_exceeded",
  message: "The answer was ended: it went past what was held for it.",
};

function bodyToSend(
  { json, route }: Asked,
  upstream: Upstream,
  facts: RequestFacts,
  limit: number,
  isChatStream: boolean,
): Buffer {
  const limited =
    facts.outputLimit === limit
      ? json
      : withOutputLimit(route.wire, json, limit, upstream.limitField);
  const options = isObject(json.stream_options) ? json.stream_options : {};
  const sent = isChatStream
    ? { ...limited, stream_options: { ...options, include_usage: true } }
    : limited;
  // Written anew even where nothing changed: a field that stands twice is then one, and ours.
  return Buffer.from(JSON.stringify(sent));
}

function asksForUsage({ stream_options: options }: Json): boolean {
  return isObject(options) && options.include_usage === true;
}

function answerHeaders(
  requestId: string,
  { outputLimit }: RequestFacts,
  limit: number,
): OutgoingHttpHeaders {
  const isLowered = outputLimit !== undefined && limit < outputLimit;
  const headers: OutgoingHttpHeaders = { "x-aispend-request-id": requestId };
  if (isLowered) headers["x-aispend-output-limit"] = String(limit);
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
