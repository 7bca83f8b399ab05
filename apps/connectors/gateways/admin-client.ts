import type { z } from "zod";
import { AispendError } from "#core/errors.ts";

export interface AdminClientOptions {
  readonly title: string;
  readonly baseUrl: string;
  /** Hold the credential: they are sent, and never logged or put into an error. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface AdminRequest {
  readonly method: "GET" | "POST" | "DELETE";
  readonly body?: unknown;
  /** Statuses that mean "not there": the answer is undefined. */
  readonly absent?: readonly number[];
}

/** Asks the management API of a gateway. A write is sent once: what became of it is read back. */
export interface AdminClient {
  ask<Shape extends z.ZodType>(
    path: string,
    shape: Shape,
    request: AdminRequest,
  ): Promise<z.infer<Shape> | undefined>;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 8_000_000;

/** Throws `credential_refused`, `gateway_refused`, `gateway_unavailable`, `gateway_garbled`. */
export function createAdminClient(options: AdminClientOptions): AdminClient {
  const { title, baseUrl, headers } = options;
  return {
    async ask(path, shape, { method, body, absent = [] }) {
      const response = await send(title, `${baseUrl.replace(/\/+$/, "")}${path}`, {
        method,
        redirect: "error",
        signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
        headers: { ...headers, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (absent.includes(response.status)) return undefined;
      if (!response.ok) throw refused(title, path, response.status);
      const read = shape.safeParse(await bodyOf(title, path, response));
      if (read.success) return read.data;
      const field = read.error.issues[0]?.path.map(String).join(".") ?? "";
      throw garbled(title, path, `'${field}' is not as documented`);
    },
  };
}

async function send(title: string, url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    // The cause may quote what was sent: it is left out.
    const why =
      error instanceof Error && error.name === "TimeoutError"
        ? "no answer in time"
        : "no connection";
    throw new AispendError("gateway_unavailable", `${title} cannot be reached: ${why}`, {
      kind: "unavailable",
      help: "Check its address, and whether it runs. Read back what became of the change.",
    });
  }
}

function refused(title: string, path: string, status: number): AispendError {
  if (status === 401 || status === 403) {
    return new AispendError("credential_refused", `${title} refused the admin key (${status})`, {
      kind: "unauthenticated",
      help: "Give one that may manage keys.",
    });
  }
  return new AispendError(
    "gateway_refused",
    `${title} answered ${status} to ${path.split("?")[0]}`,
    {
      kind: status >= 500 ? "unavailable" : "unprocessable",
      help: "Look into its log; nothing was assumed to be done.",
    },
  );
}

async function bodyOf(title: string, path: string, response: Response): Promise<unknown> {
  const text = await response.text();
  if (text.length > MAX_BYTES) throw garbled(title, path, "it is too long");
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw garbled(title, path, "it is no JSON");
    throw error;
  }
}

function garbled(title: string, path: string, why: string): AispendError {
  return new AispendError(
    "gateway_garbled",
    `the answer of ${title} to ${path.split("?")[0]} cannot be read: ${why}`,
    { kind: "unavailable", help: "Is this its version's management API?" },
  );
}

/** For what a gateway has no call for. */
export function cannot(title: string, what: string, instead: string): AispendError {
  return new AispendError("gateway_cannot", `${title} cannot ${what}`, {
    kind: "unprocessable",
    help: instead,
  });
}
