import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { endUserIds } from "#apps/connectors/end-user.ts";
import { createHttpApp } from "#apps/server/http.ts";
import { tokenFinder } from "#apps/server/ingest/find-token.ts";
import { createIngestRouter, type IngestLimits } from "#apps/server/ingest/router.ts";
import { createLogger } from "#apps/server/log.ts";
import { createMetrics } from "#apps/server/metrics.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { createNames } from "#core/ledger/names.ts";
import { issueIngestToken } from "#core/org/ingest-token.ts";
import { createOutcomes } from "#core/outcomes/service.ts";
import type { TestDatabase } from "#test/database/clone.ts";

/** The day on which these tests happen. */
export const NOW = new Date("2026-11-22T12:00:00Z");
const clock = () => NOW;
const BY = { actor: "operator", actorAccount: "cli:root", surface: "cli" } as const;

export interface IngestServer {
  readonly url: string;
  /** Everything that was logged, at every level. */
  logged(): string;
  metrics(): Promise<string>;
  close(): Promise<void>;
}

/** The ways in behind the product's own app, on loopback. */
export async function startIngest(
  { pool }: TestDatabase,
  limits: Partial<IngestLimits> = {},
): Promise<IngestServer> {
  let logged = "";
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += String(chunk);
      done();
    },
  });
  const log = createLogger("debug", sink);
  const metrics = createMetrics();
  const contextOf = cachedContexts(pool, clock);
  const ledger = createLedger({ pool, clock, contextOf });
  const router = createIngestRouter({
    ledger,
    charges: { pool, clock, ledger },
    outcomes: createOutcomes({ pool, clock, names: createNames(pool), settingOf: contextOf }),
    findToken: tokenFinder(pool, clock, contextOf),
    endUserIdOf: async (orgId) => endUserIds(new Uint8Array(32).fill(orgId)),
    log,
    count: (outcome, events) => metrics.ingestEvents.inc({ outcome }, events),
    limits,
  });
  const app = createHttpApp({
    logger: log,
    metrics,
    proxyHops: 0,
    notReady: async () => [],
    mount: (express) => express.use(router),
  });
  const server = app.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    logged: () => logged,
    metrics: () => metrics.registry.metrics(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function makeToken(
  { pool }: TestDatabase,
  orgId: number,
  scopeIds: readonly number[] = [],
): Promise<string> {
  const { token } = await issueIngestToken(pool, { orgId, name: "feed", scopeIds }, BY, NOW);
  return token;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

/** Posts a body; objects as JSON. */
export async function post(
  url: string,
  token: string | undefined,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: raw ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  const json: Record<string, unknown> = isJson ? JSON.parse(text) : {};
  return { status: response.status, headers: response.headers, text, json };
}
