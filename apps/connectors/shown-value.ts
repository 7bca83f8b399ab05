/** Short, and of the characters that figures, times and names are made of: never a sentence. */
const HARMLESS = /^[\w.:+\-/@]{1,40}$/;

/**
 * A value as an error message may repeat it. A misplaced prompt must not get into a log by way of a
 * complaint about it, so that text is described unless it can only be a figure, a time or a name.
 */
export function shownValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return `${value}`;
  if (typeof value === "string") {
    if (value === "") return "empty";
    return HARMLESS.test(value) ? `'${value}'` : `a text of ${value.length} characters`;
  }
  return Array.isArray(value) ? "a list" : "an object";
}
