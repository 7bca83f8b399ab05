import { pattern, patternOfAnyCase } from "../pattern.ts";
import { calleeOf, type Entry, type Frame, keyOf, type Step } from "../reading/entry.ts";
import { argumentBefore, saysRole } from "../reading/neighbours.ts";
import { lastName, remembered, snakeCase } from "../words.ts";
import { asksModelBy, isQuestion, limitsAnswer } from "./prompt-asked.ts";
import {
  type Asker,
  askersOf,
  besideSystem,
  heldAskers,
  isAsked,
  isBeside,
  isToldTo,
  putBesideRole,
} from "./prompt-askers.ts";
import { APPENDS, GENERAL, keepsText, standsInstead } from "./prompt-names.ts";
import { APOLOGY, GIVES, OF_MESSAGE, OFFERED, type PromptFinding, ROLES } from "./prompt-place.ts";
import { isProse } from "./prose.ts";

const DIRECT = /^(?:prompt|system|system_(?:prompt|instructions?|message)|instructions|preamble)$/;
const MESSAGE = pattern`
    ^(?:(?:add_|append_|from_|for_|of_|new_|with_|set_|create_)*(?:system|human|user
    |developer)_(?:chat_)?(?:message|prompt|instructions?)|chat_prompt_template|prompt_template
    |from_template|(?:with_|set_|default_)(?:system|user|instructions?|preamble)(?:_prompt|_text)?
    |preamble|for_system|of_system|system|user|content_part_text|text_content|input_text)$`;
/** `"""Composes the prompt of a review."""` */
const MAKES_PROMPT = patternOfAnyCase`
    ^\s*(?:compose|build|create|make|assemble|render|return|generate|format|construct|prepare
    |produce)s?\b[^.\n]{0,60}\b(?:prompt|instructions)\b`;
/** Of these, what may still be said where it is given to a model in the same function. */
const LOCAL = pattern`
    ^(?:content|text|message|value|input|query|question|body|msg|line|str|string|s|q
    |user(?:_?message|_?input)?|sb|builder|buf|parts|lines)$`;
/** The same where no function is around them, as in a script. */
const ASKED = /^(?:question|query|user(?:_?message|_?input|_?question)?)$/i;
/** What a model said, or what came of it. */
export const ANSWERED = /(?:response|reply|answer|result|output|completion|error)s?$/i;
const MAX_NAMES = 500;

/** A name and the function in which it is used. */
const within = (scope: readonly string[], name: string): string => `${scope.join("\0")}\0${name}`;

/** What is given to a model somewhere in the file. */
export interface Passed {
  /** Names whose text is sent, whatever they are called: `HumanMessage(content=instructions)`. */
  readonly names: ReadonlySet<string>;
  /** The same, and names that are a part of what is sent, with the functions around them. */
  readonly given: readonly Entry[];
  readonly askers: ReadonlyMap<string, readonly Asker[]>;
  /** Calls that are given a system prompt. */
  readonly beside: ReadonlySet<Frame>;
  /** Variables that hold whom to ask. */
  readonly held: ReadonlySet<string>;
}

export function passedAsPrompt(entries: readonly Entry[]): Passed {
  const names = new Set<string>();
  const given: Entry[] = [];
  const held = heldAskers(entries);
  for (let at = 0; at < entries.length && names.size < MAX_NAMES; at += 1) {
    const entry = entries[at];
    if (entry === undefined) break;
    if (entry.value.kind !== "name") {
      if (entry.role === "statement" && entry.marks !== undefined) {
        const maker = entry.scope.at(-1);
        if (maker !== undefined && MAKES_PROMPT.test(entry.value.text)) names.add(`${maker}()`);
      }
      const { parts } = entry.value;
      if (parts !== undefined && (isPassed(entry) || addsToOne(entry, parts))) given.push(entry);
      continue;
    }
    // `("system", INSTRUCTIONS)`
    const said =
      entry.role === "mention" ? undefined : saysRole(argumentBefore(entry, entries[at - 1]));
    const told = said !== undefined && !/^(?:assistant|ai|model)$/i.test(said);
    if (!told && !isPassed(unwrapped(entry)) && !isToldTo(entry, held)) continue;
    given.push(entry);
    // Behind what else the call is given, a context or a model, only what a name is bound to tells.
    if (entry.position > 0 && entry.path.at(-1)?.kind === "call" && !told) continue;
    // A function, or a table of which something is taken, is looked for by what it gives.
    if (entry.role === "mention" && !JOINED.test(entry.value.text)) continue;
    const name = lastName(entry.value.text);
    const general = GENERAL.test(name) && !/^[A-Z_]{3,}$/.test(name);
    if (!general && !ANSWERED.test(name)) names.add(name);
    else if ((entry.scope.length > 0 ? LOCAL : ASKED).test(entry.value.text)) {
      names.add(within(entry.scope, name));
    }
  }
  const beside = new Set([...besideSystem(entries), ...putBesideRole(entries)]);
  const askers = askersOf(entries, given);
  if (askers.size > 0) {
    for (const entry of entries) {
      if (entry.value.kind !== "name" || !isAsked(entry, askers)) continue;
      given.push(entry);
      const name = lastName(entry.value.text);
      if (entry.role === "value" && !GENERAL.test(name) && !ANSWERED.test(name)) names.add(name);
      else if (LOCAL.test(name)) names.add(within(entry.scope, name));
    }
  }
  return { names, given, askers, beside, held };
}

/** What a function returns together with a prompt that it was given: `${prompt}\n\n${hint}`. */
function addsToOne({ path, scope }: Entry, parts: readonly string[]): boolean {
  const bound = path.length === 0 ? scope.length > 0 : path.length === 1 && path[0]?.kind === "key";
  if (!bound || parts.length < 2) return false;
  return parts.some((part) => /^(?:\w+_)?prompt$/.test(snakeCase(part)));
}

