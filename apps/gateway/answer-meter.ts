import { createStreamMeter } from "#core/enforcement/stream-meter.ts";
import { addUsage, NOTHING_SEEN, type Seen } from "#core/enforcement/usage.ts";
import type { Wire } from "#core/enforcement/wire.ts";

/** What is read of an answer while it passes. */
export interface AnswerMeter {
  push(chunk: Buffer): void;
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
    push(chunk) {
      meter.push(chunk);
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
  let chunks: Buffer[] = [];
  let size = 0;
  let seen: Seen = NOTHING_SEEN;
  let whole = false;
  return {
    push(chunk) {
      size += chunk.length;
      if (size <= COLLECT_LIMIT) chunks.push(chunk);
      else chunks = [];
    },
    end() {
      const [first] = chunks;
      if (first === undefined || size > COLLECT_LIMIT) return;
      const bytes = chunks.length === 1 ? first : Buffer.concat(chunks);
      chunks = [];
      const answer = parse(bytes);
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

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
