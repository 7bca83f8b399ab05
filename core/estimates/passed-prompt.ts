import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { argumentBefore, saysRole } from "./neighbours.ts";
import { pattern, patternOfAnyCase } from "./pattern.ts";
import { OFFERED, type PromptFinding, ROLES } from "./prompt-place.ts";
import { isProse } from "./prose.ts";
import { lastName, snakeCase } from "./words.ts";

const DIRECT = /^(?:prompt|system|system_prompt|instructions|preamble)$/;
const MESSAGE = pattern`
  ^(?:(?:add_|append_|from_|for_|of_|new_|with_|set_|create_)*(?:system|human|user|developer)_
  (?:chat_)?(?:message|prompt|instructions?)|chat_prompt_template|prompt_template|from_template
  |(?:with_|set_)(?:system|instructions?|preamble)|preamble|for_system|of_system)$`;
/** Names that many a thing of a file has. */
const GENERAL = patternOfAnyCase`
  ^(?:content|text|message|value|data|input|query|question|result|output|body|response|answer|reply
  |msg|line|str|string|arg|args|user(?:_?input|_?message)?|m|s|q|t)$`;
const MAX_NAMES = 500;

/** Names that are given to a model somewhere in the file: `HumanMessage(content=instructions)`. */
export function passedAsPrompt(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, entry] of entries.entries()) {
    if (names.size >= MAX_NAMES) break;
    if (entry.value.kind !== "name") continue;
    // `("system", INSTRUCTIONS)`
    const said = saysRole(argumentBefore(entry, entries[at - 1]));
    if (!isPassed(entry) && said === undefined) continue;
    const name = lastName(entry.value.text);
    if (!GENERAL.test(name)) names.add(name);
  }
  return names;
}

function isPassed(entry: Entry): boolean {
  if (entry.role !== "value") return false;
  const innermost = entry.path.at(-1);
  const key = snakeCase(keyOf(entry));
  const message = MESSAGE.test(snakeCase(lastName(calleeOf(entry))));
  if (innermost?.kind === "call") return message;
  if (innermost?.kind !== "key") return false;
  if (DIRECT.test(key)) return true;
  if (/^(?:content|text)$/.test(key) && message) return true;
  if (key === "template" && /prompt/i.test(calleeOf(entry))) return true;
  const role = entry.frame.bound.get("role") ?? "";
  return key === "content" && ROLES.test(role) && !/^(?:assistant|ai|model)$/i.test(role);
}

/** The text that is passed to a model under its name. */
export function findPassed(entry: Entry, passed: ReadonlySet<string>): PromptFinding | undefined {
  const { kind, text } = entry.value;
  const name = keyOf(entry);
  if (kind !== "text" || entry.role !== "value" || !passed.has(name)) return undefined;
  if (entry.path.some(({ name: step }) => OFFERED.test(snakeCase(step)))) return undefined;
  if (entry.path.at(-1)?.kind !== "key" || text.length < 12 || !isProse(text, 4)) return undefined;
  return { confidence: "sure", why: `${name} is passed to a model in this file` };
}
