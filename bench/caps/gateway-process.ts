import type { AddressInfo } from "node:net";
import { createKnowledge } from "#apps/gateway/knowledge.ts";
import { createGatewayServer, drain } from "#apps/gateway/listener.ts";
import { createProxy } from "#apps/gateway/proxy.ts";
import { createTransport } from "#apps/gateway/transport.ts";
import { connect } from "#core/db/connect.ts";
import { loadCaps } from "#core/enforcement/load-caps.ts";
import { createPostgresStore } from "#core/enforcement/postgres-holds.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { createSecretBox } from "#core/org/secret-box.ts";
import { createRecordAfterStore } from "./record-after.ts";

// One gateway of the benchmark: the product's own parts, wired as apps/server/gateway-role.ts does.
const { DATABASE_URL, AISPEND_SECRET_KEY, BENCH_LEASE_MS, BENCH_RECORD_AFTER } = process.env;
if (DATABASE_URL === undefined || AISPEND_SECRET_KEY === undefined) {
  throw new Error("started by bench/caps.ts");
}
const clock = () => new Date();
const database = await connect({
  databaseUrl: DATABASE_URL,
  home: "/nonexistent",
  applicationName: "bench gateway",
  max: 8,
});
const { pool } = database;
const onFault = (fault: string, error?: unknown): void => {
  process.stderr.write(`${fault} ${error instanceof Error ? error.message : ""}\n`);
};
const postgres = createPostgresStore({
  pool,
  clock,
  monotonicMs: () => performance.now(),
  ledger: createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) }),
  loadCaps: (orgId) => loadCaps(pool, orgId, clock()),
  onFault,
  ttlMs: Number(BENCH_LEASE_MS ?? 2_000),
});
const store =
  BENCH_RECORD_AFTER === undefined
    ? postgres
    : createRecordAfterStore(pool, BigInt(BENCH_RECORD_AFTER));
const box = createSecretBox(AISPEND_SECRET_KEY);
const knowledge = createKnowledge({ pool, clock, box, onFault });
const transport = createTransport();
const proxy = createProxy({ ...knowledge, store, transport, clock, onFault });
const server = createGatewayServer({ proxy, status: () => store.status(clock()) });
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
process.once("SIGTERM", () => {
  void (async () => {
    await drain(server, proxy, 10_000);
    await postgres.close();
    transport.close();
    await database.close();
    process.exit(0);
  })();
});
