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
  const stale = new Set<number>();
  const refresh = oneAfterAnother(async () => {
    try {
      for (const orgId of await knowledge.refresh()) stale.add(orgId);
      for (const orgId of stale) {
        await store.refreshCaps(orgId);
        stale.delete(orgId);
      }
      proxy.cutBlocked();
      return true;
    } catch (error) {
      logger.warn({ err: error }, "gateway: keys and caps could not be read anew");
      return false;
    }
  });
  const findGrant = withItsCaps(knowledge.findGrant, refresh);
  const proxy = createProxy({
    ...knowledge,
    findGrant,
    findUpstream,
    store,
    transport,
    clock,
    onFault,
  });
  const server = createGatewayServer({ proxy, status: () => store.status(clock()) });
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

/** Who calls it waits for a run that begins after the call; those who wait share it. */
function oneAfterAnother(run: () => Promise<boolean>): () => Promise<boolean> {
  let running: Promise<boolean> = Promise.resolve(true);
  let next: Promise<boolean> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      running = run();
      return running;
    });
    return next;
  };
}

const MOST_KNOWN = 100_000;

/**
 * A key that this process has not seen yet can be newer than the caps that it knows, its own among
 * them: it is let in once they were read after it. Throws where they could not be, as nothing would
 * hold it.
 */
function withItsCaps(
  find: Knowledge["findGrant"],
  refresh: () => Promise<boolean>,
): Knowledge["findGrant"] {
  const known = new Set<string>();
  return (hash) => {
    const found = find(hash);
    if (found === undefined || known.has(hash)) return found;
    return Promise.resolve(found).then(async (grant) => {
      if (grant === undefined) return undefined;
      if (!(await refresh())) throw new Error("the caps of a new key could not be read");
      if (known.size >= MOST_KNOWN) known.clear();
      known.add(hash);
      return grant;
    });
  };
}

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
