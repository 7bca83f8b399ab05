import { randomUUID, hash as sha } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { KeyGrant } from "#core/enforcement/holds.ts";
import { createSlots, type Slots } from "#core/enforcement/slots.ts";
import type { Wire } from "#core/enforcement/wire.ts";
import type { Live } from "./forward.ts";
import { credentialOf, dimensionsOf } from "./headers.ts";
import { blockedRefusal, keyRefusal, rateRefusal, UNKNOWN_KEY } from "./key-refusal.ts";
import { pass } from "./pass.ts";
import type { Eventually, ProxyPorts } from "./ports.ts";
import { createRateLimiter, type RateLimiter } from "./rate-limit.ts";
import { type BodyBudget, bodyBudget, readBody } from "./read-body.ts";
import { jsonOf } from "./read-json.ts";
import { errorEvent, type Refusal, refusalBody, STATUS } from "./refusal.ts";
import { type Route, routeOf, shapeOf } from "./route.ts";

export interface GatewayProxy {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends live requests of keys that may no longer go on. Returns how many. */
  cutBlocked(): number;
  /** Requests that were admitted and have not ended. */
  readonly live: () => number;
  /** From now on nothing new is taken. */
  stop(): void;
}

interface LiveRequest {
  readonly hash: string;
  readonly wire: Wire;
  readonly requestId: string;
  readonly live: Live;
}

interface State {
  readonly requests: Slots<LiveRequest>;
  stopping: boolean;
}

export function createProxy(ports: ProxyPorts): GatewayProxy {
  const state: State = { requests: createSlots(), stopping: false };
  const limiter = createRateLimiter();
  const bodies = ports.bodies ?? bodyBudget();
  return {
    handle(request, response) {
      const requestId = randomUUID();
      const serving = { ports, state, limiter, bodies, request, response, requestId };
      attempt(serving, () => begin(serving));
    },
    cutBlocked() {
      let count = 0;
      for (const each of state.requests.values()) {
        const grant = ports.findGrant(each.hash);
        // Only a block that says so ends what is under way.
        if (grant === undefined || grant instanceof Promise) continue;
        if (grant.blocked?.cutStreams !== true) continue;
        const refusal = blockedRefusal(grant);
        each.live.cut(errorEvent(each.wire, refusal, each.requestId));
        count += 1;
      }
      return count;
    },
    live: state.requests.size,
    stop: () => {
      state.stopping = true;
    },
  };
}

interface Serving {
  readonly ports: ProxyPorts;
  readonly state: State;
  readonly limiter: RateLimiter;
  readonly bodies: BodyBudget;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
}

/** Undefined: it goes on by itself, or nobody waits any more. */
type Step = Refusal | undefined;

/** Takes a step of a request, and answers where it ends there. */
function attempt(serving: Serving, step: () => Eventually<Step>): void {
  try {
    const taken = step();
    if (taken instanceof Promise) {
      taken.then(
        (refusal) => refuse(serving, refusal),
        (error: unknown) => fail(serving, error),
      );
    } else refuse(serving, taken);
  } catch (error) {
    fail(serving, error);
  }
}

function fail(serving: Serving, error: unknown): void {
  serving.ports.onFault("a request failed here", error);
  if (serving.response.headersSent) serving.response.destroy();
  else refuse(serving, LOOKUP_FAILED);
}

function refuse({ request, response, requestId }: Serving, refusal: Step): void {
  if (refusal === undefined || response.headersSent || response.destroyed) return;
  const body = refusalBody(shapeOf(request.url ?? ""), refusal, requestId);
  const headers: OutgoingHttpHeaders = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-aispend-request-id": requestId,
  };
  if (refusal.retryAfterS !== undefined) {
    headers["retry-after"] = String(refusal.retryAfterS);
  }
  // What was not read of the body is not worth reading.
  if (!request.complete) headers.connection = "close";
  response.writeHead(STATUS[refusal.code], headers);
  response.end(body);
}

/** As far as the key: one hash and one look-up, whatever it is. */
function begin(serving: Serving): Eventually<Step> {
  const { ports, state, request } = serving;
  const url = request.url ?? "";
  const route = request.method === "POST" ? routeOf(url) : undefined;
  if (route === undefined) return notPassed(request.method, url);
  if (state.stopping) return { code: "gateway_stopping", message: STOPPING, retryAfterS: 1 };
  const hash = hashOf(credentialOf(request.headers, url));
  if (hash === undefined) return { code: "key_missing", message: KEY_MISSING };
  const found = ports.findGrant(hash);
  return found instanceof Promise
    ? found.then((grant) => withGrant(serving, route, hash, grant))
    : withGrant(serving, route, hash, found);
}

function withGrant(
  serving: Serving,
  route: Route,
  hash: string,
  grant: KeyGrant | undefined,
): Step {
  const { ports, state, limiter, bodies, request, response, requestId } = serving;
  const at = ports.clock();
  if (grant === undefined) return UNKNOWN_KEY;
  const barred = keyRefusal(grant, at) ?? rateRefusal(limiter, grant, hash, at);
  if (barred !== undefined) return barred;
  const { headers } = request;
  const dimensions = dimensionsOf(headers);
  if (typeof dimensions === "string") return { code: "request_invalid", message: dimensions };
  readBody(request, bodies, (read) =>
    attempt(serving, () => {
      const body = jsonOf(read, bodies);
      if (body === undefined || "code" in body) return body;
      const { json, text, bodyBytes } = body;
      let slot = -1;
      return pass(ports, {
        requestId,
        route,
        grant,
        at,
        dimensions,
        headers,
        response,
        json,
        text,
        bodyBytes,
        onSent(live) {
          slot = state.requests.add({ hash, wire: route.wire, requestId, live });
        },
        onEnd(refusal) {
          state.requests.take(slot);
          refuse(serving, refusal);
        },
      });
    }),
  );
  return undefined;
}

function hashOf(secret: string | undefined): string | undefined {
  return secret === undefined ? undefined : sha("sha256", secret, "hex");
}

const LOOKUP_FAILED: Refusal = {
  code: "ledger_unavailable",
  message: "This request could not be looked up here just now; try again.",
  retryAfterS: 5,
};
const STOPPING = "This gateway is being stopped; ask again, another one answers.";
const KEY_MISSING =
  "No key came with the request. Send the virtual key as the provider's SDK sends its own.";

function notPassed(method: string | undefined, url: string): Refusal {
  const path = url.split("?", 1)[0]?.slice(0, 200);
  return {
    code: "not_passed_through",
    message:
      `${method} ${path} is not passed through. These are, by POST: /v1/chat/completions, ` +
      "/v1/responses, /v1/embeddings, /v1/messages, /v1beta/models/MODEL:generateContent and " +
      ":streamGenerateContent, each also behind /PROVIDER.",
  };
}
