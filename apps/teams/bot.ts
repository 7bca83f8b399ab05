import { randomBytes } from "node:crypto";
import express, { type NextFunction, type Request, type Response, Router } from "express";
import { rateLimit } from "express-rate-limit";
import type { Pool } from "pg";
import { z } from "zod";
import { onceUnsent } from "#apps/chat/not-shown.ts";
import type { Asker, Brain } from "#apps/chat/surface.ts";
import { AispendError } from "#core/errors.ts";
import type { Clock } from "#core/time.ts";
import { Activity, conversationKind, tenantOf } from "./activity.ts";
import { placeOf } from "./begin-turn.ts";
import { TeamsFailure, type TeamsTransport } from "./bot-port.ts";
import { botbuilderTransport } from "./botbuilder-transport.ts";
import { refuseUnauthenticated, type TeamsCredentials } from "./credentials.ts";
import { memberDirectory } from "./directory.ts";
import { isOneDrive, onFileConsent } from "./download.ts";
import { invokeBody } from "./invoke-body.ts";
import { onCardPress } from "./on-card-press.ts";
import { dialogSaid, onDialog, type Sending } from "./on-dialog.ts";
import { onConversationUpdate, onInstallation } from "./on-membership.ts";
import { onMessage } from "./on-message.ts";
import { type Log, type TeamsAccount, type TeamsSurface, textMessage } from "./surface.ts";

export interface TeamsBotOptions {
  credentials: TeamsCredentials;
  production: boolean;
  brain: Brain;
  pool: Pool;
  clock: Clock;
  log: Log;
  resolveOrg(tenantId: string): Promise<number | undefined>;
  resolveAsker(account: TeamsAccount): Promise<Asker>;
  /** Another SDK than botbuilder. */
  transport?: TeamsTransport;
  /** Where a file may be put, other than OneDrive; for tests. */
  mayUpload?: (url: URL) => boolean;
}

/**
 * The Teams surface: `router` holds POST /api/messages, `transport` is what the outbox writes with.
 * Throws `teams_unauthenticated` when it could not tell Microsoft from anybody else.
 */
export function createTeamsBot(options: TeamsBotOptions): {
  router: Router;
  surface: TeamsSurface;
  transport: TeamsTransport;
} {
  const { credentials, brain, pool, clock, log } = options;
  refuseUnauthenticated(credentials, options.production);
  const transport = options.transport ?? botbuilderTransport(credentials);
  const playground = credentials.appType === "Playground";
  const surface: TeamsSurface = {
    transport,
    directory: memberDirectory(transport, clock),
    brain,
    pool,
    clock,
    log,
    homeTenant: playground ? undefined : credentials.tenantId,
    resolveOrg: options.resolveOrg,
    resolveAsker: options.resolveAsker,
    teamsClient: !playground,
    mayUpload: options.mayUpload ?? isOneDrive,
  };
  return { router: messagesRouter(surface), surface, transport };
}

function messagesRouter(surface: TeamsSurface): Router {
  const router = Router();
  // Every request of a tenant comes from a few addresses of Microsoft's, so only refused ones count.
  const strangers = rateLimit({
    windowMs: 60_000,
    limit: 60,
    skipSuccessfulRequests: true,
    standardHeaders: "draft-8",
    legacyHeaders: false,
    message: { error: "too many refused requests; try again in a minute" },
  });
  router.post("/api/messages", strangers, express.json({ limit: "256kb" }), (request, response) =>
    receive(surface, request, response),
  );
  router.use("/api/messages", unreadable);
  return router;
}

const Body = z.record(z.string(), z.unknown());

async function receive(surface: TeamsSurface, request: Request, response: Response): Promise<void> {
  const body = Body.safeParse(request.body);
  if (!body.success) {
    response.status(400).json({ error: "the body is not an activity in JSON" });
    return;
  }
  const activity = Activity.safeParse(body.data);
  if (!activity.success) {
    const at = activity.error.issues[0]?.path.join(".") ?? "";
    response.status(400).json({ error: `not an activity: '${at}' is missing or wrong` });
    return;
  }
  const authorization = request.headers.authorization ?? "";
  const authentic = await authenticate(surface, body.data, authorization);
  if (authentic !== true) {
    response.status(authentic === false ? 401 : 503).json({ error: NOT_AUTHENTIC });
    return;
  }
  const sending: Sending = {};
  const reply = await answerActivity(surface, activity.data, sending);
  const { unsent } = sending;
  if (unsent !== undefined) {
    onceUnsent(response, () => {
      unsent().catch((error: unknown) => {
        surface.log.error(fault(error), "a secret that was not shown could not be taken back");
      });
    });
  }
  if (reply === undefined) response.status(200).end();
  else response.status(200).json(reply);
}

