import { randomUUID } from "node:crypto";
import type { WebClient } from "@slack/web-api";
import type { Answer } from "#core/answers/schema.ts";
import { apology, GUEST, NO_ORGANISATION, STRANGER } from "./local-answer.ts";
import type { Reply } from "./reply.ts";
import { isSlackFailure } from "./slack-failure.ts";
import type { SlackSurface, Turn } from "./surface.ts";

export interface Happening {
  client: WebClient;
  userId: string;
  /** What the person wrote or pressed: an error that repeats it is not logged in its own words. */
  said: string;
  /** "command", "mention": for the log. */
  what: string;
  /** Where refusals and apologies go: to this person alone. */
  reply: Reply;
}

/**
 * Finds out who it is, refuses strangers and guests before the brain hears of them, and does the
 * work. A fault is logged without what was said, and the person gets a reference to it.
 */
export async function runTurn(
  surface: SlackSurface,
  happening: Happening,
  work: (turn: Turn) => Promise<void>,
): Promise<void> {
  try {
    const begun = await beginTurn(surface, happening);
    if (begun.state === "turn") await work(begun.turn);
    if (begun.state === "refused") await happening.reply(begun.answer);
  } catch (error) {
    const reference = randomUUID().slice(0, 8);
    const fields = { err: withoutText(error, happening.said), reference, what: happening.what };
    surface.log.error(fields, "slack turn failed");
    await apologise(surface, happening, reference);
  }
}

async function apologise(
  surface: SlackSurface,
  { reply, what }: Happening,
  reference: string,
): Promise<void> {
  try {
    await reply(apology(reference));
  } catch (error) {
    surface.log.error({ err: error, reference, what }, "slack apology failed");
  }
}

type Begun =
  | { state: "turn"; turn: Turn }
  | { state: "refused"; answer: Answer }
  /** Bots are not answered: two that answer each other never stop. */
  | { state: "ignored" };

async function beginTurn(surface: SlackSurface, { client, userId }: Happening): Promise<Begun> {
  const workspace = await surface.workspace();
  const member = await surface.findMember(client, workspace, userId);
  if (member.kind === "bot") return { state: "ignored" };
  if (member.kind === "stranger") return { state: "refused", answer: STRANGER };
  if (member.kind === "guest") return { state: "refused", answer: GUEST };
  const orgId = await surface.resolveOrg(workspace);
  if (orgId === undefined) return { state: "refused", answer: NO_ORGANISATION };
  const asker = await surface.resolveAsker({
    orgId,
    account: `slack:${workspace.teamId}:${userId}`,
    email: member.email,
  });
  return { state: "turn", turn: { client, userId, orgId, asker } };
}

/** Parsers and Postgres quote what they stumble over: then only the kind and the place are kept. */
function withoutText(error: unknown, said: string): unknown {
  if (!(error instanceof Error) || isSlackFailure(error)) return error;
  const words = said.split(/\s+/).filter((word) => word.length > 2);
  if (!words.some((word) => error.message.includes(word))) return error;
  const told = new Error("(not logged: it repeats what was asked)");
  told.name = error.name;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  told.stack = [`${told.name}: ${told.message}`, ...frames].join("\n");
  return told;
}
