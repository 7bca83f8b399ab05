import type { ErrorRequestHandler, Response } from "express";
import type { Logger } from "pino";
import { rpcStatus, traceResponse } from "#apps/connectors/otlp/protobuf.ts";
import { AispendError, type ErrorKind } from "#core/errors.ts";
import { STATUS_OF } from "../error-response.ts";
import type { Delivery } from "./delivery.ts";
import type { BodyKind } from "./items.ts";

const PROTOBUF = "application/x-protobuf";

/** The specification wants the answer in the encoding of the request, and rejections counted. */
export function answerTraces(response: Response, kind: BodyKind, delivery: Delivery): void {
  const [first] = delivery.problems;
  const partialSuccess =
    first === undefined
      ? undefined
      : {
          rejectedSpans: String(delivery.problems.length),
          errorMessage: `span ${first.index}: ${first.reason}`,
        };
  if (kind === "protobuf") response.type(PROTOBUF).send(traceResponse(partialSuccess));
  else response.json(partialSuccess === undefined ? {} : { partialSuccess });
}

/** Codes of google.rpc. */
const RPC_CODES: Readonly<Record<ErrorKind, number>> = {
  invalid: 3,
  unauthenticated: 16,
  forbidden: 7,
  not_found: 5,
  conflict: 6,
  too_large: 3,
  unsupported_media: 3,
  unprocessable: 3,
  rate_limited: 8,
  unavailable: 14,
};
const INTERNAL = 13;

/**
 * A failure as OTLP tells it: google.rpc.Status in the encoding of the request. Exporters send again
 * what was answered with 429 or 503 and drop the rest.
 */
export function traceFailure(log: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const known = error instanceof AispendError ? error : undefined;
    const status = known === undefined ? 500 : STATUS_OF[known.kind];
    const code = known === undefined ? INTERNAL : RPC_CODES[known.kind];
    const message = known?.message ?? "Something went wrong here.";
    if (status >= 500)
      log.error({ err: error, requestId: response.locals.requestId }, "request failed");
    if (!request.complete) response.set("Connection", "close");
    response.status(status);
    const isProtobuf = (request.headers["content-type"] ?? "").startsWith(PROTOBUF);
    if (isProtobuf) response.type(PROTOBUF).send(rpcStatus(code, message));
    else response.json({ code, message });
  };
}
