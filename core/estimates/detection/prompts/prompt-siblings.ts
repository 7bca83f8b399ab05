import {
  type Fact,
  type FileFacts,
  makeFact,
  placeOf,
  sameText,
  type TextBeside,
} from "../fact.ts";
import type { Entry } from "../reading/entry.ts";
import { isFieldText } from "./answer-schema.ts";
import { NOT_PROMPT } from "./file-of-prompts.ts";
import { APOLOGY } from "./prompt-place.ts";
import { isProse } from "./prose.ts";

/** A text that is a prompt if the same field of other entries of its list is one. */
export function isListedText(entry: Entry): boolean {
  const { value, role, path } = entry;
  if (isFieldText(entry)) return true;
  if (value.kind !== "text" || role !== "value" || value.text.length < 80) return false;
  return path.at(-1)?.kind === "key" && path.some(({ kind }) => kind === "list");
}

/** A text of a mapping: a prompt if others of that mapping speak to a model. */
export function isMappedText({ value, role, path, frame }: Entry): boolean {
  if (value.kind !== "text" || role !== "value" || value.text.length < 40) return false;
  const mapped = path.at(-1)?.kind === "key" && path.at(-2)?.kind === "key";
  return mapped && frame.block !== true;
}

export function textFact(entry: Entry, mapped: boolean): TextBeside {
  const { text } = entry.value;
  const why = mapped
    ? "stands beside texts that speak to a model"
    : "stands where other entries of the list have a prompt";
  const found = { value: text, confidence: "possible" as const, why };
  return { ...makeFact(entry, "prompt", "prompt", found, sameText(text)), mapped };
}

const BY_SHAPE = /^(?:reads like an instruction|begins by saying)/;
const PERSONAS = 2;

/** Where several texts of one mapping, each under a name of its own, say who a model is. */
function mappings(facts: readonly Fact[]): ReadonlySet<string> {
  const found = new Map<string, Set<string>>();
  for (const { kind, why, where, name } of facts) {
    const place = placeOf(where);
    if (kind !== "prompt" || place === "" || !BY_SHAPE.test(why)) continue;
    found.set(place, (found.get(place) ?? new Set()).add(name));
  }
  return new Set([...found.keys()].filter((place) => (found.get(place)?.size ?? 0) >= PERSONAS));
}

/** Of entries of one list, the same field is a prompt in all of them, or in none. */
export function withBeside(base: FileFacts, head: FileFacts): [FileFacts, FileFacts] {
  if ((base.beside ?? []).length + (head.beside ?? []).length === 0) return [base, head];
  const places = new Set<string>();
  for (const { kind, where } of [...base.facts, ...head.facts]) {
    if (kind === "prompt") places.add(where);
  }
  const personas = new Set([...mappings(base.facts), ...mappings(head.facts)]);
  const isOne = ({ where, value, name, mapped }: TextBeside) => {
    if (!mapped) return places.has(where) && isProse(value, 4);
    const told = personas.has(placeOf(where)) && isProse(value, 8);
    return told && !NOT_PROMPT.test(name) && !APOLOGY.test(value);
  };
  const extended = ({ facts, beside = [], ...rest }: FileFacts): FileFacts => {
    const more = beside.filter(isOne);
    if (more.length === 0) return { facts, ...rest };
    return { facts: [...facts, ...more].sort((a, b) => a.line - b.line), ...rest };
  };
  return [extended(base), extended(head)];
}
