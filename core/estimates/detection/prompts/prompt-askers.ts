import { calleeOf, type Entry, type Frame } from "../reading/entry.ts";
import { lastName, snakeCase } from "../words.ts";
import { isVerb, makesAsker } from "./prompt-asked.ts";
import { ROLES } from "./prompt-place.ts";
import { calledName } from "./prompt-tool.ts";

/** A function of the file that hands what it is given to a model, and which of it. */
export interface Asker {
  readonly position: number;
  readonly name: string;
}

const MAX_ASKERS = 60;
const SELF = /^(?:&?(?:mut )?self|cls|this)$/;

/** `get_user_input(prompt)` asks whoever sits before it. */
const ASKS_PERSON = /^_?(?:get|read|ask|prompt)_?(?:for_?)?(?:the_?)?(?:user|input|choice|answer)/i;

/** Functions whose own arguments are sent: `def ask(question): ... {"role": "user", "content": question}`. */
export function askersOf(
  entries: readonly Entry[],
  given: readonly Entry[],
): ReadonlyMap<string, readonly Asker[]> {
  const wanted = new Map<string, Set<string>>();
  for (const { scope, value } of given) {
    const maker = scope.at(-1);
    if (maker === undefined || wanted.size >= MAX_ASKERS || ASKS_PERSON.test(maker)) continue;
    const names = wanted.get(maker) ?? new Set();
    wanted.set(maker, names);
    for (const part of value.parts ?? [value.text]) names.add(part);
  }
  const askers = new Map<string, Asker[]>();
  if (wanted.size === 0) return askers;
  for (const [maker, names] of declared(entries, wanted)) {
    const skipped = SELF.test(names[0] ?? "") ? 1 : 0;
    const own = names.flatMap((name, at) =>
      wanted.get(maker)?.has(name) === true ? [{ position: at - skipped, name }] : [],
    );
    if (own.length > 0) askers.set(maker, own);
  }
  return askers;
}

/** The arguments of functions in their order, by where their declarations name them. */
function declared(
  entries: readonly Entry[],
  wanted: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, { readonly frame: Entry["frame"]; readonly names: string[] }>();
  for (const { path, scope, value, frame } of entries) {
    const [call, key] = path;
    if (call?.kind !== "call" || path.length > 2 || call.name !== scope.at(-1)) continue;
    if (!wanted.has(call.name) || (key === undefined && value.kind !== "name")) continue;
    const known = found.get(call.name) ?? { frame, names: [] };
    found.set(call.name, known);
    const name = key?.kind === "key" ? key.name : value.text;
    if (known.frame === frame && !known.names.includes(name)) known.names.push(name);
  }
  return new Map([...found].map(([maker, { names }]) => [maker, names]));
}

/** Is this what such a function is given where it is called? */
export function isAsked(
  { path, scope, position }: Entry,
  askers: ReadonlyMap<string, readonly Asker[]>,
): boolean {
  if (askers.size === 0) return false;
  const last = path.at(-1);
  const call = last?.kind === "key" ? path.at(-2) : last;
  if (call?.kind !== "call") return false;
  const called = lastName(call.name);
  // Where it is declared, or calls itself.
  if (scope.at(-1) === called) return false;
  const own = askers.get(called);
  return (
    own?.some((one) =>
      last?.kind === "key" ? last.name === one.name : one.position === position,
    ) ?? false
  );
}

const NOTES = /^(?:log|info|debug|warn\w*|error|f?printf?|println|puts|trace|write\w*|assert\w*)$/;
const SYSTEM = /(?:^|_)system_?(?:prompt|message|instructions?)$/;

/** Calls that are given a system prompt by its name: `send("...", systemPrompt)`. */
export function besideSystem(entries: readonly Entry[]): ReadonlySet<Frame> {
  const frames = new Set<Frame>();
  for (const { value, path, frame, role } of entries) {
    if (value.kind !== "name" || role !== "value" || path.at(-1)?.kind !== "call") continue;
    if (!/system/i.test(value.text)) continue;
    if (SYSTEM.test(snakeCase(lastName(value.text)))) frames.add(frame);
  }
  return frames;
}

const MAX_MADE = 60;

/** Variables that hold an agent or a model: `a := agent.New(...)`. */
export function heldAskers(entries: readonly Entry[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { role, value, path } of entries) {
    const [own] = path;
    if (role !== "mention" || path.length !== 1 || own?.kind !== "key") continue;
    if (names.size < MAX_MADE && value.text.endsWith("()") && makesAsker(value.text))
      names.add(own.name);
  }
  return names;
}

/** What such a variable is told: `a.Run(ctx, "...")`. */
export function isToldTo({ path, position }: Entry, held: ReadonlySet<string>): boolean {
  const innermost = path.at(-1);
  if (held.size === 0 || innermost?.kind !== "call" || position > 2) return false;
  const cut = innermost.name.lastIndexOf(".");
  return cut > 0 && held.has(innermost.name.slice(0, cut)) && isVerb(innermost.name);
}

const PUTS = /(?:^|\.)(?:put|set|add|addProperty|add_property|insert)$/i;
/** How far before its content the role of a message may be put. */
const NEAR = 8;

/** `message.put("role", "user"); message.put("content", "...")`: Java and others without literals. */
export function putBesideRole(entries: readonly Entry[]): ReadonlySet<Frame> {
  const frames = new Set<Frame>();
  for (const [at, { value, path, position, frame }] of entries.entries()) {
    if (value.text !== "content" || value.kind !== "text" || position !== 0) continue;
    const called = path.at(-1)?.kind === "call" ? path.at(-1)?.name : undefined;
    if (called === undefined || !PUTS.test(called)) continue;
    const told = entries.slice(Math.max(0, at - NEAR), at).some((one, before, near) => {
      const own = one.value.text === "role" && one.path.at(-1)?.name === called;
      return own && ROLES.test(near[before + 1]?.value.text ?? "");
    });
    if (told) frames.add(frame);
  }
  return frames;
}

/** What is said in such a call, and to nobody else. */
export function isBeside(entry: Entry, frames: ReadonlySet<Frame>): boolean {
  if (!frames.has(entry.frame) || entry.path.at(-1)?.kind !== "call") return false;
  return !NOTES.test(calledName(calleeOf(entry)));
}
