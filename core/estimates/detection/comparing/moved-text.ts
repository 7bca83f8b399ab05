import { sameFilled, sameText } from "../fact.ts";
import { fileKind } from "../file-kind.ts";
import type { FileText, FileVersions } from "../file-versions.ts";
import { HOLE } from "../reading/scan-text.ts";
import type { Located } from "./match.ts";

const MAX_PROMPTS = 40;
const MAX_FILES = 60;
const MAX_CHARACTERS = 200_000;
/** Shorter pieces of a text stand in many places. */
const LEAST = 12;

/**
 * Without the prompts whose text stands in another file of the other version alone, where nothing
 * says that it is one: they have moved there, or come from there.
 */
export function withoutMoved(
  found: readonly Located[],
  files: readonly FileVersions[],
  there: "base" | "head",
): readonly Located[] {
  const prompts = found.filter(({ fact }) => fact.kind === "prompt").slice(0, MAX_PROMPTS);
  if (prompts.length === 0 || files.length < 2) return found;
  const here = there === "head" ? "base" : "head";
  const places = files
    .filter(({ path }) => fileKind(path).state === "read")
    .slice(0, MAX_FILES)
    .map((file) => ({ path: file.path, text: textOf(file[there]), other: textOf(file[here]) }))
    .filter(({ text }) => text !== "");
  const moved = new Set<Located>();
  for (const one of prompts) {
    const pieces = piecesOf(one.fact.value);
    if (pieces.length === 0) continue;
    const stands = places.some(
      ({ path, text, other }) =>
        path !== one.path &&
        pieces.every((piece) => text.includes(piece)) &&
        !pieces.every((piece) => other.includes(piece)),
    );
    if (stands) moved.add(one);
  }
  return moved.size === 0 ? found : found.filter((one) => !moved.has(one));
}

function textOf(side: FileText): string {
  const text = side.state === "text" && side.text.length <= MAX_CHARACTERS ? side.text : "";
  return sameText(text);
}

/** Sentences, and what stands between the parts that are filled in. */
export function piecesOf(text: string): string[] {
  const pieces = sameFilled(text).split(new RegExp(`[\\n.!?:;"'\`\\\\]|${HOLE}`, "u"), 400);
  return pieces.map(sameText).filter((piece) => piece.length >= LEAST);
}
