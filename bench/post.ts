import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express from "express";
import pino from "pino";
import { endUserIds } from "#apps/connectors/end-user.ts";
import { tokenFinder } from "#apps/server/ingest/find-token.ts";
import { createIngestRouter } from "#apps/server/ingest/router.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { issueIngestToken } from "#core/org/ingest-token.ts";
import { BENCH_NOW, type BenchDatabase } from "./database.ts";
import { atLeast, type Figure, percentile } from "./figure.ts";
import { COMPANY, makeUsage } from "./usage.ts";

const BATCHES = 120;
const BATCH = 500;
const CLIENTS = 4;
const ROUNDS = 3;

/** Events as a client sends them: one JSON array a request, made before the clock starts. */
function bodies(round: number): string[] {
  const shape = { ...COMPANY, start: Date.UTC(2027, 3 + round, 1) };
  return Array.from({ length: BATCHES }, (_, index) => {
    const events = makeUsage(shape, index * BATCH, BATCH, 31 + round);
    return JSON.stringify(
      events.map((event) => ({ ...event, externalId: `${round}-${event.externalId}` })),
    );
  });
}

async function send(url: string, token: string, waiting: string[]): Promise<void> {
  for (let body = waiting.pop(); body !== undefined; body = waiting.pop()) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body,
    });
    const delivery = (await response.json()) as { appended?: number };
    if (delivery.appended !== BATCH) {
      throw new Error(`a batch was not appended: ${JSON.stringify(delivery).slice(0, 500)}`);
    }
  }
}

/** Rows per second through the HTTP route. */
export async function* postFigures(
  database: BenchDatabase,
  orgId: number,
  raw: number,
  progress: (text: string) => void,
): AsyncGenerator<Figure> {
  progress("POST /v1/usage in batches of 500");
  const { pool } = database;
  const { token } = await issueIngestToken(
    pool,
    { orgId, name: "bench", scopeIds: [] },
    { actor: "operator", surface: "cli" },
    BENCH_NOW(),
  );
  const app = express();
  app.use(
    createIngestRouter({
      ledger: database.ledger,
      findToken: tokenFinder(pool, BENCH_NOW, cachedContexts(pool, BENCH_NOW)),
      endUserIdOf: async () => endUserIds(Buffer.alloc(32)),
      log: pino({ level: "silent" }),
      limits: { requestsPerMinute: 1_000_000 },
    }),
  );
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/usage`;
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const waiting = bodies(round);
    const start = performance.now();
    await Promise.all(Array.from({ length: CLIENTS }, () => send(url, token, waiting)));
    rates.push(((BATCHES * BATCH) / (performance.now() - start)) * 1000);
  }
  server.close();
  server.closeAllConnections();
  yield atLeast("POST /v1/usage / raw copy", percentile(rates, 50) / raw, "ratio", 0.05);
}