/** A constant, as it stands between operators: `INTRO + RULES`. */
const JOINED = /(?:^|\.)[A-Z][A-Z\d_]{2,}$/;

/** `content: "\n".join(lines)` hands on what it joins. */
function unwrapped(entry: Entry): Entry {
  let { path, frame } = entry;
  for (let last = path.at(-1); last !== undefined && path.length > 1; last = path.at(-1)) {
    const keeps = last.kind === "call" && keepsText(last.name);
    if (!keeps && !(last.kind === "list" && path.at(-2)?.kind === "key")) break;
    path = path.slice(0, -1);
    frame = frame.owner ?? frame;
  }
  return path === entry.path ? entry : { ...entry, path, frame };
}

/** Is what stands here given to a model, by the call or the name under which it is? */
export const isHandedOn = (entry: Entry): boolean => isPassed(unwrapped(entry));

/** `complete(ctx, model, text)` */
const LATE = 2;

function isPassed(entry: Entry): boolean {
  if (entry.role !== "value" && entry.role !== "mention") return false;
  const innermost = entry.path.at(-1);
  if (innermost?.kind === "key") return saysUnder(innermost.name) && isPassedUnder(entry);
  if (innermost?.kind === "list") {
    const owner = entry.path.at(-2);
    return owner?.kind === "call" && asksModelBy(owner.name);
  }
  if (innermost === undefined) return false;
  if (entry.position <= LATE && asksModelBy(innermost.name)) return true;
  if (isMessage(innermost.name) || isQuestion(entry, "") || limitsAnswer(entry)) return true;
  const content = /^(?:content|text)$/.test(snakeCase(lastName(innermost.name)));
  if (!content) return false;
  // `model.generateContent(content { text(question) })`
  return OF_MESSAGE.test(entry.frame.root ?? "") || entry.path.some(isAsking);
}

const isAsking = ({ kind, name }: Step): boolean => kind === "call" && asksModelBy(name);

/** `system=GUIDE`, `{ role: "user", content: question }` */
function isPassedUnder(entry: Entry): boolean {
  const key = snakeCase(keyOf(entry));
  if (DIRECT.test(key) || isQuestion(entry, key)) return true;
  const owner = entry.path.at(-2);
  const asked = owner?.kind === "call" && /^(?:contents|input)$/.test(key);
  if (asked && GIVES.test(snakeCase(owner.name))) return true;
  if (/^(?:content|text)$/.test(key) && isMessage(calleeOf(entry))) return true;
  if (key === "template" && /prompt/i.test(calleeOf(entry))) return true;
  // `content: "..." + (short ? this.brief() : "")`
  let { frame } = entry;
  while (frame.bound.size === 0 && frame.owner !== undefined) frame = frame.owner;
  const { bound } = frame;
  const role = lastName(bound.get("role") ?? bound.get("Role") ?? "").replace(/^.*Role/, "");
  // What a model said before is sent again: a constant was written for it.
  const said = /^(?:assistant|ai|model)$/i.test(role) && !/^[A-Z][A-Z\d_]+$/.test(entry.value.text);
  return key === "content" && ROLES.test(role) && !said;
}

/** Names under which a text may be given, known again as the same few come again and again. */
const UNDER = pattern`
    ^(?:system|preamble|content|text|contents|template)$|(?:^|_)(?:questions?|prompts?|task|query
    |message|instructions?|input(?:_text)?|content)$`;
const saysUnder = remembered((name) => UNDER.test(snakeCase(name)));
const isMessage = remembered(
  // `os.system(command)` asks nobody.
  (callee) => !/^os\./.test(callee) && MESSAGE.test(snakeCase(lastName(callee))),
);

/** `Template("...")`, `dedent("...")`: the text itself. */
const WRAPPED = pattern`
  (?:^|\.)(?:\w*Template(?:\.from\w*)?|dedent|cleandoc|trim\w*|strip\w*|from_string|fromString|_|t
  |tr|gettext)$|^append(?:Line)?$`;

const wraps = remembered((callee) => WRAPPED.test(callee) || standsInstead(callee));

/** The text that is passed to a model under its name. */
export function findPassed(
  entry: Entry,
  { names: passed, askers, beside, held }: Passed,
): PromptFinding | undefined {
  const { kind, text } = entry.value;
  if (kind !== "text" || entry.role !== "value") return undefined;
  const asked = isAsked(entry, askers) || isBeside(entry, beside) || isToldTo(entry, held);
  if (asked && isProse(text, 4) && !APOLOGY.test(text)) {
    return { confidence: "possible", why: `${calleeOf(entry)} hands it to a model` };
  }
  if (passed.size === 0) return undefined;
  const added = APPENDS.exec(entry.path.at(-1)?.name ?? "")?.[1];
  const name = added ?? keyOf(entry);
  // What a call has for an argument is no variable.
  const local =
    added !== undefined ||
    entry.path.every(({ kind, name: step }) => kind !== "call" || wraps(step));
  if (!passed.has(name) && !(local && passed.has(within(entry.scope, name)))) return undefined;
  if (entry.path.some(({ name: step }) => OFFERED.test(snakeCase(step)))) return undefined;
  const innermost = entry.path.at(-1);
  const wrapped = innermost?.kind === "call" && !wraps(innermost.name);
  if (added === undefined && wrapped) return undefined;
  if (text.length < 5 || !isProse(text, 4)) return undefined;
  return { confidence: "sure", why: `${name} is passed to a model in this file` };
}
