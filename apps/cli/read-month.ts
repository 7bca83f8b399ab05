import { AispendError } from "#core/errors.ts";
import { addMonths, type Day, parseDay } from "#core/time.ts";

/** Throws `month_invalid` for what is no month, and for one that is not over. */
export function readMonth(text: string, today: Day): Day {
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) {
    throw new AispendError("month_invalid", `'${text}' is not a month`, {
      help: "Write it as 2026-10.",
    });
  }
  const month = parseDay(`${text}-01`);
  if (addMonths(month, 1) <= today) return month;
  throw new AispendError("month_invalid", `${text} is not over yet`, {
    help: "Choose a month that is over.",
  });
}
