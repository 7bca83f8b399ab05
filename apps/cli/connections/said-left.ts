import type { DayRead } from "#apps/connectors/read-connection.ts";

/** From the first day of a report on, as its days take alike; nothing before there is a pace. */
export function saidLeft(
  { done, total }: Pick<DayRead, "done" | "total">,
  elapsedMs: number,
): string {
  if (done < 2) return "";
  const seconds = Math.ceil((elapsedMs * (total - done)) / (done - 1) / 1000);
  if (seconds <= 0) return "";
  return seconds < 90 ? `${seconds} s left` : `${Math.round(seconds / 60)} min left`;
}
