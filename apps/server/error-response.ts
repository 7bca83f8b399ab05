import type { ErrorRequestHandler } from "express";
import type { Logger } from "pino";
import { AispendError, type ErrorKind } from "#core/errors.ts";

/** The one translation from the kind of an expected failure to an HTTP status. */
export const STATUS_OF: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media: 415,
  unprocessable: 422,
  rate_limited: 429,
  unavailable: 503,
};

export interface ErrorBody {
  error: { code: string; message: string; help?: string };
}

export function errorBody(code: string, message: string, help?: string): ErrorBody {
  return { error: help === undefined ? { code, message } : { code, message, help } };
}

/** Express's own parsers fail with a status and a type; their messages may quote the body. */
const PARSER_FAILURES: Readonly<Record<string, { status: number; code: string; message: string }>> =
  {
    "entity.too.large": { status: 413, code: "body_too_large", message: "The body is too large." },
    "entity.parse.failed": { status: 400, code: "body_invalid", message: "The body is not JSON." },
    "encoding.unsupported": {
      status: 415,
      code: "encoding_unsupported",
      message: "The content encoding is not supported; gzip, deflate and identity are.",
    },
    "charset.unsupported": {
      status: 415,
      code: "charset_unsupported",
      message: "The charset is not supported; utf-8 is.",
    },
    "request.aborted": { status: 400, code: "body_incomplete", message: "The body was cut off." },
    "request.size.invalid": {
      status: 400,
      code: "body_incomplete",
      message: "The body is not as long as Content-Length says.",
    },
  };

function translate(error: unknown): { status: number; body: ErrorBody } {
  if (error instanceof AispendError) {
    const body = errorBody(error.code, error.message, error.help);
    return { status: STATUS_OF[error.kind], body };
  }
  const type = error instanceof Error ? (error as { type?: unknown }).type : undefined;
  const failure = typeof type === "string" ? PARSER_FAILURES[type] : undefined;
  if (failure !== undefined) {
    return { status: failure.status, body: errorBody(failure.code, failure.message) };
  }
  if (error instanceof URIError) {
    return { status: 400, body: errorBody("path_invalid", "The path is not valid.") };
  }
  const help = "Try again; if it stays, tell the operator the request id.";
  return { status: 500, body: errorBody("internal", "Something went wrong here.", help) };
}

/** The last handler of the app: whatever was thrown becomes a status and a JSON body, once. */
export function errorResponse(logger: Logger): ErrorRequestHandler {
  return (error, request, response, next) => {
    const { status, body } = translate(error);
    if (status >= 500) {
      logger.error({ err: error, requestId: response.locals.requestId }, "request failed");
    }
    if (response.headersSent) {
      next(error);
      return;
    }
    // What is left of a refused body is not read: the connection cannot be used again.
    if (!request.complete) response.set("Connection", "close");
    response.status(status).json(body);
  };
}
