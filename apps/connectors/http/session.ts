import { setTimeout as wait } from "node:timers/promises";
import { AispendError } from "#core/errors.ts";
import type { Clock } from "#core/time.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Waits for the time or until the signal, whichever is first. */
export type Pause = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

export interface SessionOptions {
  /** The source as people call it, for what is said when it fails. */
  readonly title: string;
  readonly baseUrl: string;
  /** Hold the secret: they are sent, and nothing here is ever logged or put into an error. */
  readonly headers: Readonly<Record<string, string>>;
  /** 0 = no pace of our own: the answers say when it is enough. */
  readonly requestsPerMinute: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly pause?: Pause;
  readonly fetch?: typeof fetch;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Request {
  readonly method?: "GET" | "POST";
  readonly query?: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are an answer and no failure; 200 to 299 always are. */
  readonly accept?: readonly number[];
}

/** Talks to one account of one source: in its pace, with patience, and with bounded answers. */
export interface Session {
  /** Throws `credential_refused`, `source_unavailable`, `source_refused`, `source_garbled`. */
  ask(path: string, request?: Request): Promise<Answered>;
  /** Milliseconds spent waiting for the source: answers, pace and its limits. */
  readonly waitedMs: number;
  /** The source's own clock, by its last answer; ours before the first. */
  now(): Date;
}

const ATTEMPTS = 8;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
/** Nobody is kept waiting longer by one answer: the poll comes again anyway. */
const LONGEST_ASKED_MS = 15 * 60_000;
const ANSWER_MS = 120_000;
const MINUTE_MS = 60_000;
/** An answer larger than this is no page of a report. */
const MAX_BYTES = 256 * 1024 * 1024;

type Try =
  | { readonly state: "answered"; readonly answered: Answered }
  | { readonly state: "again"; readonly afterMs: number | undefined; readonly why: string };

const pauseFor: Pause = async (ms, signal) => {
  await wait(ms, undefined, signal === undefined ? {} : { signal });
};

export function openSession(options: SessionOptions): Session {
  const { clock, title } = options;
  const pause = options.pause ?? pauseFor;
  const gapMs = options.requestsPerMinute === 0 ? 0 : MINUTE_MS / options.requestsPerMinute;
  let nextAt = 0;
  let waitedMs = 0;
  let skewMs = 0;
  const waiting = async <T>(work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    try {
      return await work();
    } finally {
      waitedMs += performance.now() - started;
    }
  };
  const paced = async () => {
    const now = clock().getTime();
    const at = Math.max(now, nextAt);
    nextAt = at + gapMs;
    if (at > now) await waiting(() => pause(at - now, options.signal));
  };
  const now = () => new Date(clock().getTime() + skewMs);
  const noteDate = (headers: Headers) => {
    const date = Date.parse(headers.get("date") ?? "");
    if (!Number.isNaN(date)) skewMs = date - clock().getTime();
  };
  return {
    get waitedMs() {
      return waitedMs;
    },
    now,
    async ask(path, request = {}) {
      let why = "";
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        await paced();
        const tried = await waiting(() => tryOnce(options, path, request, noteDate, now));
        if (tried.state === "answered") return tried.answered;
        why = tried.why;
        const growing = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
        const ms = tried.afterMs ?? growing;
        if (attempt === ATTEMPTS || ms > LONGEST_ASKED_MS) break;
        await waiting(() => pause(ms, options.signal));
      }
      throw new AispendError("source_unavailable", `${title} does not answer: ${why}`, {
        kind: "unavailable",
        help: "What was read is kept; it goes on from there at the next try.",
      });
    },
  };
}

async function tryOnce(
  options: SessionOptions,
  path: string,
  request: Request,
  noteDate: (headers: Headers) => void,
  now: () => Date,
): Promise<Try> {
  let response: Response;
  let text: string;
  try {
    response = await send(options, path, request);
    noteDate(response.headers);
    text = await textOf(response);
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    return { state: "again", afterMs: undefined, why: `${path}: ${whyOf(error)}` };
  }
  const { status, headers } = response;
  const good = response.ok || request.accept?.includes(status) === true;
  if (!good && isPassing(status, headers)) {
    const why = `${path}: HTTP ${status}`;
    return { state: "again", afterMs: retryAfterMs(headers, now()), why };
  }
  if (!good) throw refusal(options.title, path, status);
  const body = jsonOf(text);
  // Cut off on its way, as the length of a chunked answer is not known beforehand.
  if (body === undefined) {
    return { state: "again", afterMs: undefined, why: `${path}: the answer is no whole JSON` };
  }
  return { state: "answered", answered: { status, headers, body: body.value } };
}

function isPassing(status: number, headers: Headers): boolean {
  if (status === 408 || status === 429 || status >= 500) return true;
  // GitHub says by a 403 that a limit is reached.
  return (
    status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0")
  );
}

async function send(
  { baseUrl, headers, signal, ...options }: SessionOptions,
  path: string,
  request: Request,
): Promise<Response> {
  const url = new URL(`${baseUrl.replace(/\/+$/, "")}${path}`);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) url.searchParams.append(name, String(one));
    }
  }
  const timeout = AbortSignal.timeout(ANSWER_MS);
  const hasBody = request.body !== undefined;
  return (options.fetch ?? fetch)(url, {
    method: request.method ?? (hasBody ? "POST" : "GET"),
    headers: {
      accept: "application/json",
      "user-agent": "aispend",
      ...(hasBody ? { "content-type": "application/json" } : {}),
      ...headers,
      ...request.headers,
    },
    ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
    // A redirect could take the key to another host.
    redirect: "error",
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
}

async function textOf(response: Response): Promise<string> {
  if (response.body === null) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function jsonOf(text: string): { value: unknown } | undefined {
  if (text.trim() === "") return { value: null };
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Codes of the network; the text of an error could quote what was sent. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "TimeoutError") return `no answer in ${ANSWER_MS / 1000} s`;
  const { cause } = error;
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return "the connection broke off";
}

function refusal(title: string, path: string, status: number): AispendError {
  if (status === 401 || status === 403) {
    return new AispendError("credential_refused", `${title} refuses the key (HTTP ${status})`, {
      kind: "forbidden",
      help: `It may not read ${path}. Make a key that may, and connect again.`,
    });
  }
  return new AispendError("source_refused", `${title} answers HTTP ${status} to ${path}`, {
    kind: "unprocessable",
    help: "Check the settings of the connection; the provider may have changed its report.",
  });
}

/** For an answer that is not what the source documents. The values are not repeated. */
export function garbled(title: string, path: string, what: string): AispendError {
  return new AispendError(
    "source_garbled",
    `${title}'s answer to ${path} is not as documented: ${what}`,
    {
      kind: "unavailable",
      help: "Nothing of it was stored. It is read again at the next poll.",
    },
  );
}
