import { type Fact, type FileFacts, makeFact, sameText } from "../fact.ts";
import type { Entry } from "../reading/entry.ts";
import { isFieldText } from "./answer-schema.ts";
import { isProse } from "./prose.ts";

/** A text that is a prompt if the same field of other entries of its list is one. */
export function isListedText(entry: Entry): boolean {
  const { value, role, path } = entry;
  if (isFieldText(entry)) return true;
  if (value.kind !== "text" || role !== "value" || value.text.length < 80) return false;
  return path.at(-1)?.kind === "key" && path.some(({ kind }) => kind === "list");
}

export function textFact(entry: Entry): Fact {
  const { text } = entry.value;
  const why = "stands where other entries of the list have a prompt";
  const found = { value: text, confidence: "possible" as const, why };
  return makeFact(entry, "prompt", "prompt", found, sameText(text));
}

/** Of entries of one list, the same field is a prompt in all of them, or in none. */
export function withBeside(base: FileFacts, head: FileFacts): [FileFacts, FileFacts] {
  if ((base.beside ?? []).length + (head.beside ?? []).length === 0) return [base, head];
  const places = new Set<string>();
  for (const { kind, where } of [...base.facts, ...head.facts]) {
    if (kind === "prompt") places.add(where);
  }
  const extended = ({ facts, beside = [], ...rest }: FileFacts): FileFacts => {
    const more = beside.filter(({ where, value }) => places.has(where) && isProse(value, 4));
    if (more.length === 0) return { facts, ...rest };
    return { facts: [...facts, ...more].sort((a, b) => a.line - b.line), ...rest };
  };
  return [extended(base), extended(head)];
}
