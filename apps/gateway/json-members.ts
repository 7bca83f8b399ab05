const BACKSLASH = 92;
const COLON = 58;
const LAST_SPACE = 32;

/**
 * Does a name stand twice in any object of this JSON? `parsed` is what JSON.parse made of it: of twins it
 * keeps the last one, another parser may keep the first, and what was counted would not be what is sent.
 */
export function hasTwins(text: string, parsed: unknown): boolean {
  return namesIn(text) !== namesOf(parsed);
}

/** Names of members as they are written: texts before a colon. The text is valid JSON. */
function namesIn(text: string): number {
  let count = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    let close = text.indexOf('"', open + 1);
    while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
    let next = close + 1;
    while (text.charCodeAt(next) <= LAST_SPACE) next += 1;
    if (text.charCodeAt(next) === COLON) count += 1;
    open = text.indexOf('"', next);
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}

/** Not by recursion: a body may be nested deeper than the stack is. */
function namesOf(parsed: unknown): number {
  let count = 0;
  const waiting: object[] = typeof parsed === "object" && parsed !== null ? [parsed] : [];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    const values: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
    if (values !== value) count += values.length;
    for (const one of values) if (typeof one === "object" && one !== null) waiting.push(one);
  }
  return count;
}
