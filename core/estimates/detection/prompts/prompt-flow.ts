import { pattern, patternOfAnyCase } from "../pattern.ts";
import { type Entry, keyOf, type Step } from "../reading/entry.ts";
import { HOLE } from "../reading/scan-text.ts";
import { FORMATS } from "../reading/source-brackets.ts";
import { lastName, snakeCase } from "../words.ts";
import { ANSWERED, type Passed } from "./passed-prompt.ts";
import {
  APPENDS,
  type Binding,
  bindingsOf,
  GENERAL,
  keepsText,
  namesIn,
  SHOWN,
} from "./prompt-names.ts";
import { APOLOGY, OFFERED } from "./prompt-place.ts";
import { makesPrompt } from "./prompt-scope.ts";
import { isProse } from "./prose.ts";

/** Names that stand in a prompt, with the function in which they do; functions end in `()`. */
type Names = Map<string, Set<string>>;

const MAX_ROUNDS = 4;
const MAX_NAMES = 500;
const MAX_PLACES = 200;

/** What is filled in: `template.format(guide=GUIDE)`, `String.format(template, guide)`. */
const FILLS =
  /(?:^|\.)(?:format|formatted|replace|replaceAll|substitute|interpolate|render|fill)!?$/;

/** A text that stands in a prompt: under which name, and of which function's prompt it is a part. */
export interface Reached {
  readonly name: string;
  readonly partOf: string | undefined;
}

/**
 * Texts that are put into a prompt under their name, or by the function that returns them:
 * `prompt = f"{GUIDE} {question} {rules()}"`. What stands in them is found in turn.
 */
export function reachedTexts(
  prompts: readonly Entry[],
  texts: readonly Entry[],
  entries: readonly Entry[],
  { names: passed, given }: Passed,
): ReadonlyMap<Entry, Reached> {
  const reached = new Map<Entry, Reached>();
  if (texts.length === 0) return reached;
  const names: Names = new Map();
  for (const name of passed) if (name.endsWith("()")) add(names, name, []);
  for (const entry of given) {
    const { value, scope } = entry;
    if (value.kind === "text") addNames(names, entry);
    for (const part of value.parts ?? [value.text])
      for (const name of namesIn(part)) addLocal(names, name, scope);
  }
  let bindings: ReadonlyMap<string, Binding[]> | undefined;
  const twins = new Set(prompts.flatMap((prompt) => twinOf(prompt) ?? []));
  const hosts = new Set(prompts.map(({ scope }) => scope.join("\0")));
  let newest = prompts;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (const prompt of newest) addNames(names, prompt);
    if (round === 0) {
      addFilled(names, new Set(newest), entries);
      addNamed(names, entries);
    }
    bindings ??= bindingsOf(entries);
    if (round === 0) addMakers(names, bindings);
    follow(names, bindings);
    if (names.size === 0 && twins.size === 0) break;
    const found: Entry[] = [];
    for (const text of texts) {
      if (text.role !== "value" || reached.has(text)) continue;
      const named = nameOf(text, names);
      const name = named ?? (twins.has(twinOf(text) ?? "") ? keyOf(text) : undefined);
      if (name === undefined || !says(text, leastOf(text, named))) continue;
      const place = text.scope.join("\0");
      reached.set(text, { name, partOf: place !== "" && hosts.has(place) ? place : undefined });
      found.push(text);
    }
    if (found.length === 0) break;
    newest = found;
  }
  return reached;
}

/** Of a list that is joined into a prompt, each line is a part. */
function leastOf({ path }: Entry, named: string | undefined): number {
  return named === undefined || path.at(-1)?.kind === "list" ? 2 : 4;
}

/** `ASK_SYSTEM_SHORT` and `ASK_USER_SHORT` are said by two in one conversation. */
function twinOf(entry: Entry): string | undefined {
  if (entry.path.at(-1)?.kind !== "key") return undefined;
  const key = snakeCase(keyOf(entry));
  const twin = key.replace(/(?:^|_)(?:system|user|human|assistant)(?=_|$)/, "_*");
  return twin === key || /^_\*$|_(?:id|name|message|error|label)s?$/.test(twin)
    ? undefined
    : `${entry.scope.join("\0")}\0${twin}`;
}

/** What a function called `buildPrompt`, or a variable `system_prompt`, is made of its names. */
function addMakers(names: Names, bindings: ReadonlyMap<string, Binding[]>): void {
  for (const [key, bound] of bindings) {
    if (key.endsWith("()") && makesPrompt(key.slice(0, -2))) add(names, key, []);
    else if (PROMPT.test(snakeCase(key)))
      for (const { scope } of bound.slice(0, MAX_PLACES)) add(names, key, scope);
  }
}

