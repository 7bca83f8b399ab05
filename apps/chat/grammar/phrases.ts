import { matches, type Word } from "./words.ts";

/** Whether the words of the phrase stand somewhere; "|" separates alternatives for one word. */
export function contains(words: readonly Word[], phrase: string): boolean {
  return words.some((_, index) => matches(words, index, phrase));
}

/** The words without any of the phrases, longest phrase first at each place. */
export function without(words: readonly Word[], phrases: readonly string[]): Word[] {
  const byLength = [...phrases].sort((a, b) => b.split(" ").length - a.split(" ").length);
  const kept: Word[] = [];
  for (let at = 0; at < words.length; ) {
    const found = byLength.find((phrase) => matches(words, at, phrase));
    const word = words[at];
    if (found !== undefined) at += found.split(" ").length;
    else if (word !== undefined) {
      kept.push(word);
      at += 1;
    }
  }
  return kept;
}
