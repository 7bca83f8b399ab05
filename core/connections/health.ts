import type { Connection, FeedProgress } from "./schema.ts";

/** ok: all that is due was read. late: not for longer than it should take. */
export type Health = "pending" | "reading" | "ok" | "late" | "failing" | "quiet" | "refused";

export interface SourceHealth {
  readonly health: Health;
  /** Why, in words that end a sentence; empty when all is well. */
  readonly said: string;
  readonly lastSuccessAt: Date | undefined;
  /** Hours from what was read last to now, of the report that is furthest behind. */
  readonly lagHours: number | undefined;
}

const HOUR_MS = 3_600_000;
/** Polls are hourly or daily: a day and some hours without one is too long. */
const LATE_HOURS = 26;

function newest(dates: readonly (Date | null)[]): Date | undefined {
  const known = dates.filter((date) => date !== null);
  return known.length === 0 ? undefined : new Date(Math.max(...known.map(Number)));
}

function oldest(dates: readonly (Date | null)[]): Date | undefined {
  const known = dates.filter((date) => date !== null);
  return known.length === 0 ? undefined : new Date(Math.min(...known.map(Number)));
}

/** How a source is doing, from what was remembered of it. Pure. */
export function healthOf(
  connection: Pick<Connection, "state" | "reason">,
  feeds: readonly FeedProgress[],
  now: Date,
): SourceHealth {
  const lastSuccessAt = newest(feeds.map((feed) => feed.lastSuccessAt));
  const readUntil = oldest(feeds.map((feed) => feed.readUntil));
  const lagHours =
    readUntil === undefined
      ? undefined
      : Math.max(0, (now.getTime() - readUntil.getTime()) / HOUR_MS);
  const of = (health: Health, said = ""): SourceHealth => ({
    health,
    said,
    lastSuccessAt,
    lagHours,
  });
  if (connection.state === "refused")
    return of("refused", connection.reason ?? "the key is refused");
  if (connection.state === "pending") return of("pending", "its key was not tried yet");
  const failing = feeds.filter((feed) => feed.failure !== null);
  if (failing.length > 0) {
    return of("failing", failing.map((feed) => `${feed.feed}: ${feed.failure}`).join("; "));
  }
  if (feeds.length === 0 || !feeds.every((feed) => isFilled(feed, now))) {
    return of("reading", "its history is being read");
  }
  const quiet = feeds.find((feed) => feed.quietSince !== null);
  if (quiet !== undefined) return of("quiet", `no charge since ${quiet.newestChargeDay}`);
  const hours =
    lastSuccessAt === undefined ? 0 : (now.getTime() - lastSuccessAt.getTime()) / HOUR_MS;
  if (hours > LATE_HOURS) return of("late", `not read for ${Math.floor(hours)} hours`);
  return of("ok");
}

const DAY_MS = 24 * HOUR_MS;
/** A report that is a day or two late is no gap in the history. */
const FILLED_DAYS = 3;

/** Whether its history is read: from then on there are only polls. */
export function isFilled(feed: Pick<FeedProgress, "nextDay" | "readUntil">, now: Date): boolean {
  return feed.readUntil !== null && now.getTime() - Date.parse(feed.nextDay) < FILLED_DAYS * DAY_MS;
}

/** A long weekend, with what a report lags. */
const QUIET_DAYS = 4;

/** A report that had charges and now has none for days, though it is read: undefined where it has. */
export function quietSince(feed: FeedProgress, now: Date): Date | undefined {
  if (feed.newestChargeDay === null || !isFilled(feed, now)) return undefined;
  const after = Date.parse(feed.newestChargeDay) + DAY_MS;
  return now.getTime() - after > QUIET_DAYS * DAY_MS ? new Date(after) : undefined;
}
