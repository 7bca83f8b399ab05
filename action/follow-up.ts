import type { FollowUp } from "#core/estimates/record-schema.ts";
import { prose } from "./markdown-text.ts";

/** Bounds of what follows up in a comment, so that a later one replaces it. */
const OPEN = "<!-- aispend:follow-up -->";
const CLOSE = "<!-- /aispend:follow-up -->";

export type Visibility = "private" | "public" | "unknown";

/** "after 7 days: predicted +$1,240 a month; at measured volume +$1,310, 95% right". */
export function followUpText(followUp: FollowUp, visibility: Visibility): string {
  if (visibility !== "private") return prose(followUp.publicText);
  return `after ${followUp.days} days: ${prose(followUp.text)}`;
}

/** The comment with this said below its marker and title; said before, it is replaced. */
export function withFollowUp(body: string, followUp: FollowUp, visibility: Visibility): string {
  const block = `${OPEN}\n**Was it right?** ${followUpText(followUp, visibility)}\n${CLOSE}`;
  const from = body.indexOf(OPEN);
  const to = body.indexOf(CLOSE);
  if (from !== -1 && to > from) {
    return `${body.slice(0, from)}${block}${body.slice(to + CLOSE.length)}`;
  }
  const title = body.indexOf("\n", body.indexOf("### aispend:"));
  if (title === -1) return `${body}\n\n${block}`;
  return `${body.slice(0, title)}\n\n${block}${body.slice(title)}`;
}

/** The first line of a comment that is posted anew: one for each look back. */
export function offMarker(key: string, { days }: FollowUp): string {
  return `<!-- aispend:off key=${key} days=${days} -->`;
}

/** Posted only where the estimate was off by a factor of two. */
export function offMarkdown(key: string, followUp: FollowUp, visibility: Visibility): string {
  return [
    offMarker(key, followUp),
    "### aispend: the estimate of this pull request was off by a factor of two or more",
    "",
    `It says ${followUpText(followUp, visibility)}.`,
    "",
    "Later estimates of this repository show how often this happens.",
  ].join("\n");
}

/** The last look back at each pull request; the later of two replaces the earlier. */
export function latestFollowUps(all: readonly FollowUp[], since: Date): FollowUp[] {
  const latest = new Map<number, FollowUp>();
  for (const one of all) {
    const known = latest.get(one.pullRequest);
    if (known === undefined || known.days < one.days) latest.set(one.pullRequest, one);
  }
  return [...latest.values()].filter(
    ({ state, measuredAt }) => state === "measured" && Date.parse(measuredAt) >= since.getTime(),
  );
}
