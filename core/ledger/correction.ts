import type { Entry } from "./entry.ts";

/** The amounts and counts of an entry that add up; a correction is a row of their differences. */
export const SUMMED = [
  "request_count",
  "error_count",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "input_cost",
  "cache_read_cost",
  "cache_write_cost",
  "output_cost",
  "reasoning_cost",
  "other_cost",
  "cost",
  "list_cost",
  "reported_cost",
] as const satisfies readonly (keyof Entry)[];
export type Summed = (typeof SUMMED)[number];

/** How a correction names the entry it corrects. */
export function entryName(entry: Pick<Entry, "day" | "source" | "external_id">): string {
  return `${entry.day}/${entry.source}/${entry.external_id}`;
}
