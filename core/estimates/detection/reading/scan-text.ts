import { pattern } from "../pattern.ts";
import type { Cut } from "./entry.ts";
import { cutsOf } from "./hole-cuts.ts";
import type { Quote } from "./language.ts";

/** Stands in a string's text for a part that only the running program knows. */
export const HOLE = "\uFFFC";

/** Keeps hostile input linear: after so many holes that never close, braces are text. */
export interface Budget {
  openHoles: number;
}

interface Body {
  end: number;
  text: string;
  /** Names that stand in it alone: `guide`, and `rules()` of a function. */
  names?: readonly string[];
  /** How much of what stands in it is taken; lines are counted from its first. */
  cuts?: readonly Cut[];
}

/**
 * The end of a string, and its text with unknown parts as holes. Nested strings are counted,
 * never recursed.
 */
export function scanText(source: string, from: number, quote: Quote, budget: Budget): Body {
  const { close, hole, multiline = false, escape: escaping = "backslash" } = quote;
  const parts: string[] = [];
  let names: string[] | undefined;
  let cuts: Cut[] | undefined;
  let start = from;
  let at = from;
  const [closes, opens] = [close.charCodeAt(0), hole?.charCodeAt(0)];
  while (at < source.length) {
    const code = source.charCodeAt(at);
    const holds = code === opens && hole !== undefined && source.startsWith(hole, at);
    if (holds && budget.openHoles > 0) {
      // "{{" is a brace in Python and C#.
      if (hole === "{" && source[at + 1] === "{") {
        parts.push(source.slice(start, at));
        start = at + 1;
        at += 2;
        continue;
      }
      const end = holeEnd(source, at + hole.length, multiline, close === "`");
      if (end !== -1) {
        const name = nameIn(source.slice(at + hole.length, Math.min(end - 1, at + 120)));
        if (name !== undefined) names = [...(names ?? []).slice(0, 60), name];
        const cut = cutsOf(source, from, at, end);
        if (cut.length > 0) cuts = [...(cuts ?? []).slice(0, 60), ...cut];
        parts.push(source.slice(start, at), HOLE, alternatives(source.slice(at, end)));
        at = end;
        start = end;
        continue;
      }
      budget.openHoles -= 1;
    }
    if (code === 92 && (escaping === "backslash" || escaping === "raw")) at += 2;
    else if (code === closes && source.startsWith(close, at)) {
      if (escaping !== "double" || source[at + 1] !== '"') {
        parts.push(source.slice(start, at));
        return { ...bodyOf(parts, escaping, at + close.length, names), ...(cuts && { cuts }) };
      }
      at += 2;
    } else if (code === 10 && !multiline) {
      parts.push(source.slice(start, at));
      return { ...bodyOf(parts, escaping, at, names), ...(cuts && { cuts }) };
    } else at += 1;
  }
  parts.push(source.slice(start));
  return bodyOf(parts, escaping, source.length, undefined);
}

function bodyOf(
  parts: readonly string[],
  escaping: Quote["escape"],
  end: number,
  names: readonly string[] | undefined,
): Body {
  const text = unescaped(parts.join(""), escaping);
  return names === undefined ? { end, text } : { end, text, names };
}

const IN_HOLE = pattern`
    ^\s*[$@]?((?:[A-Za-z_$][\w$]*(?:\.|->|::|\?\.))*[A-Za-z_]\w*[?!]?)\s*(?:([([])|$|[:!]|\?\?
    |\|\|)`;

/** What stands in a hole: `guide`, `TONES` of `TONES[tone]`, `rules()` of `rules(x)`. */
function nameIn(hole: string): string | undefined {
  const [, name, after] = IN_HOLE.exec(hole) ?? [];
  if (name === undefined) return undefined;
  const chain = name.replace(/->|::|\?\./g, ".");
  return after === "(" ? `${chain}()` : chain;
}

/** Bounded: a hole longer than this is read as text. */
const MAX_HOLE = 4_000;

/** A comment, or a pattern where none may divide: quotes and braces in them are none. Bounded. */
const ASIDE = new RegExp(
  [
    /(?<=\s)\/\/[^\n]{0,400}/,
    /(?<=[(,=:]\s{0,40})\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,100}\]){1,200}\//,
  ]
    .map(({ source }) => source)
    .join("|"),
  "y",
);

function holeEnd(source: string, from: number, multiline: boolean, asides: boolean): number {
  let depth = 1;
  let quote = "";
  const limit = Math.min(source.length, from + MAX_HOLE);
  for (let at = from; at < limit; at += 1) {
    const character = source[at] ?? "";
    if (character === "\n" && !multiline) return -1;
    if (quote !== "") {
      if (character === "\\") at += 1;
      else if (character === quote) quote = "";
    } else if (character === "/" && asides) at = asideEnd(source, at);
    else if (character === '"' || character === "'" || character === "`") quote = character;
    else if (character === "{" || character === "(") depth += 1;
    else if (character === "}" || character === ")") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** The last character of a comment or a pattern; a slash that divides is its own. */
function asideEnd(source: string, at: number): number {
  ASIDE.lastIndex = at;
  const found = ASIDE.exec(source);
  return found === null ? at : at + found[0].length - 1;
}

const QUOTED = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`/g;

/** The texts that an unknown part chooses from: `${brief ? "Answer in one line." : ""}`. */
function alternatives(hole: string): string {
  if (hole.length < 24) return "";
  const texts = [...hole.matchAll(QUOTED)].map(([, double, single, back]) => {
    return (double ?? single ?? back ?? "").replace(/\$\{[^}]*\}/g, HOLE);
  });
  const prose = texts.filter((text) => /[a-z]+ [a-z]+ [a-z]+/i.test(text));
  return prose.length === 0 ? "" : ` ${prose.join(" ")} `;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "", "\n": "" };

function unescaped(text: string, escaping: Quote["escape"]): string {
  if (escaping === "double") return text.replaceAll('""', '"');
  if (escaping === "none" || escaping === "raw" || !text.includes("\\")) return text;
  return text.replace(/\\([\s\S])/g, (_, next: string) => ESCAPES[next] ?? next);
}
