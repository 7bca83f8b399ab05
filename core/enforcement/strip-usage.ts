import { createLineReader } from "./stream-meter.ts";

/**
 * Takes out of an OpenAI chat stream what `include_usage` adds, for a client that did not ask for it:
 * the last event (no choices, only usage) and the `"usage":null` of every other. In JSON a quote inside
 * a text is escaped, so the pattern cannot stand in one.
 */
export function createUsageStripper(): { push(bytes: string): string; end(): string } {
  const lines = createLineReader();
  let event = "";
  let isUsage = false;
  return {
    push(text) {
      // Whole events, none of them the last: what nearly every chunk is.
      const isPlain = event === "" && lines.isEmpty() && text.endsWith("\n\n");
      if (isPlain && !NO_CHOICES.test(text)) {
        return text.includes("null") ? text.replaceAll(NULL_USAGE, "") : text;
      }
      let out = "";
      lines.push(text, (line) => {
        if (NO_CHOICES.test(line) && USAGE.test(line)) isUsage = true;
        event += `${line.replaceAll(NULL_USAGE, "")}\n`;
        if (line !== "") return;
        if (!isUsage) out += event;
        event = "";
        isUsage = false;
      });
      return out;
    },
    end() {
      const out = isUsage ? "" : event;
      event = "";
      return out;
    },
  };
}

const NULL_USAGE = /, ?"usage": ?null/g;
const NO_CHOICES = /"choices": ?\[\]/;
const USAGE = /"usage": ?\{/;
