import { hash } from "node:crypto";
import type { UsageEvent } from "#core/ledger/schema.ts";

/** JSON with sorted names: equal content gives equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const texts = fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`);
  return `{${texts.join(",")}}`;
}

/** The id of a row that has none (design.md 4.6): its hash, and its ordinal from the second on. */
export function derivedId(contentHash: string, ordinal: number): string {
  return ordinal === 1 ? contentHash : `${contentHash}-${ordinal}`;
}

/** Numbers equal events of one delivery, so that the same delivery again gives the same ids. */
export function deliveryIds(): (event: Omit<UsageEvent, "externalId">) => string {
  const seen = new Map<string, number>();
  return (event) => {
    const contentHash = hash("sha256", canonical(event), "base64url");
    const ordinal = (seen.get(contentHash) ?? 0) + 1;
    seen.set(contentHash, ordinal);
    return derivedId(contentHash, ordinal);
  };
}