const PROMPT = pattern`
    (?:^|_)(?:system|user|full|final|base|combined)_prompt(?:_text)?$
    |^(?:system|user|full|final|base|combined)_message(?:_text)?$`;

/** A name that many a thing has is known only in its own function. */
function addLocal(names: Names, written: string, scope: readonly string[]): void {
  const plain = !written.endsWith("()") && !/^[A-Z_]{3,}$/.test(written);
  const general = plain && (GENERAL.test(written) || SHOWN.test(snakeCase(written)));
  add(names, general ? `${LOCAL}${bare(written)}` : written, scope);
}

const LOCAL = "local ";

/** What the names are bound to stands in the prompt as well. */
function follow(names: Names, bindings: ReadonlyMap<string, Binding[]>): void {
  const waiting = [...names.keys()];
  const seen = new Set(waiting);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const local = name.startsWith(LOCAL);
    const key = local ? name.slice(LOCAL.length) : name;
    const places = names.get(name) ?? new Set();
    const own = bindings.get(key) ?? [];
    // `const rules = () => INTRO` is a function under a name.
    const arrow = key.endsWith("()") ? (bindings.get(key.slice(0, -2)) ?? []) : [];
    for (const { scope, written } of [...own, ...arrow].slice(0, MAX_PLACES)) {
      const called = key.endsWith("()");
      const near = local ? places.has(scope.join("\0")) : called || isSeenFrom(scope, places);
      if (!near) continue;
      for (const one of written.flatMap(namesIn)) {
        addLocal(names, one, scope);
        for (const known of [one, `${LOCAL}${one}`]) {
          if (seen.has(known) || !names.has(known)) continue;
          seen.add(known);
          waiting.push(known);
        }
      }
    }
  }
}

function add(names: Names, written: string, scope: readonly string[]): void {
  const plain = written.endsWith("()") ? written.slice(0, -2) : written;
  if (names.size >= MAX_NAMES || plain === "") return;
  // `formatShortAnswer()` says how one is to be given.
  const makes = written.endsWith("()") && MAKES_TEXT.test(snakeCase(lastName(plain)));
  if (ANSWERED.test(plain) && !makes) return;
  const name = bare(written);
  const places = names.get(name) ?? new Set();
  names.set(name, places.add(scope.join("\0")));
}

const MAKES_TEXT = /^(?:format|build|make|compose|render|describe|explain)_/;

/** Signs of variables and fields: `$guide`, `@guide`. */
const bare = (name: string): string => name.replace(/^[$@]+/, "");

