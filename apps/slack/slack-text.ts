import { cutLine, plainLine } from "#core/answers/plain-line.ts";
import type { MrkdwnElement, PlainTextElement } from "./block.ts";

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/**
 * One line for mrkdwn, at most `max` UTF-16 units after escaping (Slack counts entities in full).
 * Escaping < is also what keeps a name like <!channel> from notifying anybody.
 */
export function escaped(text: string, max: number): string {
  const line = plainLine(text);
  let kept = "";
  for (const character of line) {
    const written = ENTITIES[character] ?? character;
    if (kept.length + written.length > max) return cutEntities(kept, max);
    kept += written;
  }
  return kept;
}

/** Drops whole characters or entities from the end until the ellipsis fits. */
function cutEntities(written: string, max: number): string {
  let kept = written;
  while (kept.length > max - 1) kept = kept.replace(/&(?:amp|lt|gt);$|.$/su, "");
  return `${kept}…`;
}

/** `verbatim` keeps Slack from turning names, addresses and #channels in plain text into links. */
export function mrkdwn(text: string): MrkdwnElement {
  return { type: "mrkdwn", text, verbatim: true };
}

/** Slack refuses a text without characters: `otherwise` stands in for one. */
export function plain(text: string, max: number, otherwise: string): PlainTextElement {
  const line = cutLine(plainLine(text), max);
  return { type: "plain_text", text: line === "" ? otherwise : line, emoji: false };
}

/** Lines joined into texts of at most `max`, no line split over two; a longer line is cut. */
export function joinedLines(lines: readonly string[], max: number): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const written = escaped(line, max);
    if (written === "") continue;
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + written.length <= max) {
      texts[texts.length - 1] = `${last}\n${written}`;
    } else {
      texts.push(written);
    }
  }
  return texts;
}

/**
 * What a person wrote, as they meant it: names for the references that Slack puts in, entities
 * undone, the mention of the bot itself dropped.
 */
export function askedText(text: string, botUserId: string | undefined): string {
  return text
    .replace(/<@([UW][A-Z0-9]+)(?:\|([^>]*))?>/g, (_, id: string, name: string | undefined) =>
      id === botUserId ? " " : `@${name === undefined || name === "" ? id : name}`,
    )
    .replace(/<#[A-Z0-9]+\|([^>]*)>/g, "$1")
    .replace(/<![^>|]*(?:\|([^>]*))?>/g, "$1")
    .replace(/<(?:mailto:|https?:)[^>|]*\|([^>]*)>/g, "$1")
    .replace(/<(?:mailto:)?([^>|]*)>/g, "$1")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, ASKED_MAX);
}

/** No command is longer; the grammar compares words with every name. */
const ASKED_MAX = 1000;
