import type { Answer } from "../answers/schema.ts";

/** A message as the port of a surface gets it. */
export interface OutboxMessage {
  readonly orgId: number;
  readonly id: bigint;
  /** Put it into the message's metadata, so that `findDelivered` can look for it. */
  readonly dedupeKey: string;
  readonly surface: string;
  readonly destination: string;
  readonly kind: string;
  readonly body: Answer;
  /** post: a message of its own. thread: under `reference`. update: in place of `reference`. */
  readonly act: "post" | "thread" | "update";
  readonly reference: string | undefined;
}

/** One surface's way of delivering. `reference` is whatever names the message there (a ts, an id). */
export interface OutboxPort {
  /** Two messages to one destination are at least this far apart. */
  readonly minIntervalMs?: number;
  /**
   * Posts, replies or edits, and says what names the message. Throws DeliveryError for what the
   * surface answered; anything else that is thrown means that nobody knows whether it arrived.
   * `signal` aborts when the time that it may take is over.
   */
  deliver(message: OutboxMessage, signal: AbortSignal): Promise<{ reference: string }>;
  /** Looks for a message that may have arrived before; without it a crash can show one twice. */
  findDelivered?(
    message: OutboxMessage,
    signal: AbortSignal,
  ): Promise<{ reference: string } | undefined>;
}

export interface DeliveryErrorOptions {
  /** The surface asked to wait this long; it does not count as a failure. */
  readonly retryAfterMs?: number;
  /** The wait is for the whole surface (a workspace), not for this destination alone. */
  readonly wholeSurface?: boolean;
  /** Trying again cannot help (no such channel, message refused): park it at once. */
  readonly permanent?: boolean;
  readonly cause?: unknown;
}

/** The surface answered, and the message did not arrive. `message` is shown to the operator. */
export class DeliveryError extends Error {
  readonly retryAfterMs: number | undefined;
  readonly wholeSurface: boolean;
  readonly permanent: boolean;

  constructor(message: string, options: DeliveryErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DeliveryError";
    this.retryAfterMs = options.retryAfterMs;
    this.wholeSurface = options.wholeSurface ?? false;
    this.permanent = options.permanent ?? false;
  }
}
