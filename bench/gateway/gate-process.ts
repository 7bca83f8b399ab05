import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { createGatewayServer } from "#apps/gateway/listener.ts";
import { createProxy } from "#apps/gateway/proxy.ts";
import { createTransport } from "#apps/gateway/transport.ts";
import { upstreamOf } from "#apps/gateway/upstream.ts";
import { rowTypes } from "#core/db/row-types.ts";
import type { Cap } from "#core/enforcement/cap.ts";
import type { HoldStore, KeyGrant } from "#core/enforcement/holds.ts";
import { createMemoryStore } from "#core/enforcement/memory-holds.ts";
import { createPostgresStore } from "#core/enforcement/postgres-holds.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { reportFrom } from "./child.ts";

// The gateway with a chain of four caps: in memory, or with DATABASE_URL lent by Postgres.
const { BENCH_UPSTREAM, DATABASE_URL, BENCH_ORG } = process.env;
const orgId = Number(BENCH_ORG ?? 1);
const clock = () => new Date();
const onFault = (fault: string, error?: unknown): void => {
  process.stderr.write(`${fault} ${error instanceof Error ? error.stack : ""}\n`);
};
const chain = [0, 1, 2, 3].map((id) => ({ kind: "scope" as const, id }));
const limit = 1_000_000n * NANO_PER_USD;

function makeStore(): HoldStore {
  if (DATABASE_URL === undefined) {
    const caps = chain.map(({ kind, id }) => ({ kind, id, name: String(id), limit }));
    return createMemoryStore(caps, () => undefined);
  }
  const pool = new pg.Pool({
    connectionString: DATABASE_URL,
    types: rowTypes,
    max: 4,
    options: "-c role=aispend_app",
  });
  const caps = chain.map(
    (subject): Cap => ({
      subject,
      period: "month",
      amount: limit,
      isHard: true,
      shadowUntil: undefined,
      raises: [],
      name: String(subject.id),
      raisedBy: [],
      command: undefined,
    }),
  );
  return createPostgresStore({
    pool,
    clock,
    monotonicMs: () => performance.now(),
    ledger: createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) }),
    loadCaps: () => Promise.resolve({ caps, timeZone: "UTC" }),
    onFault,
  });
}

const store = makeStore();
const grant: KeyGrant = {
  orgId,
  keyId: 1,
  name: "bench",
  ledgerKey: "bench",
  chain,
  tags: {},
  models: ["gpt-*"],
  allowUnbounded: false,
  requestsPerMinute: undefined,
  expiresAt: undefined,
  blocked: undefined,
};
const hashed = (secret: string): string => createHash("sha256").update(secret).digest("hex");
const grants = new Map([
  [hashed("sk-bench"), grant],
  // Of the same shape, and of no use: for what its answer takes.
  [hashed("sk-ended"), { ...grant, blocked: { why: "revoked", cutStreams: false } }],
]);
const upstream = upstreamOf({
  name: "openai",
  baseUrl: `${BENCH_UPSTREAM}/v1`,
  secret: "sk-provider",
  allowPrivate: true,
});
const book = buildPriceBook(loadCatalogue());
const proxy = createProxy({
  store,
  findGrant: (asked) => grants.get(asked),
  findUpstream: () => upstream,
  priceBookOf: () => book,
  transport: createTransport(),
  clock,
  onFault,
});
const server = createGatewayServer({ proxy, status: () => store.status(clock()) });
server.listen(0, "127.0.0.1", () => reportFrom((server.address() as AddressInfo).port));
