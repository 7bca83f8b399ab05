import type { Entry, Frame, Scalar, Step } from "./entry.ts";
import type { Language } from "./language.ts";
import type { Token } from "./lexer.ts";
import { JOINTS, nameChain } from "./source-names.ts";

export interface Open extends Frame {
  readonly bracket: string;
  /** Statements stand here: what is bound side by side need not belong together. */
  block: boolean;
  /** A type is declared here, not a value. */
  types: boolean;
  root: string | undefined;
  chain: { priced: boolean; samples: boolean } | undefined;
  /** Steps that lead here from outside. */
  readonly base: readonly Step[];
  /** Where its first value stands: a call that only formats a text is seen through. */
  outer: Open | undefined;
  /** Of brackets around nothing but a text: what they stand in. */
  group: Open | undefined;
  /** How many values stand before it. */
  readonly before: number;
  /** First token of the segment: brackets are cut at commas, statements at their ends. */
  start: number;
  key: string | undefined;
  /** Ruby's `model "gpt-4o"`: the method that the rest of the line is given to. */
  bare: Step | undefined;
  /** The way to a value of this key, kept for the next of its values. */
  keyed: { readonly key: string; readonly path: readonly Step[] } | undefined;
  position: number;
  /** A comparison or a case label stands before in this segment. */
  compares: boolean;
  /** A case label that goes on behind commas. */
  label: boolean;
  /** What stands behind `+=`. */
  adds: boolean;
  /** The whole bracket is compared with: `in ("a", "b")`. */
  compared: boolean;
}

/** The state of a reading: open brackets, declarations around, what was found. */
export interface Walk {
  readonly tokens: readonly Token[];
  readonly language: Language;
  readonly entries: Entry[];
  /** Names that are a part of a value: `RULES` of `INTRO + RULES`, `tones` of `tones[kind]`. */
  readonly mentions: Entry[];
  readonly open: Open[];
  scopes: { name: string; indent: number; marks: readonly string[] }[];
  /** Decorators of what is declared next. */
  decorators: string[];
  /** The call that was closed last: what follows on it belongs to its chain. */
  closed: (Pick<Open, "root" | "chain"> & { readonly at: number; readonly call: Open }) | undefined;
  /** Their names, made anew only when they change: every entry carries them. */
  scopeNames: readonly string[];
  frames: number;
  /** Brackets that are open beyond the depth that is followed. */
  deeper: number;
}

export const COMPARISONS = new Set(["==", "===", "!=", "!==", "=~", "<=>", "<=", "<", ">"]);

export function frame(walk: Walk, bracket: string, base: readonly Step[], start = 0): Open {
  walk.frames += 1;
  return {
    id: walk.frames,
    bound: new Map(),
    owner: walk.open.at(-1),
    block: bracket === "",
    types: walk.open.at(-1)?.types === true,
    bracket,
    root: undefined,
    chain: undefined,
    base,
    outer: undefined,
    group: undefined,
    before: walk.entries.length,
    start,
    key: undefined,
    bare: undefined,
    keyed: undefined,
    position: 0,
    compares: false,
    compared: false,
    label: false,
    adds: false,
  };
}

export function startWalk(tokens: readonly Token[], language: Language): Walk {
  const walk: Walk = {
    tokens,
    language,
    entries: [],
    mentions: [],
    open: [],
    decorators: [],
    closed: undefined,
    scopes: [],
    scopeNames: [],
    frames: 0,
    deeper: 0,
  };
  walk.open.push(frame(walk, "", []));
  return walk;
}

export function startSegment(top: Open, index: number, goesOn = false): void {
  top.start = index;
  top.key = undefined;
  top.adds = false;
  if (!goesOn) top.bare = undefined;
  top.label &&= goesOn;
  top.compares = top.label;
}

/** The way to a value that stands here. */
export function steps(top: Open): readonly Step[] {
  if (top.key === undefined) return top.bare === undefined ? top.base : [...top.base, top.bare];
  if (top.keyed?.key !== top.key) {
    const base = top.bare === undefined ? top.base : [...top.base, top.bare];
    top.keyed = { key: top.key, path: [...base, { name: top.key, kind: "key" }] };
  }
  return top.keyed.path;
}

function roleOf(walk: Walk, top: Open, from: number, to: number): Entry["role"] {
  const next = walk.tokens[to];
  // `<Select defaultValue="gpt-4o">` compares nothing.
  const ends = next?.text === ">" && /^(?:default|initial|model)\w*$/i.test(top.key ?? "");
  if (ends && !top.compares) return "value";
  if (top.compares || top.compared || (next?.kind === "punct" && COMPARISONS.has(next.text)))
    return "compared";
  if (next?.kind === "name" && /^(?:in|not)$/.test(next.text) && !next.first) return "compared";
  // `model?: | "gpt-4o" | "gpt-5"` is a type, wherever it stands.
  const bar = next?.text === "|" || walk.tokens[from - 1]?.text === "|";
  if (walk.language.name === "javascript" && (top.types || bar)) return "compared";
  const binds = next?.text === ":" || next?.text === "=>" || next?.text === "=";
  if (binds && next?.kind === "punct" && from === top.start && top.key === undefined) return "key";
  // Where no docstrings are written, a string on its own is what a function returns.
  const alone = from === top.start && (next === undefined || next.first) && top.bracket === "";
  return alone && walk.language.docstrings === true ? "statement" : "value";
}

