import type { Request, RequestHandler, Response } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { AispendError } from "#core/errors.ts";
import { hashIngestToken } from "#core/org/ingest-token.ts";
import type { IngestToken } from "./delivery.ts";

const MINUTE_MS = 60_000;
const BEARER = /^Bearer +([\x21-\x7e]{8,256})$/i;

function rateLimited(message: string): AispendError {
  return new AispendError("rate_limited", message, {
    kind: "rate_limited",
    help: "Wait for the seconds that Retry-After says; larger batches need fewer requests.",
  });
}

/** Guesses are slowed down by address. Only requests without a valid token are counted. */
function guessLimit(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: perMinute,
    standardHeaders: false,
    legacyHeaders: false,
    keyGenerator: (request) => ipKeyGenerator(request.ip ?? ""),
    handler: (_request, response, next) => {
      response.set("Retry-After", "60");
      next(rateLimited("Too many requests without a valid token."));
    },
  });
}

/** Each token has its own budget of requests, in this process. */
export function tokenLimit(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: perMinute,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    identifier: "ingest-token",
    keyGenerator: (_request, response) => String(tokenOf(response).id),
    handler: (_request, _response, next) => {
      next(rateLimited(`More than ${perMinute} requests in a minute with this token.`));
    },
  });
}

/**
 * Finds the token by the hash of what was sent: the secret itself is stored nowhere, and the time
 * of an index look-up tells an attacker about a hash, which is not what they would have to guess.
 */
export function bearer(
  findToken: (tokenHash: Buffer) => Promise<IngestToken | undefined>,
  guessesPerMinute: number,
): RequestHandler {
  const limit = guessLimit(guessesPerMinute);
  return async (request, response, next) => {
    const secret = secretOf(request);
    const found = secret && (await findToken(hashIngestToken(secret)));
    if (found) {
      response.locals.ingestToken = found;
      next();
      return;
    }
    await limit(request, response, (tooMany?: unknown) => {
      if (tooMany === undefined) response.set("WWW-Authenticate", 'Bearer realm="aispend"');
      next(tooMany ?? unauthenticated());
    });
  };
}

function unauthenticated(): AispendError {
  return new AispendError("token_invalid", "The ingest token is missing, unknown or revoked.", {
    kind: "unauthenticated",
    help: "Send Authorization: Bearer TOKEN; `aispend token issue NAME` makes one.",
  });
}

function secretOf(request: Request): string | undefined {
  return BEARER.exec(request.headers.authorization ?? "")?.[1];
}

export function tokenOf(response: Response): IngestToken {
  const token: IngestToken | undefined = response.locals.ingestToken;
  if (token === undefined) throw new Error("the route is behind `bearer`");
  return token;
}
