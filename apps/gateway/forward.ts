import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from "node:http";
import { createUsageStripper } from "#core/enforcement/strip-usage.ts";
import { NOTHING_SEEN, type Seen } from "#core/enforcement/usage.ts";
import type { Wire } from "#core/enforcement/wire.ts";
import { type AnswerMeter, documentMeter, eventMeter } from "./answer-meter.ts";
import { clientHeaders, upstreamHeaders } from "./headers.ts";
import type { Transport } from "./transport.ts";
import type { Upstream } from "./upstream.ts";

export interface Exchange {
  readonly wire: Wire;
  readonly upstream: Upstream;
  readonly path: string;
  readonly body: Buffer;
  readonly stream: boolean;
  /** The client did not ask for the usage of its chat stream; it is taken out again. */
  readonly stripUsage: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
  readonly extraHeaders: OutgoingHttpHeaders;
  /** More generated text than this cannot be within the limit that was asked for. */
  readonly mostTextBytes: number;
  /** What was counted so far costs more than is held. */
  readonly isOverHold: (seen: Seen) => boolean;
  /** The last event of a stream that is ended because it went over its hold. */
  readonly overHoldEvent: () => string;
}

/**
 * complete: the provider answered to the end. rejected: it answered with an error. aborted: the client
 * left. cut: we ended it. failed: the provider did. unreached: it never got the request.
 */
export type EndedHow = "complete" | "rejected" | "aborted" | "cut" | "failed" | "unreached";

export interface Ended {
  readonly how: EndedHow;
  readonly seen: Seen;
  readonly textBytes: number;
  readonly isWhole: boolean;
  /** Since it was sent. */
  readonly elapsedMs: number;
  /** The client was gone before the end, which we waited for. */
  readonly clientGone: boolean;
}

export interface Live {
  /** Ends it; `event` is the last thing that a streaming client gets. */
  cut(event: string): void;
}

const NEVER_REACHED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPRIVATE",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

interface Flow {
  meter: AnswerMeter | undefined;
  ended: boolean;
  clientGone: boolean;
  /** When anything came last. */
  heardMs: number;
}

/** Sends the request and passes the answer on, metering it; `onEnd` is called once. */
export function forward(
  exchange: Exchange,
  transport: Transport,
  onEnd: (ended: Ended) => void,
): Live {
  const { response, upstream } = exchange;
  const startedMs = performance.now();
  let request: ClientRequest;
  const flow: Flow = {
    meter: undefined,
    ended: false,
    clientGone: false,
    heardMs: startedMs,
  };
  const unwatch = transport.watch(
    () => flow.heardMs,
    () => request.destroy(new Error("the provider went silent")),
  );
  // Methods, as the loader names every function that is put into a constant, each time it is made.
  const steps = {
    finish(how: EndedHow): void {
      if (flow.ended) return;
      flow.ended = true;
      unwatch();
      onEnd({
        how,
        seen: flow.meter?.seen() ?? NOTHING_SEEN,
        textBytes: flow.meter?.textBytes() ?? 0,
        isWhole: flow.meter?.isWhole() ?? false,
        elapsedMs: performance.now() - startedMs,
        clientGone: flow.clientGone,
      });
    },
    send(isRetry: boolean): void {
      const { path, headers, body } = exchange;
      request = transport.open(upstream, path, upstreamHeaders(headers, upstream, body.length));
      request.on("response", (incoming) => passOn(exchange, incoming, flow, steps));
      request.on("error", (error) => {
        const code = "code" in error ? String(error.code) : "";
        // A kept connection that the provider had closed already: nobody there saw the request.
        const isStale = request.reusedSocket && code === "ECONNRESET" && flow.meter === undefined;
        if (isStale && !isRetry && !flow.ended) steps.send(true);
        else {
          const isLost = flow.meter === undefined && NEVER_REACHED.has(code);
          steps.finish(isLost ? "unreached" : "failed");
        }
      });
      request.end(body);
    },
    cut(event: string): void {
      if (flow.ended) return;
      if (response.headersSent) response.end(event);
      steps.finish("cut");
      request.destroy();
    },
  };
  response.once("close", () => {
    if (flow.ended || response.writableFinished) return;
    flow.clientGone = true;
    // A plain answer is charged to its end whether somebody reads it or not: then rather know it.
    if (!exchange.stream || upstream.onAbort === "drain") return;
    steps.finish("aborted");
    request.destroy();
  });
  steps.send(false);
  return steps;
}

interface Steps extends Live {
  finish(how: EndedHow): void;
}

/** Below this nobody needs to look at what a stream costs so far. */
const CHECK_EVERY_BYTES = 4_096;

function passOn(exchange: Exchange, incoming: IncomingMessage, flow: Flow, steps: Steps): void {
  const { response, wire } = exchange;
  const status = incoming.statusCode ?? 502;
  const isEvents = (incoming.headers["content-type"] ?? "").startsWith("text/event-stream");
  const meter = isEvents ? eventMeter(wire) : documentMeter(wire);
  flow.meter = meter;
  const stripper = isEvents && exchange.stripUsage ? createUsageStripper() : undefined;
  if (!flow.clientGone) {
    const headers = clientHeaders(incoming.headers, stripper === undefined);
    response.writeHead(status, Object.assign(headers, exchange.extraHeaders));
    if (isEvents) response.flushHeaders();
  }
  let checked = 0;
  incoming.on("data", (chunk: Buffer) => {
    flow.heardMs = performance.now();
    meter.push(chunk);
    const out = stripper === undefined ? chunk : stripper.push(chunk);
    if (!flow.clientGone && out.length > 0 && !response.write(out)) {
      incoming.pause();
      response.once("drain", () => incoming.resume());
    }
    checked += chunk.length;
    if (isEvents && checked >= CHECK_EVERY_BYTES) {
      checked = 0;
      if (isOver(exchange, meter)) steps.cut(exchange.overHoldEvent());
    }
  });
  incoming.on("end", () => {
    meter.end();
    if (!flow.ended && !flow.clientGone) response.end(stripper?.end());
    steps.finish(status >= 300 ? "rejected" : "complete");
  });
  incoming.on("close", () => {
    if (flow.ended) return;
    // The provider broke off: so do we, or the client would take the part for the whole.
    if (!flow.clientGone) response.destroy();
    steps.finish("failed");
  });
  // Also told by "close".
  incoming.on("error", () => undefined);
}

function isOver({ mostTextBytes, isOverHold }: Exchange, meter: AnswerMeter): boolean {
  return meter.textBytes() > mostTextBytes || isOverHold(meter.seen());
}
