import { type Fact, sameText } from "../fact.ts";
import type { Entry } from "../reading/entry.ts";
import { piecesOf } from "./moved-text.ts";

const MAX_PROMPTS = 20;
const MAX_CHARACTERS = 60_000;

/** Prompts whose text stood elsewhere in the file, whole or in pieces, and has left that place. */
export function movedIn(
  facts: readonly Fact[],
  there: readonly Entry[] = [],
  here: readonly Entry[] = [],
): ReadonlySet<Fact> {
  const prompts = facts.filter(({ kind }) => kind === "prompt");
  if (prompts.length === 0 || there.length === 0) return new Set();
  const left = new Map(prompts.map(({ meaning }) => [meaning, 0]));
  const tally = (entries: readonly Entry[], by: number): void => {
    for (const { value } of entries) {
      const text = sameText(value.text);
      const known = left.get(text);
      if (known !== undefined) left.set(text, known + by);
    }
  };
  tally(there, 1);
  tally(here, -1);
  const moved = new Set(prompts.filter(({ meaning }) => (left.get(meaning) ?? 0) > 0));
  const rest = prompts.filter((fact) => !moved.has(fact)).slice(0, MAX_PROMPTS);
  if (rest.length === 0) return moved;
  const [before, now] = [joined(there), joined(here)];
  for (const fact of rest) {
    const pieces = piecesOf(fact.value);
    const stood = pieces.every((piece) => count(before, piece) > count(now, piece));
    if (pieces.length > 0 && stood) moved.add(fact);
  }
  return moved;
}

function joined(entries: readonly Entry[]): string {
  let text = "";
  for (const { value } of entries) {
    if (text.length > MAX_CHARACTERS) break;
    text += `${sameText(value.text)}\n`;
  }
  return text;
}

function count(text: string, piece: string): number {
  let found = 0;
  for (let at = text.indexOf(piece); at !== -1 && found < 100; at = text.indexOf(piece, at + 1))
    found += 1;
  return found;
}
