import { addDays, localDay, wallClock } from "#core/time.ts";
import { saidDay, saidWeekday } from "./said-period.ts";

const SILENCE_MS = 3 * 86_400_000;

/**
 * Where nothing was recorded for longer than a weekend, so that a source that stopped is not taken for
 * calls that did; undefined else.
 */
export function silenceNote(last: Date, now: Date, timeZone: string): string | undefined {
  if (now.getTime() - last.getTime() <= SILENCE_MS) return undefined;
  return (
    `Nothing was recorded since ${saidAsOf(last, now, timeZone)}: what was spent after that, if ` +
    "anything, is missing here."
  );
}

/** "Mon 08:55" in the organisation's zone; older than six days "16 Nov 08:55", with a year if old. */
export function saidAsOf(instant: Date, now: Date, timeZone: string): string {
  const { day, time } = wallClock(instant, timeZone);
  const today = localDay(now, timeZone);
  const minute = time.slice(0, 5);
  if (day > addDays(today, -7)) return `${saidWeekday(day)} ${minute}`;
  const year = day.slice(0, 4) === today.slice(0, 4) ? "" : ` ${day.slice(0, 4)}`;
  return `${saidDay(day)}${year} ${minute}`;
}
