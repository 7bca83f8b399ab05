import { randomUUID } from "node:crypto";
import express, { type Express, type RequestHandler } from "express";
import type { Logger } from "pino";
import { AispendError } from "#core/errors.ts";
import { errorResponse } from "./error-response.ts";
import { bodyUpTo, perMinute } from "./limits.ts";
import { type Metrics, routeOf } from "./metrics.ts";

const MEBIBYTE = 1024 * 1024;

/** Nothing larger is taken anywhere; routes that need less say so themselves. */
const LARGEST_BODY = 64 * MEBIBYTE;

export interface HttpDependencies {
  logger: Logger;
  metrics: Metrics;
  proxyHops: number;
  /** What keeps this process from answering, in words; empty when it is ready. */
  notReady: () => Promise<string[]>;
  /** Adds the routes of surfaces and ways in, between the limits and the translation of errors. */
  mount: (app: Express) => void;
}

/**
 * The one Express app. There is no parser for all routes: Slack signs the raw body, so each route
 * parses its own.
 */
export function createHttpApp(dependencies: HttpDependencies): Express {
  const { logger, metrics } = dependencies;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", dependencies.proxyHops);
  app.set("query parser", "simple");
  app.use(observe(logger, metrics), securityHeaders, bodyUpTo(LARGEST_BODY));

  const probes = perMinute(1200);
  app.get("/healthz", probes, (_request, response) => {
    response.json({ status: "ok" });
  });
  app.get("/readyz", probes, async (_request, response) => {
    const problems = await dependencies.notReady();
    const status = problems.length === 0 ? "ready" : "not ready";
    response.status(problems.length === 0 ? 200 : 503).json({ status, problems });
  });
  app.get("/metrics", probes, async (_request, response) => {
    response.set("Content-Type", metrics.registry.contentType);
    response.send(await metrics.registry.metrics());
  });

  dependencies.mount(app);

  app.use(perMinute(300), (request, _response, next) => {
    next(
      new AispendError("route_not_found", `There is no ${request.method} ${request.path} here.`, {
        kind: "not_found",
      }),
    );
  });
  app.use(errorResponse(logger));
  return app;
}

/** One line and one measurement a request: route, status and time, never its address or content. */
function observe(logger: Logger, metrics: Metrics): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID();
    response.locals.requestId = requestId;
    response.set("X-Request-Id", requestId);
    const started = process.hrtime.bigint();
    response.on("close", () => {
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      const route = routeOf(request);
      const status = response.writableFinished ? response.statusCode : 499;
      const { method } = request;
      metrics.httpSeconds.observe({ method, route, status }, seconds);
      const level = PROBES.has(route) ? "debug" : "info";
      logger[level]({ requestId, method, route, status, ms: Math.round(seconds * 1e3) }, "request");
    });
    next();
  };
}

const PROBES = new Set(["/healthz", "/readyz", "/metrics"]);

/** For answers that are data; the console's page sets a policy of its own for its scripts. */
const securityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
  });
  next();
};
