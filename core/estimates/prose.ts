import { patternOfAnyCase } from "./pattern.ts";

const QUERY = patternOfAnyCase`
  ^\s*(?:select|insert|update|delete|with|create|alter)\s
  [\s\S]*\b(?:from|into|set|table)\b`;

/** Prose, not an identifier, a path, markup or a query. */
export function isProse(text: string, least: number): boolean {
  const words = text.split(/\s+/, 60).filter((word) => /^[\p{L}\uFFFC{<[("'*#-]/u.test(word));
  if (words.length < least) return /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{8}/.test(text);
  return !QUERY.test(text) && !/^\s*(?:<!doctype|<html|<\?xml|https?:)/i.test(text);
}
