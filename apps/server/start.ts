import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import type { Logger } from "pino";
import { createBrain } from "#apps/chat/brain.ts";
import { driverOpener } from "#apps/connectors/gateways/open-driver.ts";
import type { SlackApp } from "#apps/slack/app.ts";
import { saveConnection } from "#core/connections/service.ts";
import { connect, type Database } from "#core/db/connect.ts";
import { readCapSpend } from "#core/enforcement/cap-spend.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { countBacklog } from "#core/outbox/backlog.ts";
import type { Clock } from "#core/time.ts";
import type { Config } from "./config.ts";
import { mountConsole } from "./console-mount.ts";
import { prepareDemonstration } from "./demonstration/first-start.ts";
import { startDemonstrationProvider } from "./demonstration/provider.ts";
import { tokenVerifier } from "./estimates/github-token.ts";
import { createEstimatesRouter } from "./estimates/router.ts";
import { type RunningGateway, startGatewayRole } from "./gateway-role.ts";
import { createHttpApp } from "./http.ts";
import { mountIngest } from "./ingest-mount.ts";
import { listenOn, urlOf } from "./listen.ts";
import { linkCodeMailer } from "./mail.ts";
import { createMetrics, timedBrain, watchOutbox } from "./metrics.ts";
import { readinessOf } from "./readiness.ts";
import { openSecretBox } from "./secret-key.ts";
import { closeServer } from "./shutdown.ts";
import { loadSurfaces, type Surfaces } from "./surfaces.ts";
import { startWorkerRole } from "./worker-role.ts";

export interface StartOptions {
  config: Config;
  clock: Clock;
  logger: Logger;
  workingFolder: string;
  /** What the operator reads, a plain line each. */
  say: (line: string) => void;
  /** Called whenever the console has answered. */
  onConsoleAnswer: () => void;
}

export interface RunningServer {
  /** Where it listens. */
  readonly url: string;
  readonly consoleOn: boolean;
  /** Where model calls go through, where this process is a gateway. */
  readonly gatewayUrl: string | undefined;
  /** Takes nothing new, waits for everything that was accepted, and leaves the database. */
  readonly stop: () => Promise<void>;
}

/** Starts all that the configuration asks for; when a part fails, what had begun is ended again. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const started: Started = { working: [], beneath: [] };
  const stop = () => endAll(started);
  try {
    return { ...(await startParts(options, started)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * What is to be ended. What works may take 25 seconds to finish what it has begun, and an orchestrator
 * gives 30 in all: it ends side by side. Then what it stands on, the latest first.
 */
interface Started {
  readonly working: (() => Promise<void>)[];
  readonly beneath: (() => Promise<void>)[];
}

