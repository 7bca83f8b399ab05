import { createStreamMeter } from "#core/enforcement/stream-meter.ts";
import { addUsage, NOTHING_SEEN, type Seen } from "#core/enforcement/usage.ts";
import type { Wire } from "#core/enforcement/wire.ts";

/** What is read of an answer while it passes. */
export interface AnswerMeter {
  /** Bytes, each a char. */
  push(bytes: string): void;
  /** Everything has come. */
  end(): void;
  seen(): Seen;
  /** At least as many as generated tokens came. */
  textBytes(): number;
  /** The provider said itself that this is all. */
  isWhole(): boolean;
}

/** A larger answer is passed on and bounded, not read. */
const COLLECT_LIMIT = 64_000_000;

/** Of a stream of server-sent events. */
export function eventMeter(wire: Wire): AnswerMeter {
  const meter = createStreamMeter(wire);
  return {
    push(bytes) {
      meter.push(bytes);
    },
    end: nothing,
    seen: meter.seen,
    textBytes: meter.textBytes,
    isWhole: meter.ended,
  };
}

function nothing(): void {
  return;
}

/** Of one JSON document: an object, or Gemini's array of events. */
export function documentMeter(wire: Wire): AnswerMeter {
  let pieces: string[] = [];
  let size = 0;
  let seen: Seen = NOTHING_SEEN;
  let whole = false;
  return {
    push(bytes) {
      size += bytes.length;
      if (size <= COLLECT_LIMIT) pieces.push(bytes);
      else pieces = [];
    },
    end() {
      const [first] = pieces;
      if (first === undefined || size > COLLECT_LIMIT) return;
      // Counts and names are ASCII: nobody needs to decode the text around them.
      const answer = parse(pieces.length === 1 ? first : pieces.join(""));
      pieces = [];
      if (Array.isArray(answer)) for (const one of answer) seen = addUsage(wire, seen, one);
      else seen = addUsage(wire, seen, answer);
      whole = answer !== undefined;
    },
    seen() {
      return seen;
    },
    textBytes() {
      return size;
    },
    isWhole() {
      return whole;
    },
  };
}

function parse(bytes: string): unknown {
  try {
    return JSON.parse(bytes);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
