/** Controls, and the overrides of text direction with which a name can pose as another. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * One line of printable text. Names come from people and providers: a line break in one could fake a
 * line of an answer, an escape sequence could drive a terminal.
 */
export function plainLine(text: string): string {
  return wellFormed(text).replace(UNPRINTABLE, " ").trim();
}

/** Half a surrogate pair has no place in UTF-8: it becomes the replacement character. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, "\ufffd");
}

/** At most `max` UTF-16 units (>= 1), ended by an ellipsis when cut; never half a character. */
export function cutLine(text: string, max: number): string {
  if (text.length <= max) return text;
  let kept = "";
  for (const character of text) {
    if (kept.length + character.length > max - 1) break;
    kept += character;
  }
  return `${kept}…`;
}
