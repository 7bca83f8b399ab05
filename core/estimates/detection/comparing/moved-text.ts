import { sameFilled, sameText } from "../fact.ts";
import { fileKind } from "../file-kind.ts";
import type { FileText, FileVersions } from "../file-versions.ts";
import { HOLE } from "../reading/scan-text.ts";
import type { Located } from "./match.ts";

const MAX_MOVED = 80;
const MAX_FILES = 60;
const MAX_CHARACTERS = 200_000;
/** Shorter pieces of a text stand in many places. */
const LEAST = 12;
/** `max_tokens: 1000,` stands in many places; a declaration says more. */
const LEAST_STATEMENT = 24;

/**
 * Without what stands in another file of the other version alone, where nothing says that it is a
 * prompt or a parameter: it has moved there, or comes from there.
 */
export function withoutMoved(
  found: readonly Located[],
  files: readonly FileVersions[],
  there: "base" | "head",
): readonly Located[] {
  if (found.length === 0 || files.length < 2) return found;
  const here = there === "head" ? "base" : "head";
  const places = files
    .filter(({ path }) => fileKind(path).state === "read")
    .slice(0, MAX_FILES)
    .map((file) => ({ path: file.path, text: textOf(file[there]), other: textOf(file[here]) }))
    .filter(({ text }) => text !== "");
  const moved = new Set<Located>();
  let left = MAX_MOVED;
  for (const one of found) {
    if (one.fact.kind === "model") continue;
    left -= 1;
    if (left < 0) break;
    const pieces =
      one.fact.kind === "prompt" ? piecesOf(one.fact.value) : statementOf(one, files, here);
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

/** The line on which a parameter stands, if it says more than a short name and a number. */
function statementOf(
  { path, fact }: Located,
  files: readonly FileVersions[],
  side: "base" | "head",
): string[] {
  const file = files.find((one) => one.path === path)?.[side];
  if (file?.state !== "text" || file.text.length > MAX_CHARACTERS) return [];
  const line = sameText(file.text.split("\n")[fact.line - 1] ?? "");
  return line.length >= LEAST_STATEMENT ? [line] : [];
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
