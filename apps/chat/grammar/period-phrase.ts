import { addDays, addMonths, type Day, type Period, periodDays, startOfMonth } from "#core/time.ts";

export type CalendarUnit = "week" | "month" | "quarter" | "year";

/** A period as asked for, before the calendar says which days it is. */
export type PeriodPhrase =
  | { readonly kind: "day"; readonly offset: 0 | -1 }
  | { readonly kind: "calendar"; readonly unit: CalendarUnit; readonly offset: 0 | -1 }
  /** The last n days, today among them. */
  | { readonly kind: "trailing"; readonly days: number }
  | { readonly kind: "range"; readonly start: Day; readonly end: Day };

export const THIS_MONTH: PeriodPhrase = { kind: "calendar", unit: "month", offset: 0 };

/** The calendar unit that a range covers exactly, if it does. */
export function wholeUnit(period: Period): "month" | "quarter" | "year" | undefined {
  if (period.start !== startOfMonth(period.start)) return undefined;
  if (period.end === addMonths(period.start, 1)) return "month";
  const month = Number(period.start.slice(5, 7));
  if (period.end === addMonths(period.start, 3) && month % 3 === 1) return "quarter";
  if (period.end === addMonths(period.start, 12) && month === 1) return "year";
  return undefined;
}

/** The canonical spelling; a range names its last day, as a person means it. */
export function spellPeriod(phrase: PeriodPhrase): string {
  switch (phrase.kind) {
    case "day":
      return phrase.offset === 0 ? "today" : "yesterday";
    case "calendar":
      return `${phrase.offset === 0 ? "this" : "last"} ${phrase.unit}`;
    case "trailing":
      return `last ${phrase.days} days`;
    case "range":
      return spellRange(phrase);
  }
}

function spellRange(range: Period): string {
  const year = range.start.slice(0, 4);
  switch (wholeUnit(range)) {
    case "month":
      return range.start.slice(0, 7);
    case "quarter":
      return `${year}-Q${(Number(range.start.slice(5, 7)) + 2) / 3}`;
    case "year":
      return year;
    default:
      return periodDays(range) === 1 ? range.start : `${range.start}..${addDays(range.end, -1)}`;
  }
}
