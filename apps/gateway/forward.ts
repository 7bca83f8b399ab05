import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { createUsageStripper } from "#core/enforcement/strip-usage.ts";
import { NOTHING_SEEN, type Seen } from "#core/enforcement/usage.ts";
import type { Wire } from "#core/enforcement/wire.ts";
import { type AnswerMeter, documentMeter, eventMeter } from "./answer-meter.ts";
import type { Call, Lost, Receiver } from "./connections.ts";
import { clientHeaders, headerOf } from "./headers.ts";
import type { Transport } from "./transport.ts";
import type { Upstream } from "./upstream.ts";

export interface Exchange {
  readonly wire: Wire;
  readonly upstream: Upstream;
  readonly path: string;
  readonly body: string;
  readonly stream: boolean;
  /** The client did not ask for the usage of its chat stream; it is taken out again. */
  readonly stripUsage: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly response: ServerResponse;
  /** Name, value, name, value. */
  readonly extraHeaders: readonly string[];
  /** More generated text than this cannot be within the limit that was asked for. */
  readonly mostTextBytes: number;
  /** What was counted so far costs more than is held. */
  isOverHold(seen: Seen): boolean;
  /** The last event of a stream that is ended because it went over its hold. */
  overHoldEvent(): string;
  /** Called once. */
  onEnd(ended: Ended): void;
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

interface Flow {
  readonly exchange: Exchange;
  readonly startedMs: number;
  call: Call | undefined;
  status: number;
  isEvents: boolean;
  meter: AnswerMeter | undefined;
  stripper: ReturnType<typeof createUsageStripper> | undefined;
  /** The end of a body, which goes out together with the end of the answer. */
  last: string | undefined;
  hasEnded: boolean;
  clientGone: boolean;
  uncheckedBytes: number;
  /** The client reads slower than the provider writes. */
  isHeld: boolean;
}

/**
 * Sends the request and passes the answer on, metering it. Throws where it cannot be sent; then nothing
 * was. Functions in the path of a request are methods: the loader names every other, each time.
 */
export function forward(exchange: Exchange, transport: Transport): Live {
  const { response, upstream } = exchange;
  const flow: Flow = {
    exchange,
    startedMs: performance.now(),
    call: undefined,
    status: 0,
    isEvents: false,
    meter: undefined,
    stripper: undefined,
    last: undefined,
    hasEnded: false,
    clientGone: false,
    uncheckedBytes: 0,
    isHeld: false,
  };
  const { path, headers, body } = exchange;
  flow.call = transport.post({ upstream, path, headers, body, receiver: receiverOf(flow) });
  response.on("close", () => leave(flow));
  return {
    cut(event) {
      cut(flow, event);
    },
  };
}

function receiverOf(flow: Flow): Receiver {
  return {
    onHead(status, headers) {
      begin(flow, status, headers);
    },
    onBody(bytes, isLast) {
      passOn(flow, bytes, isLast);
    },
    onEnd() {
      complete(flow);
    },
    onLost(lost) {
      lose(flow, lost);
    },
  };
}

function finish(flow: Flow, how: EndedHow): void {
  if (flow.hasEnded) return;
  flow.hasEnded = true;
  const { meter, startedMs, clientGone } = flow;
  flow.exchange.onEnd({
    how,
    seen: meter?.seen() ?? NOTHING_SEEN,
    textBytes: meter?.textBytes() ?? 0,
    isWhole: meter?.isWhole() ?? false,
    elapsedMs: performance.now() - startedMs,
    clientGone,
  });
}

function cut(flow: Flow, event: string): void {
  if (flow.hasEnded) return;
  const { response } = flow.exchange;
  if (response.headersSent) response.end(event);
  finish(flow, "cut");
  flow.call?.destroy();
}

/** The client left, or has its answer. */
function leave(flow: Flow): void {
  const { exchange, hasEnded } = flow;
  if (hasEnded || exchange.response.writableFinished) return;
  flow.clientGone = true;
  flow.call?.resume();
  // A plain answer is charged to its end whether somebody reads it or not: then rather know it.
  if (!exchange.stream || exchange.upstream.onAbort === "drain") return;
  finish(flow, "aborted");
  flow.call?.destroy();
}

function begin(flow: Flow, status: number, headers: readonly string[]): void {
  const { response, wire, stripUsage, extraHeaders } = flow.exchange;
  const isEvents = headerOf(headers, "content-type")?.startsWith("text/event-stream") ?? false;
  flow.status = status;
  flow.isEvents = isEvents;
  flow.meter = isEvents ? eventMeter(wire) : documentMeter(wire);
  if (isEvents && stripUsage) flow.stripper = createUsageStripper();
  if (flow.clientGone) return;
  const sent = clientHeaders(headers, flow.stripper === undefined);
  sent.push(...extraHeaders);
  response.writeHead(status, sent);
  if (isEvents) response.flushHeaders();
}

/** What was read already still comes, piece by piece. */
function hold(flow: Flow): void {
  if (flow.isHeld) return;
  flow.isHeld = true;
  flow.call?.pause();
  flow.exchange.response.once("drain", () => {
    flow.isHeld = false;
    flow.call?.resume();
  });
}

/** Below this nobody needs to look at what a stream costs so far. */
const CHECK_EVERY_BYTES = 4_096;

function passOn(flow: Flow, bytes: string, isLast: boolean): void {
  const { exchange, meter, stripper } = flow;
  const { response } = exchange;
  meter?.push(bytes);
  const out = stripper === undefined ? bytes : stripper.push(bytes);
  if (isLast && stripper === undefined) flow.last = out;
  else if (!flow.clientGone && out !== "" && !response.write(out, "latin1")) hold(flow);
  if (meter === undefined || !flow.isEvents) return;
  flow.uncheckedBytes += bytes.length;
  if (flow.uncheckedBytes < CHECK_EVERY_BYTES) return;
  flow.uncheckedBytes = 0;
  const isOver = meter.textBytes() > exchange.mostTextBytes || exchange.isOverHold(meter.seen());
  if (isOver) cut(flow, exchange.overHoldEvent());
}

function complete(flow: Flow): void {
  const { meter, stripper, last, clientGone, status } = flow;
  meter?.end();
  if (!flow.hasEnded && !clientGone) {
    const rest = last ?? stripper?.end() ?? "";
    flow.exchange.response.end(rest, "latin1");
  }
  finish(flow, status >= 300 ? "rejected" : "complete");
}

function lose(flow: Flow, lost: Lost): void {
  if (flow.hasEnded) return;
  // The provider broke off: so do we, or the client would take the part for the whole.
  if (flow.meter !== undefined && !flow.clientGone) flow.exchange.response.destroy();
  finish(flow, lost === "unreached" ? "unreached" : "failed");
}
