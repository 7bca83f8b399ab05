import { pattern } from "../pattern.ts";
import { ROLES } from "../prompts/prompt-place.ts";
import { lastName, snakeCase } from "../words.ts";
import { calleeOf, type Entry, type Step } from "./entry.ts";

/** The argument before this one, in the same call. */
export function argumentBefore(entry: Entry, before: Entry | undefined): Entry | undefined {
  const innermost = entry.path.at(-1);
  if (innermost?.kind === "key" || before?.frame !== entry.frame) return undefined;
  return before.position === entry.position - 1 ? before : undefined;
}

/** The argument behind this one, in the same call. */
export function argumentAfter(entry: Entry, after: Entry | undefined): Entry | undefined {
  return after !== undefined && argumentBefore(after, entry) !== undefined ? after : undefined;
}

/** `Message("system", ...)`, `query(..., "system")`, `new(ChatRole.System, ...)`: who speaks. */
export function saysRole(beside: Entry | undefined): string | undefined {
  if (beside === undefined || beside.role !== "value") return undefined;
  const { kind, text } = beside.value;
  if (kind !== "text" && kind !== "name") return undefined;
  if (kind === "text" ? text.length > MAX_ROLE : !/role|message_?type/i.test(text))
    return undefined;
  // `new ChatMessage(role, "...")`
  if (kind === "name" && text === "role" && /Message(?:\.\w+)?$/.test(calleeOf(beside)))
    return text;
  const role = lastName(text).replace(/^.*(?:Role|MessageType)(?=[A-Z])/, "");
  return ROLES.test(role) ? role : undefined;
}

const MAX_ROLE = 40;

const LOOKS_UP = pattern`
    (?:^|_)(?:or_default|get_or|or_else|coalesce|first_non_null|getenv|get_env\w*|env(?:_\w+)?
    |get(?:_(?:value|int\w*|long|string|number))?
    |get_default|lookup|fetch|config|get_option|get_property)$`;

const TALKS = /(?:messages|history|conversation|turns)$/i;
/** `body.put("max_tokens", 100)` */
const SETS = pattern`
  ^(?:put|add_property|set_property|set_parameter|with_parameter|add_parameter|param|set
  |set_?default|set_(?:state|option|value))$`;
/** `Map.of("model", "gpt-4o", "max_tokens", 100)` */
const PAIRS = /(?:^|\.)(?:Map|ImmutableMap|HashMap)\.of$/;

/** `env.MAX_TOKENS ?? 512`: the default of what stands before. */
export function defaultOf(entry: Entry): Entry | undefined {
  const { instead } = entry;
  if (instead === undefined || !/^[A-Za-z_@:$][\w.:-]{1,60}$/.test(instead)) return undefined;
  return { ...entry, path: [...entry.path, { name: instead.replace(/^:/, ""), kind: "key" }] };
}

/** `retold(text, 3)`, where `retold` is declared in the same file. */
export function argumentOf(entry: Entry): Entry | undefined {
  const { argument } = entry;
  if (argument === undefined) return undefined;
  return { ...entry, path: [...entry.path, { name: argument, kind: "key" }] };
}

const MAX_WITHIN = 4;

/** The 20 of `min(20, given ?? 5)`: how large what is chosen may be. */
export function boundsDefault(entry: Entry, entries: readonly Entry[], at: number): boolean {
  const { path, value, instead } = entry;
  if (value.kind !== "number" || instead !== undefined || path.at(-1)?.kind !== "call")
    return false;
  if (!/(?:^|\.)(?:min|coerceAtMost)$/i.test(calleeOf(entry))) return false;
  const near = entries.slice(Math.max(0, at - MAX_WITHIN), at + MAX_WITHIN + 1);
  return near.some((other) => {
    if (other === entry || other.line !== entry.line || other.path.length < path.length)
      return false;
    if (!path.every(({ name }, step) => other.path[step]?.name === name)) return false;
    const { kind, text } = other.value;
    const given = other.instead !== undefined || other.path.length > path.length;
    return given && (kind === "number" || /^\d+$/.test(text));
  });
}

const GENERATES = /generat|complet|chat|ask|llm|prompt|invoke|query|answer|respond/i;
/** Fewer tokens are no answer. */
const LEAST = 16;

/** `generateJson(prompt, 0.3, 500)`: behind a temperature stands how long an answer may be. */
function behindTemperature(entry: Entry, before: Entry | undefined): Entry | undefined {
  if (before?.value.kind !== "number" || !/^[01]\.\d+$/.test(before.value.text)) return undefined;
  const { kind, text } = entry.value;
  if (kind !== "number" || !/^\d{2,6}$/.test(text) || Number(text) < LEAST) return undefined;
  if (entry.path.at(-1)?.kind !== "call" || !GENERATES.test(calleeOf(entry))) return undefined;
  return { ...entry, path: [...entry.path, { name: "max_tokens", kind: "key" }] };
}

/** `{ "MaxTokens", 500 }` of a dictionary in C#, `{"max_tokens", 500}` of JSON in C++. */
function isBracedPair({ frame, path, position }: Entry, before: Entry): boolean {
  const named = path.at(-1);
  const braces = named === undefined || (named.kind === "key" && frame.bound.size === 0);
  return braces && position === 1 && frame.block !== true && before.value.kind === "text";
}

const keyNamed = (name: string): Step => ({ name, kind: "key" });

/** `getOrDefault(options.maxTokens, 512)`: the default of what the argument before names. */
export function lookedUp(entry: Entry, before: Entry | undefined): Entry | undefined {
  const limit = behindTemperature(entry, before);
  if (limit !== undefined) return limit;
  const pairs = entry.position % 2 === 1 && PAIRS.test(calleeOf(entry));
  if (before === undefined || (entry.position !== 1 && !pairs)) return undefined;
  if (entry.value.kind !== "text" && entry.value.kind !== "number") return undefined;
  // What is read is nothing where it was not given.
  if (entry.value.text === "0" && !SETS.test(snakeCase(lastName(calleeOf(entry)))))
    return undefined;
  const { kind, text } = before.value;
  // `"OpenAI:MaxTokens"` is a way through a configuration.
  const named = kind === "name" ? lastName(text) : kind === "text" ? text : "";
  const name = named.slice(named.lastIndexOf(":") + 1).replace(/_KEY$/, "");
  if (!/^[$A-Za-z_][\w.-]{1,60}$/.test(name)) return undefined;
  // `array_slice($messages, -10)`
  if (calleeOf(entry) === "array_slice" && /^-\d/.test(entry.value.text)) {
    const value = { ...entry.value, text: entry.value.text.slice(1) };
    const last = { name: "last_messages", kind: "key" } as const;
    return TALKS.test(name) ? { ...entry, value, path: [...entry.path, last] } : undefined;
  }
  if (isBracedPair(entry, before)) return { ...entry, path: [...entry.path, keyNamed(name)] };
  const called = snakeCase(lastName(calleeOf(entry)));
  if (!pairs && !LOOKS_UP.test(called) && !SETS.test(called)) return undefined;
  return { ...entry, path: [...entry.path, { name, kind: "key" }] };
}
