import { pattern, patternOfAnyCase } from "../pattern.ts";

/** "Create a sentence from these words" is none: a query names its tables right away. */
const QUERY = patternOfAnyCase`
    ^\s*(?:insert\s+into|delete\s+from|update\s+\S+\s+set|alter\s+table
    |create\s+(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|materialized\s+|virtual\s+)*(?:table
    |index|view|database|schema|function|trigger|extension|policy|type
    |role)\s+(?:if\s+not\s+exists\s+)?["\x60\w.]+\s*(?:\(|on\b|as\b|using\b|;|\s*$)
    |with\s+(?:recursive\s+)?\w+\s+as\s*\(
    |select\s[\s\S]{0,2000}?\bfrom\s+["\x60(\w.\uFFFC{$%?]+\s*(?:$|[;),]
    |(?:as\s+)?\w*\s*\b(?:where|order|group|limit|join|left|inner|on|having|union|cross)\b))`;
const SHOUTED = pattern`
  ^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|MATCH|MERGE|PREFIX)\s
  [\s\S]*\b(?:FROM|INTO|SET|TABLE|RETURN|AS|WHERE)\b`;

/** What a browser or a parser reads. */
const MARKUP = patternOfAnyCase`
    ^\s*(?:<!doctype|<html|<\?xml|https?:|<(?:div|span|button|svg|nav|ul|table|img)[\s>]
    |<[a-z][\w-]*\s[^>]{0,120}(?:class|style|on\w+|@\w+)=)`;
const EASTERN = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff01-\uff5e]/g;
/** Thai, Lao, Burmese and Khmer write no spaces between words either. */
const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]/g;
const RUN = /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{8}/;
const ENDS = /[\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f?!]|[.:](?:[\s\uFFFC]|$)/;

/** Prose, not an identifier, a path, markup or a query. */
export function isProse(text: string, least: number): boolean {
  if (!hasWords(text, least) && !isEastern(text, least)) return false;
  if (QUERY.test(text) || SHOUTED.test(text)) return false;
  return !MARKUP.test(text);
}

const WORD = /(?<!\S)(?:[\p{L}\uFFFC{<[("'*#-]|\.\p{L})/gu;
const OPENING = 2_000;

/** As many words as are asked for, and no more, are looked for where a text begins. */
function hasWords(text: string, least: number): boolean {
  let left = least;
  const opening = text.length > OPENING ? text.slice(0, OPENING) : text;
  WORD.lastIndex = 0;
  while (left > 0 && WORD.test(opening)) left -= 1;
  return left === 0;
}

/** Chinese and Japanese write no spaces: their signs are counted. A few without an end are a label. */
function isEastern(text: string, least: number): boolean {
  const signs = easternSigns(text);
  const letters = signs === 0 ? (text.slice(0, 400).match(UNSPACED)?.length ?? 0) : 0;
  if (letters > 4 * least) return true;
  return signs > 11 || (signs > least && ENDS.test(text)) || RUN.test(text);
}

export function easternSigns(text: string): number {
  return text.slice(0, 400).match(EASTERN)?.length ?? 0;
}
