/** JSON with the keys of every object in order: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, ordered) ?? "null";
}

function ordered(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
