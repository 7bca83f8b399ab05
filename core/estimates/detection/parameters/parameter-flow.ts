import { calleeOf, type Entry, keyOf } from "../reading/entry.ts";
import { lastName } from "../words.ts";
import {
  findParameter,
  isParameterName,
  type ParameterContext,
  type ParameterFinding,
} from "./parameter.ts";

const MAX_NAMES = 200;
/** What only reads a number, and not what makes another one of it. */
const READS = /^(?:int|Number|parseInt|Integer)$|env|(?:^|[._])get(?:_?(?:int|or|env)\w*)?$/i;

/** A number that a parameter is given under a name of its own. */
export interface Bound {
  readonly entry: Entry;
  readonly finding: ParameterFinding;
}

/**
 * Of the numbers that are no parameter by their own name: `LENGTH = 500`, where a call says
 * `max_tokens=LENGTH`; told where the number stands.
 */
export function boundNumbers(
  entries: readonly Entry[],
  numbers: readonly Entry[],
  file: ParameterContext,
): Bound[] {
  const uses = new Map<string, Entry[]>();
  for (const entry of entries) {
    const { value, role, path } = entry;
    if (value.kind !== "name" || role !== "value" || path.at(-1)?.kind !== "key") continue;
    if (!isParameterName(keyOf(entry)) || !/^[\w$.]+$/.test(value.text)) continue;
    const name = lastName(value.text);
    if (name === keyOf(entry) || (!uses.has(name) && uses.size >= MAX_NAMES)) continue;
    uses.set(name, [...(uses.get(name) ?? []), entry]);
  }
  if (uses.size === 0) return [];
  return numbers.flatMap((entry) => {
    const name = definedName(entry);
    const seen = name === undefined ? [] : (uses.get(name) ?? []);
    for (const use of seen) {
      if (!isSeenFrom(entry, use)) continue;
      const finding = findParameter({ ...use, value: entry.value }, file);
      if (finding !== undefined) return [{ entry, finding }];
    }
    return [];
  });
}

/** `LENGTH` of `LENGTH = int(env("LENGTH", 500))` and of `def ask(text, length=500)`. */
function definedName(entry: Entry): string | undefined {
  const { path, scope } = entry;
  const [first, ...rest] = path;
  if (first?.kind === "call") {
    const own = path.length === 2 && lastName(first.name) === scope.at(-1);
    return own && path[1]?.kind === "key" ? path[1].name : undefined;
  }
  if (first?.kind !== "key") return undefined;
  const reads = rest.every(({ kind, name }) => kind === "call" && READS.test(name));
  const last = rest.length > 0 && entry.position === 0 && /env/i.test(calleeOf(entry));
  return reads && !last ? first.name : undefined;
}

/** In a function around the use, in the file, or in the class of which it is a member. */
function isSeenFrom({ scope }: Entry, use: Entry): boolean {
  if (scope.every((name, at) => use.scope[at] === name)) return true;
  const member = /^(?:self|this|cls)\./.test(use.value.text);
  return member && scope[0] === use.scope[0];
}
