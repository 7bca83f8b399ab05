/** One word of a question. A quoted word may hold spaces and is always a name, never grammar. */
export interface Word {
  /** As typed, without quotes and without punctuation at its edges. */
  readonly text: string;
  /** For comparing; "" for a quoted word, so that it matches no keyword. */
  readonly lower: string;
  readonly quoted: boolean;
}

const MAX_WORDS = 60;
const WORD = /"([^"]*)"|'([^']*)'(?=[\s?!.,]|$)|(\S+)/g;
const LEADING = /^[([{,;:¿¡<"']+/;
const TRAILING = /[?!,;:)\]}>"'.]+$/;

/** The words of a cleaned question; at most 60, the rest is not read. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const match of text.matchAll(WORD)) {
    if (words.length === MAX_WORDS) break;
    const quoted = match[1] ?? match[2];
    if (quoted !== undefined) {
      if (quoted.trim() !== "") words.push({ text: quoted.trim(), lower: "", quoted: true });
      continue;
    }
    const typed = (match[3] ?? "").replace(LEADING, "");
    // Two dots at the end leave a range open: "2026-09-01..".
    const bare = typed.endsWith("..") ? typed : typed.replace(TRAILING, "");
    if (bare !== "") words.push(plainWord(bare));
  }
  return words;
}

export function plainWord(text: string): Word {
  return { text, lower: text.toLowerCase(), quoted: false };
}

/** The words as one name. */
export function joined(words: readonly Word[]): string {
  return words.map((word) => word.text).join(" ");
}

/** Whether the words at `index` are these keywords; alternatives within one place by "|". */
export function matches(words: readonly Word[], index: number, keywords: string): boolean {
  return keywords
    .split(" ")
    .every((keyword, offset) => keyword.split("|").includes(words[index + offset]?.lower ?? ""));
}
