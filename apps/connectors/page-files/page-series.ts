import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";

/** A page of a report in daily buckets. */
export interface Page<Row> {
  readonly has_more: boolean;
  readonly data: readonly { readonly day: Day; readonly results: readonly Row[] }[];
}

/** The pages of one report so far, as days. */
export interface Series<Row> {
  readonly days: Map<Day, Row[]>;
  /** The day that the next page may continue; undefined where the last page was the last one. */
  goesOnAt: Day | undefined;
}

/**
 * Adds a page to its report. A day that is there already is either the one that goes on over pages, or
 * was saved twice. Throws `pages_missing`, `pages_overlap`.
 */
export function addPage<Row>(all: Map<string, Series<Row>>, name: string, page: Page<Row>): void {
  const series: Series<Row> = all.get(name) ?? { days: new Map(), goesOnAt: undefined };
  all.set(name, series);
  const first = page.data[0]?.day;
  if (series.goesOnAt !== undefined && first !== undefined && first < series.goesOnAt) {
    throw missing(name);
  }
  for (const { day, results } of page.data) {
    const known = series.days.get(day);
    if (known !== undefined && day !== series.goesOnAt) {
      throw new AispendError("pages_overlap", `two ${name} pages hold ${day}`, {
        help: "Leave one of them out: each day is booked once, from one answer and its next pages.",
      });
    }
    const rows = known ?? [];
    series.days.set(day, rows);
    for (const row of results) rows.push(row);
  }
  const last = page.data.at(-1)?.day;
  series.goesOnAt = page.has_more ? (last ?? series.goesOnAt) : undefined;
}

/** The rows of every day, of all reports together. Throws `pages_missing`. */
export function seriesDays<Row>(all: ReadonlyMap<string, Series<Row>>): Map<Day, Row[]> {
  const days = new Map<Day, Row[]>();
  for (const [name, series] of all) {
    if (series.goesOnAt !== undefined) throw missing(name);
    for (const [day, rows] of series.days) {
      const before = days.get(day) ?? [];
      days.set(day, before);
      for (const row of rows) before.push(row);
    }
  }
  return days;
}

function missing(name: string): AispendError {
  return new AispendError("pages_missing", `a ${name} page says that there is more`, {
    help: "Put the pages after it behind it: half a day would be booked as a whole one.",
  });
}
