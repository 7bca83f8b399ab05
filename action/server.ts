import * as core from "@actions/core";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { ApprovalAnswer, type ApprovalRequest } from "#core/estimates/approval-schema.ts";
import {
  FollowUps,
  type NoticeRequest,
  type RecordRequest,
} from "#core/estimates/record-schema.ts";
import type { Subject } from "#core/estimates/repository-schema.ts";
import { Quote } from "#core/estimates/traffic-schema.ts";
import type { Inputs } from "./inputs.ts";

/** The aispend server of the organisation, asked with GitHub's own word for this repository. */
export interface Server {
  readonly url: string;
  readonly audience: string;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 4_000_000;

export function serverOf(inputs: Inputs): Server | undefined {
  const url = inputs["server-url"];
  if (url === undefined) return undefined;
  return { url, audience: inputs["server-audience"] ?? url };
}

/** Throws `server_refused` or `server_unreachable`. What the server says is not repeated in logs. */
async function ask<T>(
  server: Server,
  path: string,
  body: unknown,
  schema: z.ZodType<T>,
): Promise<T> {
  const token = await idToken(server.audience);
  let response: Response;
  try {
    response = await fetch(new URL(path, server.url), {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (cause) {
    throw new AispendError("server_unreachable", "the aispend server cannot be reached", {
      kind: "unavailable",
      help: "Check server-url, and that the runner may reach it.",
      cause,
    });
  }
  const text = await response.text();
  if (!response.ok || text.length > MAX_BYTES) {
    throw new AispendError("server_refused", `the aispend server answered ${response.status}`, {
      kind: "unavailable",
      help: "Is this repository connected there, and does server-audience fit?",
    });
  }
  const read = schema.safeParse(jsonOf(text));
  if (read.success) return read.data;
  const field = read.error.issues[0]?.path.join(".") || "its answer";
  throw new AispendError(
    "server_answer_unknown",
    `the aispend server answers in another form (${field})`,
    { kind: "unavailable", help: "Use the Action of the server's own version." },
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

/** GitHub's word for this run. Throws `oidc_missing`. */
async function idToken(audience: string): Promise<string> {
  try {
    return await core.getIDToken(audience);
  } catch (cause) {
    throw new AispendError("oidc_missing", "GitHub gave no OIDC token", {
      kind: "unavailable",
      help: "The job needs permissions: id-token: write.",
      cause,
    });
  }
}

/** Traffic and budgets of the scopes that are this repository's. */
export function askQuote(
  server: Server,
  organisation: string | undefined,
  subjects: readonly Subject[],
): Promise<Quote> {
  const body = { version: 1, ...(organisation === undefined ? {} : { organisation }), subjects };
  return ask(server, "/v1/estimates/quote", body, Quote);
}

/** Keeps a merged pull request's estimate, to be held against the ledger later. */
export async function sendRecord(server: Server, request: RecordRequest): Promise<void> {
  await ask(server, "/v1/estimates", request, z.unknown());
}

/** The full figures for the owner's channel: in public the comment has none. */
export async function sendNotice(server: Server, request: NoticeRequest): Promise<void> {
  await ask(server, "/v1/estimates/notice", request, z.unknown());
}

/** Asks the accountable people in chat, or reads what they said of this very commit. */
export function askApproval(server: Server, request: ApprovalRequest): Promise<ApprovalAnswer> {
  return ask(server, "/v1/estimates/approval", request, ApprovalAnswer);
}

export function askFollowUps(server: Server, organisation: string | undefined): Promise<FollowUps> {
  const query =
    organisation === undefined ? "" : `?organisation=${encodeURIComponent(organisation)}`;
  return ask(server, `/v1/estimates/follow-ups${query}`, undefined, FollowUps);
}
