import { kindOf, type SubjectKind } from "./dimension-words.ts";
import { joined, type Word } from "./words.ts";

/** Whom or what a question is about, before names are looked up. */
export type SubjectPhrase =
  | { readonly kind: "org" | "me" | "my_team" }
  /** `kind` is undefined where only a name was said. */
  | {
      readonly kind: "named";
      readonly of: Exclude<SubjectKind, "org"> | undefined;
      readonly name: string;
      /** All words, a kind word among them: "checkout agent" can be the name of a workflow. */
      readonly words: string;
    };

const ARTICLES = new Set(
  "the our all a an any this that called named total overall altogether".split(" "),
);
const ORG_WORDS = new Set(
  `we us our org organisation organization company everyone everybody everything all total overall
  altogether`.split(/\s+/),
);
/** Articles that nothing follows. */
const EMPTY_WORDS = new Set(["the", "a", "an", "any", "this", "that", "called", "named"]);
const ME_WORDS = new Set(["me", "myself", "i", "mine"]);

function withoutArticles(words: readonly Word[]): readonly Word[] {
  let start = 0;
  while (start < words.length - 1 && ARTICLES.has(words[start]?.lower ?? "")) start += 1;
  return words.slice(start);
}

/** Undefined when the words name nobody: none are left. */
export function readSubject(all: readonly Word[]): SubjectPhrase | undefined {
  const words = withoutArticles(all);
  const [first] = words;
  if (first === undefined) return undefined;
  if (words.length === 1 && EMPTY_WORDS.has(first.lower)) return undefined;
  if (words.length === 1 && ORG_WORDS.has(first.lower)) return { kind: "org" };
  if (words.length === 1 && ME_WORDS.has(first.lower)) return { kind: "me" };
  if (first.lower === "my" && words.length === 2) {
    const second = kindOf(words[1]?.lower ?? "");
    if (second === "team") return { kind: "my_team" };
    if (second === "org") return { kind: "org" };
  }
  if (words.length === 1) {
    if (kindOf(first.lower) === "team") return { kind: "my_team" };
    return { kind: "named", of: undefined, name: first.text, words: first.text };
  }
  return withKindWord(words);
}

/** "team payments" or "payments team"; without a kind word the name alone. */
function withKindWord(words: readonly Word[]): SubjectPhrase {
  const whole = joined(words);
  const leading = kindOf(words[0]?.lower ?? "");
  const trailing = kindOf(words.at(-1)?.lower ?? "");
  if (leading !== undefined && leading !== "org") {
    const name = joined(withoutArticles(words.slice(1)));
    return { kind: "named", of: leading, name, words: whole };
  }
  if (trailing !== undefined && trailing !== "org") {
    return { kind: "named", of: trailing, name: joined(words.slice(0, -1)), words: whole };
  }
  return { kind: "named", of: undefined, name: whole, words: whole };
}
