import type { ReportTimes } from "../org/schema.ts";
import { WEEKDAYS } from "../org/words.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { addDays, addMonths, type Day, type Period, startOfMonth, startOfWeek } from "../time.ts";
import type { Cadence } from "./schema.ts";

/** When a team's showback is due; undefined where it wants none. */
export function showbackSchedule(cadence: Cadence, times: ReportTimes): Schedule | undefined {
  const { weekday, at } = times.showback;
  switch (cadence) {
    case "weekly":
      return { every: "week", weekday: WEEKDAYS.indexOf(weekday) + 1, at };
    case "monthly":
      return { every: "month_workday", workday: 1, at };
    case "off":
      return undefined;
  }
}

export function reviewSchedule(times: ReportTimes): Schedule {
  return { every: "month_workday", workday: times.review.working_day, at: times.review.at };
}

/** The whole week or month before the day, which its showback is about. */
export function showbackPeriod(cadence: Exclude<Cadence, "off">, today: Day): Period {
  if (cadence === "weekly") {
    const end = startOfWeek(today);
    return { start: addDays(end, -7), end };
  }
  const end = startOfMonth(today);
  return { start: addMonths(end, -1), end };
}
