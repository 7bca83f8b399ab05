import type { Request, RequestHandler } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { AispendError } from "#core/errors.ts";

const MINUTE_MS = 60_000;

/**
 * At most `limit` requests a minute from one address, counted by this process alone: it protects the
 * process. Behind proxies AISPEND_PROXY_HOPS says whose X-Forwarded-For is believed.
 */
export function perMinute(limit: number): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    identifier: `${limit}-in-60`,
    keyGenerator: addressOf,
    handler: (_request, _response, next) => {
      next(
        new AispendError("rate_limited", `More than ${limit} requests in a minute.`, {
          kind: "rate_limited",
          help: "Wait for the seconds that Retry-After says, then go on.",
        }),
      );
    },
  });
}

function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? "");
}

/**
 * Refuses by Content-Length before a byte of the body is read; a body without a length is bounded
 * where it is read, by the parser of its route.
 */
export function bodyUpTo(bytes: number): RequestHandler {
  return (request, _response, next) => {
    const length = Number(request.headers["content-length"] ?? 0);
    if (length <= bytes) {
      next();
      return;
    }
    next(
      new AispendError("body_too_large", `The body has ${length} bytes; the limit is ${bytes}.`, {
        kind: "too_large",
        help: "Send it in smaller parts.",
      }),
    );
  };
}

/** Of Slack and Teams: a workspace's requests come from a few addresses of theirs. */
export const CHAT_PER_MINUTE = 6000;
export const CHAT_BODY = 1024 * 1024;
