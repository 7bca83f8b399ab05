import { group } from "d3-array";
import { z } from "zod";
import { AispendError } from "#core/errors.ts";
import { type Day, parseDay } from "#core/time.ts";
import { normaliseCopilot, Usage } from "../sources/copilot.ts";
import { dayOf, EventPage, normaliseCursor } from "../sources/cursor.ts";
import { Activity, groupOf, normaliseOpenRouter } from "../sources/openrouter.ts";
import type { SavedReport } from "./import-pages.ts";
import { readPage } from "./read-page.ts";

function overlap(what: string): AispendError {
  return new AispendError("pages_overlap", `two pages hold ${what}`, {
    help: "Leave one of them out: each charge is booked once.",
  });
}

/** Answers of /api/v1/activity for the whole account; those for a key alone are part of them. */
export const openRouterPages: SavedReport = {
  kind: "openrouter",
  title: "OpenRouter",
  feed: "activity",
  daysOf(pages, about) {
    const seen = new Set<string>();
    const rows = pages.flatMap((page, index) => {
      const { data } = readPage(Activity, page, "OpenRouter", index);
      const groups = data.map(groupOf);
      for (const one of groups) {
        if (seen.has(one)) throw overlap(one.replaceAll("\n", " ").trim());
        seen.add(one);
      }
      return data.map((row) => ({ ...row, key: null }));
    });
    const days = group(rows, ({ date }) => date);
    return [...days].sort().map(([day, own]) => normaliseOpenRouter(day, own, about));
  },
};

/** Answers of /teams/filtered-usage-events, every page of a reading behind the one before it. */
export const cursorPages: SavedReport = {
  kind: "cursor",
  title: "Cursor",
  feed: "events",
  daysOf(pages, about) {
    const rows: z.infer<typeof EventPage>["usageEvents"] = [];
    let read = 0;
    for (const [index, page] of pages.entries()) {
      const one = readPage(EventPage, page, "Cursor", index);
      rows.push(...one.usageEvents);
      read += one.usageEvents.length;
      const isLast = !one.pagination.hasNextPage;
      if (isLast && read === one.totalUsageEventsCount) read = 0;
      else if (isLast || index === pages.length - 1) {
        throw new AispendError(
          "pages_missing",
          `the pages up to ${index + 1} hold ${read} of ${one.totalUsageEventsCount} events`,
          { help: "Put every page of the reading into the file, in order." },
        );
      }
    }
    return [...group(rows, dayOf)].sort().map(([day, own]) => normaliseCursor(day, own, about));
  },
};

const CopilotUsage = Usage.extend({
  timePeriod: z.object({
    year: z.int(),
    month: z.int("must be there: save the report day by day"),
    day: z.int("must be there: save the report day by day"),
  }),
});

/** Answers of settings/billing/ai_credit/usage, each of one day. */
export const copilotPages: SavedReport = {
  kind: "copilot",
  title: "GitHub Copilot",
  feed: "ai_credit",
  daysOf(pages, about) {
    const days = new Map<Day, z.infer<typeof Usage>["usageItems"]>();
    for (const [index, page] of pages.entries()) {
      const { timePeriod, usageItems } = readPage(CopilotUsage, page, "GitHub Copilot", index);
      const two = (part: number) => String(part).padStart(2, "0");
      const { year, month, day } = timePeriod;
      const at = parseDay(`${year}-${two(month)}-${two(day)}`);
      if (days.has(at)) throw overlap(at);
      days.set(at, usageItems);
    }
    return [...days].sort().map(([day, items]) => normaliseCopilot(day, items, about));
  },
};
