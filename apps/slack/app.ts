import {
  App,
  type AuthorizeResult,
  ExpressReceiver,
  type Receiver,
  SocketModeReceiver,
} from "@slack/bolt";
import { WebClient, type WebClientOptions } from "@slack/web-api";
import type { Express } from "express";
import type { Asker, Brain } from "#apps/chat/surface.ts";
import { AispendError } from "#core/errors.ts";
import type { Clock } from "#core/time.ts";
import { boltLog, type Log } from "./bolt-log.ts";
import { createBoundedMemory, remembered } from "./bounded-memory.ts";
import { createChartPictures } from "./chart-picture.ts";
import { createMembers, type SlackAccount } from "./member.ts";
import { listenToPresses } from "./press-listeners.ts";
import { listenToQuestions } from "./question-listeners.ts";
import { createRooms } from "./room.ts";
import type { SlackSurface } from "./surface.ts";
import { listenToViews } from "./view-listeners.ts";
import { webClientOptions } from "./web-client-options.ts";
import { findWorkspace, type Workspace } from "./workspace.ts";

export interface SlackAppOptions {
  /** The one Express app; nothing before this may parse bodies, the signature covers the raw one. */
  expressApp?: Express;
  signingSecret: string | undefined;
  botToken: string;
  /** With an app-level token Slack is reached by Socket Mode and no route is mounted. */
  appToken: string | undefined;
  brain: Brain;
  /** Undefined for a workspace that no organisation has connected. */
  resolveOrg(workspace: Workspace): Promise<number | undefined>;
  resolveAsker(account: SlackAccount): Promise<Asker>;
  clock: Clock;
  log: Log;
  /** Another place of Slack's API, for emulators. */
  slackApiUrl?: string | undefined;
  /** How often a call is repeated when Slack fails or asks for patience; default 3. */
  retries?: number;
}

export interface SlackApp {
  /** Finds the workspace, and connects where Socket Mode is used. Throws what `doctor` can show. */
  start(): Promise<Workspace>;
  /** Stops taking events and waits for the answers that are being made. */
  stop(): Promise<void>;
}

const CHART_PATIENCE_MS = 1500;

/** The Slack surface on Bolt. With HTTP it is mounted at POST /slack/events. */
export function createSlackApp(options: SlackAppOptions): SlackApp {
  const { botToken, clock, log } = options;
  const clientOptions = webClientOptions(options);
  const own = new WebClient(botToken, { ...clientOptions, logger: boltLog(log) });
  const workspaces = createBoundedMemory<Promise<Workspace>>(1, Number.MAX_SAFE_INTEGER, clock);
  const surface: SlackSurface = {
    brain: options.brain,
    log,
    workspace: () => remembered(workspaces, "installed", () => findWorkspace(own)),
    findMember: createMembers(clock),
    findRoom: createRooms(clock),
    uploadChart: createChartPictures(clock, log, CHART_PATIENCE_MS),
    resolveOrg: options.resolveOrg,
    resolveAsker: options.resolveAsker,
  };
  const receiver = createReceiver(options, clientOptions);
  const app = new App({
    receiver,
    authorize: () => authorize(surface, botToken),
    logger: boltLog(log),
    clientOptions,
    convoStore: false,
  });
  const running = trackRunning(app);
  refuseRepeats(app, clock);
  listenToQuestions(app, surface);
  listenToPresses(app, surface);
  listenToViews(app, surface);
  listenToRemoval(app, log);
  app.error(async (error) => {
    log.error({ err: error }, "slack listener failed");
  });
  const socket = receiver instanceof SocketModeReceiver ? receiver : undefined;
  return {
    async start() {
      const workspace = await surface.workspace();
      await socket?.start();
      return workspace;
    },
    async stop() {
      await socket?.stop();
      await Promise.allSettled(running);
    },
  };
}

function createReceiver(options: SlackAppOptions, clientOptions: WebClientOptions): Receiver {
  const logger = boltLog(options.log);
  if (options.appToken !== undefined) {
    const installerOptions = { clientOptions };
    return new SocketModeReceiver({ appToken: options.appToken, logger, installerOptions });
  }
  if (options.signingSecret === undefined) {
    throw new AispendError("slack_signing_secret_missing", "Slack needs a signing secret.", {
      help: "Set SLACK_SIGNING_SECRET, or SLACK_APP_TOKEN to use Socket Mode.",
    });
  }
  return new ExpressReceiver({
    signingSecret: options.signingSecret,
    ...(options.expressApp === undefined ? {} : { app: options.expressApp }),
    endpoints: "/slack/events",
    bodyLimit: "1mb",
    logger,
  });
}

/** One workspace by its token. Distribution by OAuth replaces this by a look-up of installations. */
async function authorize(surface: SlackSurface, botToken: string): Promise<AuthorizeResult> {
  const { botId, botUserId } = await surface.workspace();
  return { botToken, botUserId, ...(botId === undefined ? {} : { botId }) };
}

/** What goes on after the acknowledgement, so that stop() can wait for it. */
function trackRunning(app: App): Set<Promise<void>> {
  const running = new Set<Promise<void>>();
  app.use(async ({ next }) => {
    const work = next();
    running.add(work);
    try {
      await work;
    } finally {
      running.delete(work);
    }
  });
  return running;
}

const REPEATED_MS = 15 * 60_000;

/**
 * Slack sends an event again when it hears no 200 within three seconds, and a signed request stays
 * valid for five minutes: each is taken once. In memory, since it only saves a second answer; what
 * must not happen twice (a press) is idempotent in the database.
 */
function refuseRepeats(app: App, clock: Clock): void {
  const seen = createBoundedMemory<true>(20_000, REPEATED_MS, clock);
  app.use(async (args) => {
    const { body } = args;
    const id: unknown =
      "event_id" in body ? body.event_id : "trigger_id" in body ? body.trigger_id : undefined;
    const again = typeof id === "string" && seen.get(id) === true;
    if (typeof id === "string") seen.set(id, true);
    if (!again) {
      await args.next();
      return;
    }
    if ("ack" in args && typeof args.ack === "function") await args.ack();
  });
}

function listenToRemoval(app: App, log: Log): void {
  const said = "Slack removed the app or its tokens: install it again and set SLACK_BOT_TOKEN";
  app.event("app_uninstalled", async () => log.error({}, said));
  app.event("tokens_revoked", async () => log.error({}, said));
}
