import { renameSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createGatewayServer, drain } from "#apps/gateway/listener.ts";
import { createProxy } from "#apps/gateway/proxy.ts";
import { createTransport } from "#apps/gateway/transport.ts";
import { upstreamOf } from "#apps/gateway/upstream.ts";
import type { HoldStore, KeyGrant } from "#core/enforcement/holds.ts";
import { createMemoryStore } from "#core/enforcement/memory-holds.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import type { Clock } from "#core/time.ts";
import type { CapOrder, CapStatus } from "./cap.ts";

const DRAIN_MS = 10_000;

/** One key for the whole job, and one cap on it. */
const GRANT: KeyGrant = {
  orgId: 1,
  keyId: 1,
  name: "this job",
  ledgerKey: "this job",
  chain: [{ kind: "key", id: 1 }],
  tags: {},
  models: [],
  allowUnbounded: false,
  requestsPerMinute: undefined,
  expiresAt: undefined,
  blocked: undefined,
};

/** The gateway on loopback for one job, with its holds in memory. Resolves to what ends it. */
export async function startCapGateway(
  order: CapOrder,
  clock: Clock,
): Promise<{ end: () => Promise<void> }> {
  const status: CapStatus = {
    state: "listening",
    port: 0,
    limit: order.limit,
    cost: "0",
    calls: 0,
    refused: 0,
    models: {},
  };
  const save = (): void => {
    writeFileSync(`${order.file}.new`, JSON.stringify(status), { mode: 0o600 });
    renameSync(`${order.file}.new`, order.file);
  };
  const cap = { kind: "key", id: 1, name: "this job", limit: BigInt(order.limit) } as const;
  const holds = createMemoryStore([cap], (event, cost) => {
    const spent = status.models[event.model] ?? { calls: 0, cost: "0" };
    status.models[event.model] = {
      calls: spent.calls + 1,
      cost: String(BigInt(spent.cost) + cost),
    };
    status.calls += 1;
    status.cost = String(BigInt(status.cost) + cost);
    save();
  });
  const store: HoldStore = {
    ...holds,
    countRefusal: (orgId, cap, now) => {
      holds.countRefusal(orgId, cap, now);
      status.refused = holds.refused();
      save();
    },
  };
  const transport = createTransport();
  const book = buildPriceBook(loadCatalogue());
  const upstreams = new Map(
    order.upstreams.map(({ name, secret, baseUrl }) => {
      // Whoever wrote another place of a provider's API means it, in a private network too.
      const place = baseUrl === undefined ? {} : { baseUrl, allowPrivate: true };
      return [name, upstreamOf({ name, secret, ...place })];
    }),
  );
  const proxy = createProxy({
    store,
    findGrant: (hash) => (hash === order.keyHash ? GRANT : undefined),
    findUpstream: (_, name) => upstreams.get(name),
    priceBookOf: () => book,
    transport,
    clock,
    onFault: () => undefined,
  });
  const server = createGatewayServer({ proxy, status: () => store.status(clock()) });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  status.port = (server.address() as AddressInfo).port;
  save();
  return {
    end: async () => {
      await drain(server, proxy, DRAIN_MS);
      transport.close();
      status.state = "ended";
      save();
    },
  };
}
