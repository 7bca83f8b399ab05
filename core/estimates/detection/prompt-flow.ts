import { type Entry, keyOf } from "./entry.ts";
import type { Fact } from "./fact.ts";
import { ANSWERED } from "./passed-prompt.ts";
import { pattern } from "./pattern.ts";
import { OFFERED } from "./prompt-place.ts";
import { isProse } from "./prose.ts";
import { HOLE } from "./scan-text.ts";
import { FORMATS } from "./source-brackets.ts";
import { lastName, snakeCase } from "./words.ts";

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
  passed: ReadonlySet<string>,
): ReadonlyMap<Entry, Reached> {
  const reached = new Map<Entry, Reached>();
  if (texts.length === 0) return reached;
  const names: Names = new Map();
  for (const name of passed) if (name.endsWith("()")) add(names, name, []);
  const twins = new Set(prompts.flatMap((prompt) => twinOf(prompt) ?? []));
  const hosts = new Set(prompts.map(({ scope }) => scope.join("\0")));
  let newest = prompts;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    for (const prompt of newest) addNames(names, prompt);
    if (round === 0) {
      addFilled(names, new Set(newest), entries);
      addNamed(names, entries);
    }
    if (names.size === 0 && twins.size === 0) break;
    const found: Entry[] = [];
    for (const text of texts) {
      if (text.role !== "value" || reached.has(text)) continue;
      const named = nameOf(text, names);
      const name = named ?? (twins.has(twinOf(text) ?? "") ? keyOf(text) : undefined);
      if (name === undefined || !says(text.value.text, named === undefined ? 2 : 4)) continue;
      const place = text.scope.join("\0");
      reached.set(text, { name, partOf: place !== "" && hosts.has(place) ? place : undefined });
      found.push(text);
    }
    if (found.length === 0) break;
    newest = found;
  }
  return reached;
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

/** What is new in a function together with the prompt that it goes into is no change of its own. */
export function withoutParts(
  left: readonly Fact[],
  changed: readonly { readonly from?: Fact; readonly to?: Fact }[],
): readonly Fact[] {
  if (!left.some(({ partOf }) => partOf !== undefined)) return left;
  const other = changed.filter(({ from, to }) => from?.meaning !== to?.meaning);
  const hosts = new Set(
    [...left, ...other.flatMap(({ to }) => to ?? [])].flatMap(({ kind, partOf, scope }) =>
      kind === "prompt" && partOf === undefined && scope !== undefined ? [scope] : [],
    ),
  );
  return left.filter(({ partOf }) => partOf === undefined || !hosts.has(partOf));
}

function add(names: Names, written: string, scope: readonly string[]): void {
  if (names.size >= MAX_NAMES || written === "" || ANSWERED.test(written)) return;
  const name = bare(written);
  const places = names.get(name) ?? new Set();
  names.set(name, places.add(scope.join("\0")));
}

/** Signs of variables and fields: `$guide`, `@guide`. */
const bare = (name: string): string => name.replace(/^[$@]+/, "");

function addNames(names: Names, { value, scope }: Entry): void {
  for (const name of value.parts ?? []) add(names, name, scope);
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

/** What a function may do with a text before it returns it. */
const KEEPS = pattern`
  (?:^|[._])(?:append\w*|push(?:_str)?|add(?:Line|_line)?|write_?(?:str(?:ing)?|line)|WriteString
    |join|concat
  |dedent|trim\w*|strip\w*|cleandoc|format|formatted|s?printf|listOf|List\.of|Array\.of|asList|tr
    |to_string
  |toString|String|from|into|implode|array)!?$`;

/** Prose without what is filled in: tags around a text say nothing. */
function says(text: string, least: number): boolean {
  const words = text.slice(0, 4_000).split(/\s+/);
  const own = words.filter((word) => !word.includes(HOLE)).join(" ");
  return isProse(own.replace(/<[^<>]*>/g, " "), least);
}

/** Undefined where a text is bound to no name that a prompt holds. */
function nameOf({ path, scope }: Entry, names: Names): string | undefined {
  if (path.some(({ name }) => OFFERED.test(snakeCase(name)))) return undefined;
  const innermost = path.at(-1);
  const key = bare(path.findLast(({ kind }) => kind === "key")?.name ?? "");
  const bound = path.findLastIndex(({ kind }) => kind === "key");
  const calls = path.slice(bound + 1).filter(({ kind }) => kind === "call");
  if (calls.some(({ name }) => !KEEPS.test(name))) return undefined;
  if (key !== "" && innermost !== undefined) {
    const places = names.get(key);
    if (places !== undefined && isSeenFrom(scope, places)) return key;
  }
  // `rules()` is what a function called so returns.
  const maker = scope.at(-1);
  if (maker === undefined || !names.has(`${maker}()`)) return undefined;
  return key === "" || RETURNED.test(snakeCase(key)) ? maker : undefined;
}

const RETURNED = pattern`
  (?:^|_)(?:text|lines?|parts?|sections?|blocks?|pieces|out(?:put)?|result|sb|builder|content|body
    |message
  |base|intro|rules|str|string|s|buf|buffer|value|context)$`;

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
