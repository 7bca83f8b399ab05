import { type Day, daysBetween, type Period, parseDay } from "#core/time.ts";
import { askButton, Refusal } from "../refusal.ts";

/** What a form of a showback's line is about. */
export interface LineToken {
  readonly scopeId: number;
  readonly period: Period;
}

/** "12:2026-11-16:2026-11-23". */
export function lineToken({ scopeId, period }: LineToken): string {
  return `${scopeId}:${period.start}:${period.end}`;
}

function day(text: string): Day | undefined {
  try {
    return parseDay(text);
  } catch {
    return undefined;
  }
}

/** Throws a Refusal for a token that is none: it came back from a surface and may be anything. */
export function readLineToken(token: string): LineToken {
  const [scope = "", from = "", until = ""] = token.split(":");
  const start = day(from);
  const end = day(until);
  if (/^\d{1,9}$/.test(scope) && start !== undefined && end !== undefined) {
    const days = daysBetween(start, end);
    if (days > 0 && days <= 31) return { scopeId: Number(scope), period: { start, end } };
  }
  throw new Refusal(
    "button_unknown",
    "That button no longer works",
    "This button is of a showback that I do not know any more.",
    { kind: "not_found", help: "Ask for it again: showback", actions: [askButton("showback")] },
  );
}
