import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import express, { type Express } from "express";
import { afterEach, expect, it } from "vitest";
import { createHttpApp } from "#apps/server/http.ts";
import { bodyUpTo, perMinute } from "#apps/server/limits.ts";
import { createLogger } from "#apps/server/log.ts";
import { createMetrics } from "#apps/server/metrics.ts";
import { closeServer } from "#apps/server/shutdown.ts";
import { AispendError, type ErrorKind } from "#core/errors.ts";

const servers: Server[] = [];
afterEach(async () => {
  const logger = createLogger("silent");
  await Promise.all(servers.splice(0).map((server) => closeServer(server, logger)));
});

async function serve(mount: (app: Express) => void, problems: string[] = []) {
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(String(chunk));
      done();
    },
  });
  const app = createHttpApp({
    logger: createLogger("debug", destination),
    metrics: createMetrics(),
    proxyHops: 0,
    notReady: async () => problems,
    mount,
  });
  const server = createServer(app);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, server, log: () => lines.join("") };
}

it("is alive without its database, and ready only with nothing missing", async () => {
  const down = await serve(() => undefined, ["The database cannot be reached."]);
  expect((await fetch(`${down.url}/healthz`)).status).toBe(200);
  const notReady = await fetch(`${down.url}/readyz`);
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toEqual({
    status: "not ready",
    problems: ["The database cannot be reached."],
  });
  const up = await serve(() => undefined);
  expect((await fetch(`${up.url}/readyz`)).status).toBe(200);
});

it("gives each kind of failure its status and a body that says what to do", async () => {
  const statuses: Record<ErrorKind, number> = {
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
  const { url } = await serve((app) => {
    app.get("/fail/:kind", (request) => {
      const kind = request.params.kind as ErrorKind;
      throw new AispendError("some_code", "field 'x' is 'y'", { kind, help: "Write z." });
    });
  });
  for (const [kind, status] of Object.entries(statuses)) {
    const response = await fetch(`${url}/fail/${kind}`);
    expect(response.status, kind).toBe(status);
    expect(await response.json()).toEqual({
      error: { code: "some_code", message: "field 'x' is 'y'", help: "Write z." },
    });
  }
});

it("hides a fault from the caller, with an id to find it in the log", async () => {
  const { url, log } = await serve((app) => {
    app.get("/fault", () => {
      throw new TypeError("cannot read 'sk-live-abcdefgh' at postgres://me:hunter2@db/x");
    });
  });
  const response = await fetch(`${url}/fault`);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toMatch(/TypeError|hunter2|sk-live|at /);
  expect(log()).toContain(String(response.headers.get("x-request-id")));
  expect(log()).toContain("TypeError");
});

it("keeps secrets, addresses and text of messages out of the log", async () => {
  const { url, log } = await serve((app) => {
    app.post("/echo", express.json({ limit: "1kb" }), (request, _response, next) => {
      const cause = new Error(`invalid input syntax for type json: "${request.body.prompt}"`);
      next(new Error("could not store 'canary-answer' for Bearer canary-bearer", { cause }));
    });
  });
  await fetch(`${url}/echo?api_key=canary-query`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer canary-header",
      cookie: "session=canary-cookie",
    },
    body: JSON.stringify({ prompt: "canary-prompt" }),
  });
  await fetch(`${url}/nowhere/canary-path`);
  await fetch(`${url}/echo`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: `{"prompt": canary-unparsable}`,
  });
  expect(log()).toContain('"route":"/echo"');
  expect(log()).not.toContain("canary");
});

it("redacts the named secrets of what is logged on purpose", () => {
  const lines: string[] = [];
  const logger = createLogger("info", { write: (line) => lines.push(line) });
  logger.info({ token: "s3cret", slack: { botToken: "s3cret", text: "s3cret" } }, "configured");
  expect(lines.join("")).not.toContain("s3cret");
});

it("refuses a body over its route's limit before reading it, and one without length as it comes", async () => {
  const { url } = await serve((app) => {
    const parse = express.json({ limit: 100 });
    app.post("/small", bodyUpTo(100), parse, (_request, response) => {
      response.json({});
    });
  });
  const body = JSON.stringify({ text: "x".repeat(200) });
  const headers = { "content-type": "application/json" };
  const sized = await fetch(`${url}/small`, { method: "POST", headers, body });
  expect(sized.status).toBe(413);
  expect(await sized.json()).toMatchObject({ error: { code: "body_too_large" } });
  const chunked = await fetch(`${url}/small`, {
    method: "POST",
    headers,
    body: new Blob([body]).stream(),
    duplex: "half",
  });
  expect(chunked.status).toBe(413);
});

it("answers 429 with Retry-After once an address asks too often", async () => {
  const { url } = await serve((app) => {
    app.get("/rare", perMinute(2), (_request, response) => {
      response.json({});
    });
  });
  const statuses: number[] = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await fetch(`${url}/rare`)).status);
  expect(statuses).toEqual([200, 200, 429]);
  const last = await fetch(`${url}/rare`);
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await last.json()).toMatchObject({ error: { code: "rate_limited" } });
});

it("sends security headers with every answer and names neither server nor framework", async () => {
  const { url } = await serve(() => undefined);
  for (const path of ["/healthz", "/nothing"]) {
    const { headers } = await fetch(`${url}${path}`);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-powered-by")).toBeNull();
  }
});

it("measures requests by declared route, so that a scanner makes no series of its own", async () => {
  const { url } = await serve((app) => {
    app.get("/teams/:team", (_request, response) => {
      response.json({});
    });
  });
  await fetch(`${url}/teams/payments`);
  await fetch(`${url}/wp-admin/setup.php`);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('_count{method="GET",route="/teams/:team",status="200"} 1');
  expect(metrics).toMatch(/route="unmatched",status="404"/);
  expect(metrics).not.toMatch(/payments|wp-admin/);
});

it("lets a request in flight finish at shutdown and takes no new one", async () => {
  let release = (): void => undefined;
  let arrived = (): void => undefined;
  const inFlight = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { url, server } = await serve((app) => {
    app.post("/slow", async (_request, response) => {
      arrived();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      response.status(202).json({ stored: true });
    });
  });
  const answer = fetch(`${url}/slow`, { method: "POST" });
  await inFlight;
  const closed = closeServer(server, createLogger("silent"));
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  release();
  expect(await (await answer).json()).toEqual({ stored: true });
  await closed;
});
