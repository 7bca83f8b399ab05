import { calleeOf, type Entry } from "../reading/entry.ts";
import { saysRole } from "../reading/neighbours.ts";
import type { PromptContext } from "./prompt-context.ts";
import { APOLOGY, type PromptFinding } from "./prompt-place.ts";
import { isProse } from "./prose.ts";

const PROVIDER = /^(?:openai|anthropic|claude|gemini|ollama|mistral|groq|deepseek|openrouter)$/i;

/** `Message("system", "...")`, `query("...", "system")`: the argument beside it says who speaks. */
export function spoken(
  entry: Entry,
  before: Entry | undefined,
  after: Entry | undefined,
  { aboutLlm }: PromptContext,
): PromptFinding | undefined {
  const { value, role } = entry;
  const { kind, text } = value;
  if (!aboutLlm || kind !== "text" || role !== "value" || text.length < 12) return undefined;
  // `fmt.Fprintf(&prompt, "...")`
  const writes = /(?:^|\.)[fF]printf?(?:ln)?$/.test(calleeOf(entry));
  if (writes && /prompt$/i.test(before?.value.text ?? "") && isProse(text, 4)) {
    return { confidence: "sure", why: "written to a prompt" };
  }
  // `summarize(path, "Sum up the lesson in English.", "gemini")`
  const given = entry.path.at(-1)?.kind === "call";
  const asked = given && [before, after].some((one) => PROVIDER.test(one?.value.text ?? ""));
  if (asked && isProse(text, 4)) {
    return { confidence: "possible", why: "said beside the name of a provider" };
  }
  const speaker = saysRole(before) ?? (after?.value.kind === "text" ? saysRole(after) : undefined);
  if (speaker === undefined || !isProse(text, 3) || APOLOGY.test(text)) return undefined;
  // `logger.Info("Made the client", "model", name)`
  if (NOTES.test(calleeOf(entry))) return undefined;
  return { confidence: "sure", why: `said by the ${speaker.toLowerCase()} of a conversation` };
}

const NOTES =
  /(?:^|\.)\w*(?:log|logger|slog)\w*\.\w+$|\.(?:Info|Debug|Warn|Error|Fatal|Trace)[wf]?$/i;
