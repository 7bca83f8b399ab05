import { z } from "zod";
import { addDays, type Day, utcDay } from "#core/time.ts";
import { readShape } from "../http/read-shape.ts";
import { garbled, type Request, type Session } from "../http/session.ts";
import type { Window } from "../source.ts";

/** One page of a report in daily buckets, with `results` as they come. */
interface BucketPage<Row> {
  readonly has_more: boolean;
  readonly next_page?: string | null | undefined;
  readonly data: readonly { readonly day: Day; readonly results: readonly Row[] }[];
}

export interface BucketReport<Row> {
  readonly title: string;
  readonly path: string;
  readonly query: NonNullable<Request["query"]>;
  readonly shape: z.ZodType<BucketPage<Row>>;
  readonly headers?: Readonly<Record<string, string>>;
}

const MAX_PAGES = 100_000;

/**
 * Reads a report day by day to its last page: each day of the window once, in order, those without a
 * bucket as empty ones. A bucket that goes on over pages is one day. Throws `source_garbled` where a
 * page says that there is more and not where.
 */
export async function* readDays<Row>(
  session: Session,
  report: BucketReport<Row>,
  window: Window,
): AsyncGenerator<{ day: Day; results: Row[] }> {
  let open: { day: Day; results: Row[] } | undefined;
  let next = window.from;
  for await (const bucket of bucketsOf(session, report)) {
    if (bucket.day < window.from || bucket.day >= window.until) continue;
    if (open !== undefined && bucket.day < open.day) {
      throw garbled(report.title, report.path, "its days are not in order");
    }
    if (open?.day === bucket.day) {
      addUnseen(open.results, bucket.results);
      continue;
    }
    if (open !== undefined) {
      yield open;
      next = addDays(open.day, 1);
    }
    for (; next < bucket.day; next = addDays(next, 1)) yield { day: next, results: [] };
    open = { day: bucket.day, results: [...bucket.results] };
  }
  if (open !== undefined) {
    yield open;
    next = addDays(open.day, 1);
  }
  for (; next < window.until; next = addDays(next, 1)) yield { day: next, results: [] };
}

/** A page may begin with what the one before it ended with, as rows come in between the two. */
function addUnseen<Row>(results: Row[], more: readonly Row[]): void {
  const seen = new Set(results.map((row) => JSON.stringify(row)));
  for (const row of more) if (!seen.has(JSON.stringify(row))) results.push(row);
}

async function* bucketsOf<Row>(session: Session, report: BucketReport<Row>) {
  const { title, path, query, shape, headers } = report;
  const seen = new Set<string>();
  let page: string | undefined;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const answered = await session.ask(path, {
      query: { ...query, page },
      ...(headers === undefined ? {} : { headers }),
    });
    const read: BucketPage<Row> = readShape(shape, answered, title, path);
    yield* read.data;
    if (!read.has_more) return;
    if (!read.next_page || seen.has(read.next_page)) {
      throw garbled(title, path, "'has_more' without a new 'next_page'");
    }
    page = read.next_page;
    seen.add(page);
  }
  throw garbled(title, path, `more than ${MAX_PAGES} pages`);
}

const ROWS_AT_ONCE = 6_000;
const MOST_DAYS = 31;

/**
 * The window in stretches for one query each: a day first, then as many as hold some thousand rows by
 * what the stretch before had. Accounts with many keys are read day by day, small ones by the month.
 */
export async function* inStretches<T extends { readonly rows: number }>(
  window: Window,
  read: (stretch: Window, days: number) => AsyncIterable<T>,
): AsyncGenerator<T> {
  let days = 1;
  for (let from = window.from; from < window.until; ) {
    const limit = addDays(from, days);
    const until = limit < window.until ? limit : window.until;
    let rows = 0;
    for await (const one of read({ from, until }, days)) {
      rows += one.rows;
      yield one;
    }
    from = until;
    const fitting = rows === 0 ? MOST_DAYS : Math.floor((ROWS_AT_ONCE * days) / rows);
    // Twice as many at most: a quiet day says little of the next ones.
    days = Math.max(1, Math.min(MOST_DAYS, 2 * days, fitting));
  }
}

/** Two reports of the same days side by side. */
export async function* zipDays<A, B>(
  left: AsyncGenerator<{ day: Day; results: A[] }>,
  right: AsyncGenerator<{ day: Day; results: B[] }>,
): AsyncGenerator<{ day: Day; left: A[]; right: B[] }> {
  for (;;) {
    const [one, other] = await Promise.all([left.next(), right.next()]);
    if (one.done === true || other.done === true) return;
    yield { day: one.value.day, left: one.value.results, right: other.value.results };
  }
}

export const DayOfInstant = z.iso
  .datetime({ offset: true })
  .transform((text) => utcDay(new Date(text)));
export const DayOfSeconds = z.int().transform((seconds) => utcDay(new Date(seconds * 1000)));

export function unixSeconds(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}
