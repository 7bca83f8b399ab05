import type { AddressInfo } from "node:net";
import type { Logger } from "pino";
import { createKnowledge, type Knowledge } from "#apps/gateway/knowledge.ts";
import { createGatewayServer, drain } from "#apps/gateway/listener.ts";
import { createProxy } from "#apps/gateway/proxy.ts";
import { createTransport } from "#apps/gateway/transport.ts";
import { listen as hear } from "#apps/worker/listener.ts";
import type { Database } from "#core/db/connect.ts";
import { loadCaps } from "#core/enforcement/load-caps.ts";
import { createPostgresStore } from "#core/enforcement/postgres-holds.ts";
import { KEY_CHANNEL } from "#core/keys/lookup.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";
import type { StandIn } from "./demonstration/provider.ts";
import { listenOn, urlOf } from "./listen.ts";
import { openSecretBox } from "./secret-key.ts";

export interface GatewayRole {
  readonly database: Pick<Database, "pool">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Config;
  /** Of the demonstration alone. */
  readonly standIn?: StandIn | undefined;
}

export interface RunningGateway {
  readonly url: string;
  /** Lets streams run to their end, writes everything down and gives back what was lent. */
  readonly stop: () => Promise<void>;
}

const POLL_MS = 1_000;
/** An orchestrator kills at 30 seconds. */
const DRAIN_MS = 25_000;

/** The enforcement point with its own listener. */
export async function startGatewayRole(role: GatewayRole): Promise<RunningGateway> {
  const { database, clock, logger, config } = role;
  const { pool } = database;
  const onFault = (fault: string, error?: unknown): void =>
    logger.error({ err: error }, `gateway: ${fault}`);
  const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
  const store = createPostgresStore({
    pool,
    ledger,
    clock,
    monotonicMs: () => performance.now(),
    loadCaps: (orgId) => loadCaps(pool, orgId, clock()),
    onFault,
  });
  const knowledge = createKnowledge({ pool, clock, box: openSecretBox(config), onFault });
  const transport = createTransport();
  const findUpstream = withStandIn(knowledge.findUpstream, role.standIn);
  const proxy = createProxy({ ...knowledge, findUpstream, store, transport, clock, onFault });
  const server = createGatewayServer({ proxy, status: () => store.status(clock()) });
  const state = { refreshing: false, again: false, stale: new Set<number>() };
  const refresh = async (): Promise<void> => {
    state.again = true;
    if (state.refreshing) return;
    state.refreshing = true;
    try {
      while (state.again) {
        state.again = false;
        for (const orgId of await knowledge.refresh()) state.stale.add(orgId);
        for (const orgId of state.stale) {
          await store.refreshCaps(orgId);
          state.stale.delete(orgId);
        }
        proxy.cutBlocked();
      }
    } catch (error) {
      logger.warn({ err: error }, "gateway: keys and caps could not be read anew");
    } finally {
      state.refreshing = false;
    }
  };
  const poll = setInterval(() => void refresh(), POLL_MS);
  const listener = hear(pool, KEY_CHANNEL, () => void refresh(), onListenFault(logger));
  await listenOn(server, { host: config.host, port: config.gatewayPort, variable: PORT_NAME });
  return {
    url: urlOf(server.address() as AddressInfo, config.host),
    async stop() {
      clearInterval(poll);
      await drain(server, proxy, DRAIN_MS);
      await listener.stop();
      await store.close();
      transport.close();
    },
  };
}

const PORT_NAME = "AISPEND_GATEWAY_PORT";

/** A provider that somebody connected goes before the stand-in; others' keys never reach that. */
function withStandIn(
  find: Knowledge["findUpstream"],
  standIn: StandIn | undefined,
): Knowledge["findUpstream"] {
  if (standIn === undefined) return find;
  return (orgId, name) => {
    const found = find(orgId, name);
    if (orgId !== standIn.orgId) return found;
    if (!(found instanceof Promise)) return found ?? standIn.upstreams.get(name);
    return found.then((upstream) => upstream ?? standIn.upstreams.get(name));
  };
}

function onListenFault(logger: Logger): (error: unknown) => void {
  return (error) => logger.warn({ err: error }, "gateway: not told of changes; asking each second");
}
