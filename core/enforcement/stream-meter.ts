import { textBytes } from "./text-bytes.ts";
import { addUsage, NOTHING_SEEN, type Seen } from "./usage.ts";
import type { Wire } from "./wire.ts";

/** Reads the usage of a stream of server-sent events as it passes, however it is cut into chunks. */
export interface StreamMeter {
  /** Bytes, each a char. */
  push(bytes: string): void;
  seen(): Seen;
  /** Bytes of generated text so far. */
  textBytes(): number;
  /** The provider said that the answer has ended. */
  ended(): boolean;
}

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
  const read = (line: string): void => {
    if (!line.startsWith("data:")) return;
    const data = line.slice(5).trim();
    if (ends.test(data)) ended = true;
    bytes += textBytes(wire, data);
    if (seen.model !== undefined && !mayHoldUsage(data)) return;
    // Counts and names are ASCII: nobody needs to decode the text around them.
    const parsed = parse(data);
    if (parsed !== undefined) seen = addUsage(wire, seen, parsed);
  };
  return {
    push(text) {
      // Apart: the sum changes while it is read.
      const lost = lines.push(text, read);
      bytes += lost;
    },
    seen() {
      return seen;
    },
    textBytes() {
      return bytes;
    },
    ended() {
      return ended;
    },
  };
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

/** Cuts a text of bytes (each char is one) into lines, however it comes. */
export interface LineReader {
  /** Calls back with each whole line, without its end. Returns how many bytes were given up. */
  push(text: string, read: (line: string) => void): number;
  /** Nothing is kept of a line that has not ended. */
  isEmpty(): boolean;
}

export function createLineReader(): LineReader {
  let rest = "";
  return {
    push(text, read) {
      let start = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
        const piece = text.slice(start, end);
        const line = rest === "" ? piece : rest + piece;
        rest = "";
        read(line.endsWith("\r") ? line.slice(0, -1) : line);
        start = end + 1;
      }
      if (start >= text.length) return 0;
      const tail = text.slice(start);
      if (rest.length + tail.length > LINE_LIMIT) return tail.length;
      rest += tail;
      return 0;
    },
    isEmpty() {
      return rest === "";
    },
  };
}
