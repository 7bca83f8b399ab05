import type { RequestHandler } from "express";
import { AispendError } from "#core/errors.ts";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * The console trusts whoever reaches it, so only a page of its own may: a name that another site
 * points at 127.0.0.1 (DNS rebinding) fails on Host, a request that another site's page sends fails
 * on Origin or Sec-Fetch-Site.
 */
export const onlyOwnPage: RequestHandler = (request, _response, next) => {
  const { host = "", origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  const port = request.socket.localPort;
  const url = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  const named = url !== undefined && LOOPBACK_NAMES.has(url.hostname);
  if (!named || Number(url.port === "" ? 80 : url.port) !== port) {
    refuse("host_refused", "The console answers only to localhost and its own port.", next);
  } else if (origin !== undefined && origin !== url.origin) {
    refuse("origin_refused", "The console answers only to its own page.", next);
  } else if (site !== undefined && site !== "same-origin" && site !== "none") {
    refuse("origin_refused", "The console answers only to its own page.", next);
  } else {
    next();
  }
};

function refuse(code: string, message: string, next: (error: unknown) => void): void {
  next(new AispendError(code, message, { kind: "forbidden" }));
}

/** A form of another site can post text, never this type without asking first (CORS). */
export const onlyJson: RequestHandler = (request, response, next) => {
  if (request.is("application/json") === "application/json") {
    next();
    return;
  }
  response.status(415).json({
    error: { code: "content_type_refused", message: "Send application/json." },
  });
};