const NOT_AUTHENTIC = "the token could not be verified as one of the Bot Framework for this bot";

/** Undefined when Microsoft's keys cannot be had: nobody is let in, and Teams tries again. */
async function authenticate(
  surface: TeamsSurface,
  body: Record<string, unknown>,
  authorization: string,
): Promise<boolean | undefined> {
  try {
    return await surface.transport.authenticate(body, authorization);
  } catch (error) {
    surface.log.error(fault(error), "a Teams token could not be checked");
    return undefined;
  }
}

/** The body of the answer to an invoke; undefined for everything that is answered by a message. */
async function answerActivity(
  surface: TeamsSurface,
  activity: Activity,
  sending: Sending,
): Promise<unknown> {
  try {
    return await dispatch(surface, activity, sending);
  } catch (error) {
    const reference = randomBytes(4).toString("hex");
    const about = { ...fault(error), reference, activity: activity.type };
    surface.log.error(about, "a Teams activity failed");
    return apologise(surface, activity, error, reference);
  }
}

async function dispatch(
  surface: TeamsSurface,
  activity: Activity,
  sending: Sending,
): Promise<unknown> {
  switch (activity.type) {
    case "message":
      return onMessage(surface, activity);
    case "installationUpdate":
      return onInstallation(surface, activity);
    case "conversationUpdate":
      return onConversationUpdate(surface, activity);
    case "invoke":
      return invoke(surface, activity, sending);
    default:
      return undefined;
  }
}

async function invoke(
  surface: TeamsSurface,
  activity: Activity,
  sending: Sending,
): Promise<unknown> {
  switch (activity.name) {
    case "adaptiveCard/action":
      return invokeBody(await onCardPress(surface, activity));
    case "task/fetch":
    case "task/submit":
      return onDialog(surface, activity, sending);
    case "fileConsent/invoke":
      await onFileConsent(surface, activity);
      return {};
    default:
      return {};
  }
}

/** Never a stack trace; an expected failure says itself what to do, the log has the others. */
async function apologise(
  surface: TeamsSurface,
  activity: Activity,
  error: unknown,
  reference: string,
): Promise<unknown> {
  const sorry = `Sorry, an error on my side. Try again in a minute (reference ${reference}).`;
  const expected = error instanceof AispendError;
  const said = expected ? [error.message, error.help].filter(Boolean).join(". ") : sorry;
  if (activity.type === "invoke") {
    return activity.name?.startsWith("task/") === true ? dialogSaid(said) : invokeBody({ said });
  }
  if (activity.type !== "message") return undefined;
  try {
    const inRoom = conversationKind(activity) !== "personal";
    const place = placeOf(activity, tenantOf(activity) ?? "");
    // In a room an expected failure could name what was asked; the room reads the plain apology.
    await surface.transport.send(place, textMessage(inRoom ? sorry : said));
  } catch (unsent) {
    surface.log.error({ ...fault(unsent), reference }, "the apology could not be sent either");
  }
  return undefined;
}

/** What a log may hold of an error: no message, which could repeat what somebody wrote. */
function fault(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: "unknown" };
  const at = error.stack
    ?.split("\n")
    .find((line) => /^\s+at /.test(line))
    ?.trim();
  const code = error instanceof AispendError ? { code: error.code } : {};
  const status = error instanceof TeamsFailure ? { status: error.status } : {};
  return { error: error.name, at, ...code, ...status };
}

const Unreadable = z.object({ status: z.int().min(400).max(499), type: z.string() });

/** What express.json refuses: too large, not JSON, an unknown encoding. */
function unreadable(error: unknown, _request: Request, response: Response, next: NextFunction) {
  const read = Unreadable.safeParse(error);
  if (!read.success) return next(error);
  response.status(read.data.status).json({ error: `the body cannot be read: ${read.data.type}` });
}