async function endAll({ working, beneath }: Started): Promise<void> {
  const ended = await Promise.allSettled(working.splice(0).map((end) => end()));
  for (const end of beneath.splice(0).reverse()) await end();
  const failed = ended.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

async function startParts(
  options: StartOptions,
  started: Started,
): Promise<Omit<RunningServer, "stop">> {
  const { config, logger } = options;
  const database = await connect({
    databaseUrl: config.databaseUrl,
    ownerUrl: config.ownerUrl,
    home: config.home,
    applicationName: "server",
    // Chat, ways in and the worker's lanes share them; one that waits for another must find a free one.
    max: 24,
    log: options.say,
  });
  started.beneath.push(database.close);
  const { home } = config;
  const demonstrationId = config.demonstration
    ? await prepareDemonstration({ ...options, database, home })
    : undefined;
  const { pool } = database;
  const surfaces = await loadSurfaces({ ...options, pool, log: logger });
  const parts = await createParts(options, database, surfaces, demonstrationId);
  if (config.roles.includes("worker")) {
    const worker = startWorkerRole({ ...options, database, surfaces });
    started.working.push(() => worker.stop());
  }
  const server = createServer(parts.app);
  started.working.push(async () => {
    parts.stopping.now = true;
    if (server.listening) await closeServer(server, logger);
    // Its answers go on after the request was acknowledged.
    await parts.slack?.stop();
  });
  await parts.slack?.start();
  // A header that never ends, or a body that trickles in, does not hold its connection for ever.
  server.headersTimeout = 15_000;
  server.requestTimeout = 120_000;
  await listenOn(server, { host: config.host, port: config.port, variable: "PORT" });
  const gateway = await startGateway(options, database, demonstrationId, started);
  parts.gateway.url ??= gateway?.url;
  return {
    url: urlOf(server.address() as AddressInfo, config.host),
    consoleOn: parts.consoleOn,
    gatewayUrl: gateway?.url,
  };
}

/** Without a provider's key the demonstration's own answers what its keys ask. */
async function startGateway(
  options: StartOptions,
  database: Database,
  demonstrationId: number | undefined,
  started: Started,
): Promise<RunningGateway | undefined> {
  if (!options.config.roles.includes("gateway")) return undefined;
  const provider =
    demonstrationId === undefined ? undefined : await startDemonstrationProvider(options.clock);
  if (provider !== undefined) started.beneath.push(provider.close);
  const standIn =
    demonstrationId === undefined || provider === undefined
      ? undefined
      : { orgId: demonstrationId, upstreams: provider.upstreams };
  const gateway = await startGatewayRole({ ...options, database, standIn });
  started.working.push(gateway.stop);
  return gateway;
}

interface Parts {
  app: Express;
  slack: SlackApp | undefined;
  consoleOn: boolean;
  stopping: { now: boolean };
  /** Where programs send their calls, as chat says it with a key. */
  gateway: { url: string | undefined };
}

/** The app with all its routes; nothing listens yet. */
async function createParts(
  options: StartOptions,
  database: Database,
  surfaces: Surfaces,
  demonstrationId: number | undefined,
): Promise<Parts> {
  const { config, clock, logger } = options;
  const { pool } = database;
  const metrics = createMetrics();
  watchOutbox(metrics, () => countBacklog(pool));
  const contextOf = cachedContexts(pool, clock);
  const ledger = createLedger({ pool, clock, contextOf });
  const priceBookOf = async (orgId: number) => (await contextOf(orgId)).priceBook;
  const mailLinkCode = await linkCodeMailer(config.mail);
  const gateway: Parts["gateway"] = { url: config.gatewayUrl };
  const brain = timedBrain(
    createBrain({
      pool,
      clock,
      priceBookOf,
      readCapSpend,
      gatewayUrl: () => gateway.url,
      openDriver: driverOpener(openSecretBox(config), clock),
      connectSource: (request) =>
        saveConnection(pool, openSecretBox(config), { ...request, now: clock() }),
      ...(mailLinkCode && { mailLinkCode }),
    }),
    metrics,
  );
  const isReady = readinessOf(database);
  const stopping = { now: false };
  const parts: Omit<Parts, "app"> = { slack: undefined, consoleOn: false, stopping, gateway };
  const app = createHttpApp({
    logger,
    metrics,
    proxyHops: config.proxyHops,
    notReady: async () => (stopping.now ? ["The server is being stopped."] : isReady()),
    mount: (express) => {
      if (!config.roles.includes("chat")) return;
      const secrets = openSecretBox(config);
      express.use(mountIngest({ pool, clock, ledger, contextOf, secrets, log: logger, metrics }));
      if (config.github !== undefined) {
        const verify = tokenVerifier(config.github, clock);
        express.use(createEstimatesRouter({ pool, clock, verify, log: logger }));
      }
      parts.slack = surfaces.slack?.mount(express, brain);
      surfaces.teams?.mount(express, brain);
      const onAnswer = options.onConsoleAnswer;
      const console = { config, demonstrationId, pool, brain, onAnswer };
      parts.consoleOn = mountConsole(express, console);
    },
  });
  return { ...parts, app };
}
