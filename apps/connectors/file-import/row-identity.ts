import { hash } from "node:crypto";
import { derivedId } from "../event-identity.ts";
import type { Ordinals } from "./ordinals.ts";

/**
 * The id of a row without one (design.md 4.6): sha256 of its canonical form, and its ordinal among
 * equal rows of the file. Canonical is every cell that is not empty with its column's name, by name
 * and each with its length before it, so that a CSV and a JSONL export of the same rows agree.
 */
export function rowIdentity(
  columns: readonly string[],
  ordinals: Ordinals,
): (cells: readonly string[]) => string {
  const order = columns
    .map((name, index) => ({ index, name, prefix: `${name.length}:${name}` }))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  return (cells) => {
    let canonical = "";
    for (const { index, prefix } of order) {
      const text = cells[index] ?? "";
      if (text !== "") canonical += `${prefix}${text.length}:${text}`;
    }
    const digest = hash("sha256", canonical, "buffer");
    return derivedId(digest.toString("base64url"), ordinals.next(digest));
  };
}