function addNames(names: Names, { value, scope }: Entry): void {
  for (const part of value.parts ?? []) for (const name of namesIn(part)) add(names, name, scope);
  // What a template calls what is filled in: `$guide`, `{guide}`, `{{ guide }}`.
  if (!/[$]\w|\{/.test(value.text)) return;
  const text = value.text.slice(0, 20_000);
  for (const [, dollar, brace] of text.matchAll(
    /\$\{?([A-Za-z_]\w*)|\{ ?\.?([A-Za-z_]\w*)(?::[^{}\n]{0,12})? ?\}/g,
  )) {
    add(names, dollar ?? brace ?? "", scope);
  }
}

/** The arguments of a call that fills a prompt's text in stand behind it. */
function addFilled(names: Names, prompts: ReadonlySet<Entry>, entries: readonly Entry[]): void {
  for (const [at, entry] of entries.entries()) {
    if (!prompts.has(entry)) continue;
    for (let next = at + 1; next < at + 20; next += 1) {
      const filled = entries[next];
      if (filled === undefined || filled.path.length > entry.path.length + 3) break;
      const call = filled.path.slice(entry.path.length).find(({ kind }) => kind === "call")?.name;
      if (call === undefined || !(FORMATS.test(call) || FILLS.test(call))) break;
      if (filled.value.kind === "name") add(names, lastName(filled.value.text), entry.scope);
    }
  }
}

/** `.format(rules=RULES)`: what is filled in for a name that a prompt holds. */
function addNamed(names: Names, entries: readonly Entry[]): void {
  if (names.size === 0) return;
  for (const { value, path, scope } of entries) {
    const key = path.at(-1);
    if (value.kind !== "name" || key?.kind !== "key" || !names.has(bare(key.name))) continue;
    const filled = path.some(
      ({ kind, name }) => kind === "call" && (FILLS.test(name) || INVOKES.test(name)),
    );
    if (filled) add(names, lastName(value.text), scope);
  }
}

const INVOKES =
  /(?:^|\.)(?:a?invoke|format_messages|formatMessages|run|call|create|apply|partial|generate)$/;

/** Prose without what is filled in: tags around a text say nothing. */
function says({ value: { kind, text } }: Entry, least: number): boolean {
  if (kind === "number") return true;
  const words = text
    .slice(0, 4_000)
    .split(/\s+/)
    .filter((word) => !word.includes(HOLE));
  return isProse(words.join(" ").replace(/<[^<>]*>/g, " "), least);
}

/** Undefined where a text is bound to no name that a prompt holds. */
function nameOf({ path, scope, value, frame }: Entry, names: Names): string | undefined {
  if (path.some(({ name }) => OFFERED.test(snakeCase(name)))) return undefined;
  // `parts.push("...")`
  const added = APPENDS.exec(path.at(-1)?.name ?? "")?.[1];
  const places = added === undefined ? undefined : names.get(added);
  if (added !== undefined && places !== undefined && isSeenFrom(scope, places)) return added;
  const bound = path.findLastIndex(({ kind }) => kind === "key");
  const key = bare(path[bound]?.name ?? "");
  const calls = path.slice(bound + 1).filter(({ kind }) => kind === "call");
  if (calls.some(({ name }) => !keepsText(name))) return undefined;
  if (key !== "") {
    const places = names.get(key);
    if (places !== undefined && isSeenFrom(scope, places)) return key;
    const own = bound === 0 && frame.block === true;
    if (own && names.get(LOCAL + key)?.has(scope.join("\0")) === true) return key;
    if (bound === 0 && names.has(`${key}()`) && !APOLOGY.test(value.text)) return key;
    const table = bare(path[0]?.name ?? "");
    const told = bound > 0 && path[0]?.kind === "key" ? names.get(table) : undefined;
    if (told !== undefined && isSeenFrom(scope, told) && isMember(path, key)) return table;
  }
  // `rules()` is what a function called so returns.
  const maker = scope.at(-1);
  if (maker === undefined || EMPTY.test(value.text)) return undefined;
  // Ruby calls one without brackets: `content: persona`.
  if (!names.has(`${maker}()`) && !(key === "" && names.has(maker))) return undefined;
  // `match kind { "short" => "..." }`
  const arm = bound === 0 && path.length === 1 && frame.block !== true;
  if (arm && !SHOWN.test(snakeCase(key))) return maker;
  return key === "" || RETURNED.test(snakeCase(key)) ? maker : undefined;
}

/** What is said where there is nothing to say. */
const EMPTY = patternOfAnyCase`
  ^\W{0,6}(?:(?:i'm |we're )?sorry|an? (?:\w+ )?error (?:has )?occurred|error\b|no \w+ (?:\w+ )?
  (?:found|available|given|provided|matches?)|something went wrong|failed to|could not|unable to)`;

/** `TONES = { formal: "..." }`, `STYLES = { oil: { title: "Oil", text: "..." } }` */
function isMember(path: readonly Step[], key: string): boolean {
  const keys = path.filter(({ kind }) => kind === "key").length;
  const calls = path.filter(({ kind }) => kind === "call");
  if (calls.some(({ name }) => !keepsText(name)) || keys > 3) return false;
  const snake = snakeCase(key);
  return keys === 2 ? !SHOWN.test(snake) : TOLD.test(snake);
}

const TOLD = pattern`
  ^(?:text|prompt|system|content|instructions?|rules?|body|template|role|persona|tone|guidance
  |directives?|style|suffix|prefix|task|guide)$`;

const RETURNED = pattern`
    (?:^|_)(?:text|lines?|parts?|sections?|blocks?|pieces|out(?:put)?|result|sb|builder|content
    |body|message|base|intro|rules|str|string|s|buf|buffer|value|context)$`;

/** Where the fields of an object get their values. */
const MAKES = /^(?:__init__|constructor|initialize|__construct|init)$/;

/** Does the place of a text lie around one of those where its name is used? */
function isSeenFrom(scope: readonly string[], places: ReadonlySet<string>): boolean {
  const own = (MAKES.test(scope.at(-1) ?? "") ? scope.slice(0, -1) : scope).join("\0");
  if (own === "" || places.has(own)) return true;
  let looked = 0;
  for (const place of places) {
    looked += 1;
    if (looked > MAX_PLACES) return false;
    if (place.startsWith(`${own}\0`)) return true;
  }
  return false;
}
