import { createLineReader } from "./stream-meter.ts";

/**
 * Takes out of an OpenAI chat stream what `include_usage` adds, for a client that did not ask for it:
 * the last event (no choices, only usage) and the `"usage":null` of every other. In JSON a quote inside
 * a text is escaped, so the pattern cannot stand in one.
 */
export function createUsageStripper(): { push(chunk: Buffer): Buffer; end(): Buffer } {
  const lines = createLineReader();
  let event: Buffer[] = [];
  let isUsage = false;
  const NEWLINE = Buffer.from("\n");
  const flush = (out: Buffer[]): void => {
    if (!isUsage) out.push(...event);
    event = [];
    isUsage = false;
  };
  return {
    push(chunk) {
      const out: Buffer[] = [];
      lines.push(chunk, (line) => {
        const data = line.toString("latin1");
        if (ONLY_USAGE.test(data)) isUsage = true;
        event.push(NULL_USAGE.test(data) ? withoutNull(data) : Buffer.from(line), NEWLINE);
        if (line.length === 0) flush(out);
      });
      return Buffer.concat(out);
    },
    end() {
      const out: Buffer[] = [];
      flush(out);
      return Buffer.concat(out);
    },
  };
}

const NULL_USAGE = /, ?"usage": ?null/;
const ONLY_USAGE = /^data:.*"choices": ?\[\].*"usage": ?\{/;

function withoutNull(data: string): Buffer {
  return Buffer.from(data.replace(NULL_USAGE, ""), "latin1");
}
