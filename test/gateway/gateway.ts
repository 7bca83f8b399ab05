import { createHash } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createGatewayServer } from "#apps/gateway/listener.ts";
import type { ProxyPorts } from "#apps/gateway/ports.ts";
import { createProxy, type GatewayProxy } from "#apps/gateway/proxy.ts";
import { bodyBudget } from "#apps/gateway/read-body.ts";
import { createTransport, type TransportOptions } from "#apps/gateway/transport.ts";
import { type UpstreamSettings, upstreamOf } from "#apps/gateway/upstream.ts";
import type { HoldStore, KeyGrant } from "#core/enforcement/holds.ts";
import { createMemoryStore, type MemoryStore } from "#core/enforcement/memory-holds.ts";
import type { UsageEvent } from "#core/ledger/schema.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";

export const SECRET = "sk-aispend-test";
const NOW = new Date("2026-11-18T12:00:00Z");

export interface TestGateway {
  readonly url: string;
  readonly store: MemoryStore;
  readonly proxy: GatewayProxy;
  readonly server: Server;
  readonly events: { event: UsageEvent; cost: bigint }[];
  readonly faults: string[];
  /** Changes what the key may do. */
  setGrant(over: Partial<KeyGrant> | undefined): void;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly capUsd?: string;
  readonly grant?: Partial<KeyGrant>;
  readonly upstream?: Partial<UpstreamSettings>;
  readonly transport?: TransportOptions;
  readonly headersMs?: number;
  readonly requestMs?: number;
  readonly bodyBytes?: number;
  readonly now?: () => Date;
  readonly findGrant?: ProxyPorts["findGrant"];
  /** Instead of holds in memory. */
  readonly holds?: HoldStore;
}

export const GRANT: KeyGrant = {
  orgId: 1,
  keyId: 7,
  name: "ci-triage",
  ledgerKey: "key-7",
  chain: [
    { kind: "scope", id: 0 },
    { kind: "scope", id: 3 },
    { kind: "key", id: 7 },
  ],
  tags: { team: "payments", agent: "triage" },
  models: [],
  allowUnbounded: false,
  requestsPerMinute: undefined,
  expiresAt: undefined,
  blocked: undefined,
};

export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** A gateway on loopback with holds in memory, in front of one provider for all formats. */
export async function startGateway(
  providerUrl: string,
  options: GatewayOptions = {},
): Promise<TestGateway> {
  const events: TestGateway["events"] = [];
  const faults: string[] = [];
  const limit =
    BigInt(Math.round(Number(options.capUsd ?? "1000") * 1e6)) * (NANO_PER_USD / 1_000_000n);
  const cap = {
    kind: "key",
    id: 7,
    name: "key ci-triage",
    limit,
    command: "/aispend cap raise",
  } as const;
  const store = createMemoryStore([cap], (event, cost) => events.push({ event, cost }));
  const grants = new Map<string, KeyGrant>();
  const setGrant = (over: Partial<KeyGrant> | undefined): void => {
    if (over === undefined) grants.delete(hashOf(SECRET));
    else grants.set(hashOf(SECRET), { ...GRANT, ...over });
  };
  setGrant(options.grant ?? {});
  const transport = createTransport(options.transport);
  const book = buildPriceBook(loadCatalogue());
  const upstreams = new Map(
    ["openai", "anthropic", "gemini", "groq"].map((name) => {
      const baseUrl = name === "openai" || name === "groq" ? `${providerUrl}/v1` : providerUrl;
      const settings = { name, baseUrl, secret: `real-${name}`, allowPrivate: true };
      return [name, upstreamOf({ ...settings, ...options.upstream })] as const;
    }),
  );
  const proxy = createProxy({
    store: options.holds ?? store,
    findGrant: options.findGrant ?? ((hash) => grants.get(hash)),
    findUpstream: (_orgId, name) => upstreams.get(name),
    priceBookOf: () => book,
    transport,
    clock: options.now ?? (() => NOW),
    onFault: (fault, error) =>
      faults.push(error instanceof Error ? `${fault}: ${error.stack}` : fault),
    bodies: bodyBudget(options.bodyBytes),
  });
  const { headersMs = 15_000, requestMs = 60_000 } = options;
  const server = createGatewayServer({
    proxy,
    status: () => (options.holds ?? store).status(NOW),
    headersMs,
    requestMs,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    store,
    proxy,
    server,
    events,
    faults,
    setGrant,
    close: () =>
      new Promise((resolve) => {
        transport.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
