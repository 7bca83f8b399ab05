import { COST_COLUMNS, type Entry, TOKEN_COLUMNS } from "./entry.ts";

/** The amounts and counts of an entry that add up; a correction is a row of their differences. */
export const SUMMED = [
  "request_count",
  "error_count",
  ...TOKEN_COLUMNS,
  ...COST_COLUMNS,
] as const satisfies readonly (keyof Entry)[];
export type Summed = (typeof SUMMED)[number];

/** How a correction names the entry it corrects. */
export function entryName(entry: Pick<Entry, "day" | "source" | "external_id">): string {
  return `${entry.day}/${entry.source}/${entry.external_id}`;
}