export function emit(
  walk: Walk,
  top: Open,
  value: Scalar,
  from: number,
  to: number,
  known?: readonly Step[],
): void {
  const token = walk.tokens[from];
  const last = walk.tokens[to - 1];
  if (token === undefined || last === undefined) return;
  const role = known === undefined ? roleOf(walk, top, from, to) : "value";
  if (role === "value" && top.key !== undefined) {
    top.bound.set(top.key, value.text.length <= 80 ? value.text : "");
  }
  const first = walk.tokens[from - 1]?.text === ":" && walk.tokens[from]?.first === true;
  const marks = role !== "statement" || first ? walk.scopes.at(-1)?.marks : undefined;
  const seen = top.position === 0 && top.key === undefined ? top.outer : undefined;
  const place = seen ?? top.group ?? top;
  walk.entries.push({
    path: known ?? (seen === undefined ? steps(top) : top.base.slice(0, -1)),
    scope: walk.scopeNames,
    value,
    line: token.line,
    endLine: last.endLine,
    frame: place,
    position: place.key === undefined ? place.position : 0,
    role,
    marks,
    owner: value.kind === "number" ? ownerOf(walk.tokens, top) : undefined,
    adds: (top.outer ?? top).adds,
    instead: value.kind === "name" ? undefined : insteadOf(walk.tokens, from - 1),
  });
}

const MAX_MENTIONS = 20_000;
const BINDS = new Set([":", "=", ":=", "=>"]);

/** Is what stands here bound to a name, given to a call, or what a function gives? */
function leadsOn(tokens: readonly Token[], top: Open, text: string, index: number): boolean {
  if (top.key !== undefined || (top.bracket !== "" && top.base.length > 0)) return true;
  const start = tokens[top.start];
  if (start?.kind === "name" && start.text === "return") return true;
  // What a function of Ruby gives is its last line.
  return index === top.start && /\.(?:join|strip|squish)\(?\)?$/.test(text);
}

/** Keeps a name that is a part of a value, or of what a function returns. */
export function mention(walk: Walk, top: Open, text: string, index: number): void {
  const { mentions, tokens } = walk;
  if (mentions.length >= MAX_MENTIONS) return;
  // `for (const rule of RULES)`
  const before = tokens[index - 1];
  const loops = before?.kind === "name" && (before.text === "in" || before.text === "of");
  const each = loops && tokens[index - 2]?.kind === "name" ? tokens[index - 2]?.text : undefined;
  if (each === undefined) {
    if (top.compares || !leadsOn(tokens, top, text, index)) return;
    // A key, or the type of what stands behind it.
    const next = tokens[index + 1];
    if (next?.kind === "punct" && BINDS.has(next.text)) return;
    // `A if asked else B`: what is asked is no part of it.
    const chosen = next?.text === "if" || (next?.text === "else" && before?.text !== "if");
    if (next?.kind === "name" && next.first !== true && !chosen) return;
  }
  const { line = 1 } = tokens[index] ?? {};
  mentions.push({
    path: each === undefined ? steps(top) : [{ name: each, kind: "key" }],
    scope: walk.scopeNames,
    value: { kind: "name", text },
    line,
    endLine: line,
    frame: top,
    position: top.position,
    role: "mention",
  });
}

/** `cfg.agent` of `cfg.agent.max_steps = 5` */
function ownerOf(tokens: readonly Token[], { start, key }: Open): string | undefined {
  if (key === undefined || !JOINTS.has(tokens[start + 1]?.text ?? "")) return undefined;
  const { text } = nameChain(tokens, start);
  return text.endsWith(`.${key}`) ? text.slice(0, -key.length - 1) : undefined;
}

const OTHERWISE = new Set(["??", "||", "?:", "or"]);

/** The name before `??` and the like: of a variable, a call's argument or an index. */
function insteadOf(tokens: readonly Token[], index: number): string | undefined {
  const at = beforeChoice(tokens, index);
  const operator = tokens[at];
  if (operator === undefined || !OTHERWISE.has(operator.text) || operator.kind === "text") {
    return undefined;
  }
  const before = tokens[at - 1];
  if (before?.kind === "name") return before.text;
  if (before?.kind !== "punct" || !/^[)\]]$/.test(before.text)) return undefined;
  const inner = tokens[at - 2];
  return inner?.kind === "name" || inner?.kind === "text" ? inner.text : undefined;
}

const MAX_CHOICE = 16;

/** `env.MODEL ?? (cheap ? "a" : "b")`: what stands before the brackets around two values. */
function beforeChoice(tokens: readonly Token[], at: number): number {
  const from = tokens[at];
  if (from?.kind !== "punct" || !/^[?:(]$/.test(from.text)) return at;
  let depth = 0;
  for (let index = at; index >= Math.max(0, at - MAX_CHOICE); index -= 1) {
    const { kind, text } = tokens[index] ?? from;
    if (kind !== "punct") continue;
    if (text === ")") depth += 1;
    else if (/^[,;{}=]$/.test(text)) return at;
    else if (text === "(") {
      if (depth === 0) return index - 1;
      depth -= 1;
    }
  }
  return at;
}

/** `ENV.fetch("MAX_TOKENS") { 500 }`: the call whose next argument stands in the braces behind it. */
export function blockGivenTo({ closed }: Walk, index: number): Open | undefined {
  if (closed?.at !== index - 1) return undefined;
  const callee = closed.call.base.at(-1);
  if (callee?.kind !== "call" || !/(?:^|\.)(?:fetch|getOrElse|getOrPut)$/.test(callee.name)) {
    return undefined;
  }
  closed.call.position += 1;
  return closed.call;
}
