import { calleeOf, type Entry, keyOf } from "./entry.ts";
import { argumentBefore, saysRole } from "./neighbours.ts";
import { pattern, patternOfAnyCase } from "./pattern.ts";
import {
  asksModelBy,
  isQuestion,
  OF_MESSAGE,
  OFFERED,
  type PromptFinding,
  ROLES,
} from "./prompt-place.ts";
import { isProse } from "./prose.ts";
import { lastName, snakeCase } from "./words.ts";

const DIRECT = /^(?:prompt|system|system_prompt|instructions|preamble)$/;
const MESSAGE = pattern`
  ^(?:(?:add_|append_|from_|for_|of_|new_|with_|set_|create_)*(?:system|human|user|developer)_
  (?:chat_)?(?:message|prompt|instructions?)|chat_prompt_template|prompt_template|from_template
  |(?:with_|set_|default_)(?:system|user|instructions?|preamble)(?:_prompt|_text)?|preamble
    |for_system
  |of_system|system|user|content_part_text|text_content|input_text)$`;
/** `"""Composes the prompt of a review."""` */
const MAKES_PROMPT = patternOfAnyCase`
  ^\s*(?:compose|build|create|make|assemble|render|return|generate|format|construct|prepare
    |produce)s?
  \b[^.\n]{0,60}\b(?:prompt|instructions)\b`;
/** Names that many a thing of a file has. */
const GENERAL = patternOfAnyCase`
  ^(?:content|text|message|value|data|input|query|question|result|output|body|response|answer|reply
  |msg|line|str|string|arg|args|user(?:_?input|_?message)?|m|s|q|t)$`;
/** Of these, what may still be said where it is given to a model in the same function. */
const LOCAL = pattern`
  ^(?:content|text|message|value|input|query|question|body|msg|line|str|string|s|q
    |user(?:_?message|_?input)?
  |sb|builder|buf|parts|lines)$`;
/** What a model said, or what came of it. */
export const ANSWERED = /(?:response|reply|answer|result|output|completion|error)s?$/i;
const MAX_NAMES = 500;

/** A name and the function in which it is used. */
const within = (scope: readonly string[], name: string): string => `${scope.join("\0")}\0${name}`;

/** Names that are given to a model somewhere in the file: `HumanMessage(content=instructions)`. */
export function passedAsPrompt(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, entry] of entries.entries()) {
    if (names.size >= MAX_NAMES) break;
    if (entry.role === "statement" && entry.marks !== undefined) {
      const maker = entry.scope.at(-1);
      if (maker !== undefined && MAKES_PROMPT.test(entry.value.text)) names.add(`${maker}()`);
    }
    if (entry.value.kind !== "name") continue;
    // `("system", INSTRUCTIONS)`
    const said = saysRole(argumentBefore(entry, entries[at - 1]));
    const told = said !== undefined && !/^(?:assistant|ai|model)$/i.test(said);
    if (!isPassed(entry) && !told) continue;
    const name = lastName(entry.value.text);
    const general = GENERAL.test(name) && !/^[A-Z_]{3,}$/.test(name);
    if (!general && !ANSWERED.test(name)) names.add(name);
    else if (LOCAL.test(entry.value.text) && entry.scope.length > 0) {
      names.add(within(entry.scope, name));
    }
  }
  return names;
}

function isPassed(entry: Entry): boolean {
  if (entry.role !== "value") return false;
  const innermost = entry.path.at(-1);
  const key = snakeCase(keyOf(entry));
  if (isQuestion(entry, key)) return true;
  const message = MESSAGE.test(snakeCase(lastName(calleeOf(entry))));
  const content = /^(?:content|text)$/.test(snakeCase(lastName(innermost?.name ?? "")));
  if (innermost?.kind === "call") {
    if (entry.position === 0 && asksModelBy(innermost.name)) return true;
    return message || (content && OF_MESSAGE.test(entry.frame.root ?? ""));
  }
  const owner = entry.path.at(-2);
  if (innermost?.kind === "list" && owner?.kind === "call") return asksModelBy(owner.name);
  if (innermost?.kind !== "key") return false;
  if (DIRECT.test(key)) return true;
  if (/^(?:content|text)$/.test(key) && message) return true;
  if (key === "template" && /prompt/i.test(calleeOf(entry))) return true;
  const role = lastName(entry.frame.bound.get("role") ?? "");
  return key === "content" && ROLES.test(role) && !/^(?:assistant|ai|model)$/i.test(role);
}

/** `text.push_str("...")`, `sb.AppendLine("...")`, `lines.add("...")` */
const APPENDS = pattern`
    (?:^|\.)([A-Za-z_$]\w*)\.(?:[aA]ppend\w*|push(?:_str)?|[wW]rite(?:String|_str|Line)?
    |add(?:Line)?|concat)$`;

/** `Template("...")`, `dedent("...")`: the text itself. */
const WRAPS = pattern`
  (?:^|\.)(?:\w*Template(?:\.from\w*)?|dedent|cleandoc|trim\w*|strip\w*|from_string|fromString|_|t
  |tr|gettext)$`;

/** The text that is passed to a model under its name. */
export function findPassed(entry: Entry, passed: ReadonlySet<string>): PromptFinding | undefined {
  const { kind, text } = entry.value;
  if (kind !== "text" || entry.role !== "value" || passed.size === 0) return undefined;
  const added = APPENDS.exec(entry.path.at(-1)?.name ?? "")?.[1];
  const name = added ?? keyOf(entry);
  // What a call has for an argument is no variable.
  const local = added !== undefined || entry.path.every(({ kind }) => kind !== "call");
  if (!passed.has(name) && !(local && passed.has(within(entry.scope, name)))) return undefined;
  if (entry.path.some(({ name: step }) => OFFERED.test(snakeCase(step)))) return undefined;
  const innermost = entry.path.at(-1);
  const wrapped = innermost?.kind === "call" && !WRAPS.test(innermost.name);
  if (added === undefined && wrapped) return undefined;
  if (text.length < 5 || !isProse(text, 4)) return undefined;
  return { confidence: "sure", why: `${name} is passed to a model in this file` };
}
