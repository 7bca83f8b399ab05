import { textBytes } from "./text-bytes.ts";
import { addUsage, NOTHING_SEEN, type Seen } from "./usage.ts";
import type { Wire } from "./wire.ts";

/** Reads the usage of a stream of server-sent events as it passes, however it is cut into chunks. */
export interface StreamMeter {
  push(chunk: Buffer): void;
  readonly seen: () => Seen;
  /** Bytes of generated text so far. */
  readonly textBytes: () => number;
  /** The provider said that the answer has ended. */
  readonly ended: () => boolean;
}

const NEWLINE = 10;
const RETURN = 13;
/** A line longer than this is counted as text and no longer kept. */
const LINE_LIMIT = 8_000_000;

const ENDS: Readonly<Record<Wire, RegExp>> = {
  openai_chat: /^\[DONE\]$/,
  openai_responses: /"type": ?"response\.(?:completed|incomplete|failed)"/,
  openai_embeddings: /^$/,
  anthropic_messages: /"type": ?"message_stop"/,
  gemini_generate: /"finishReason":/,
};

export function createStreamMeter(wire: Wire): StreamMeter {
  const lines = createLineReader();
  const ends = ENDS[wire];
  let seen = NOTHING_SEEN;
  let bytes = 0;
  let ended = false;
  const read = (line: Buffer): void => {
    if (!startsWithData(line)) return;
    const data = line.toString("latin1", 5).trim();
    if (ends.test(data)) ended = true;
    bytes += textBytes(wire, data);
    if (seen.model !== undefined && !mayHoldUsage(data)) return;
    const parsed = parse(line.toString("utf8", 5));
    if (parsed !== undefined) seen = addUsage(wire, seen, parsed);
  };
  return {
    push(chunk) {
      const lost = lines.push(chunk, read);
      bytes += lost;
    },
    seen: () => seen,
    textBytes: () => bytes,
    ended: () => ended,
  };
}

function startsWithData(line: Buffer): boolean {
  return line.length > 5 && line.toString("latin1", 0, 5) === "data:";
}

function mayHoldUsage(data: string): boolean {
  const at = data.indexOf('"usage');
  return at >= 0 && !data.startsWith('"usage":null', at);
}

/** Undefined for what is no JSON, such as "[DONE]": a stream is passed on whatever is in it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Calls back with each whole line, without its end; keeps what is not yet one. */
export function createLineReader(): {
  /** Returns how many bytes were given up because their line was too long. */
  push(chunk: Buffer, read: (line: Buffer) => void): number;
} {
  let parts: Buffer[] = [];
  let kept = 0;
  return {
    push(chunk, read) {
      let start = 0;
      let lost = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        const piece = chunk.subarray(start, end);
        const line = parts.length === 0 ? piece : Buffer.concat([...parts, piece]);
        parts = [];
        kept = 0;
        const last = line.length - 1;
        read(line[last] === RETURN ? line.subarray(0, last) : line);
        start = end + 1;
      }
      if (start < chunk.length) {
        const rest = chunk.subarray(start);
        if (kept + rest.length > LINE_LIMIT) lost = rest.length;
        else {
          parts.push(rest);
          kept += rest.length;
        }
      }
      return lost;
    },
  };
}
