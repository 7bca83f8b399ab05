/**
 * What kind of answer an edge gives; each edge translates it once (HTTP status, exit code, chat
 * text).
 */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "too_large"
  | "unsupported_media"
  | "unprocessable"
  | "rate_limited"
  | "unavailable";

export interface AispendErrorOptions {
  kind?: ErrorKind;
  /** What the reader can do about it, as an imperative sentence. */
  help?: string;
  cause?: unknown;
}

/** An expected failure. `code` is stable snake_case; `message` names the field and the value. */
export class AispendError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly help: string | undefined;

  constructor(code: string, message: string, options: AispendErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AispendError";
    this.code = code;
    this.kind = options.kind ?? "invalid";
    this.help = options.help;
  }
}

export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** For impossible states: a failure here is a bug of ours, never bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant violated: ${message}`);
}
