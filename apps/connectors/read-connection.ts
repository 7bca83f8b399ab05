import type { Pool } from "pg";
import type { Connection, FeedProgress } from "#core/connections/schema.ts";
import {
  beginFeed,
  openCredential,
  saveCheck,
  saveFeedFailure,
  saveFeedRead,
  saveRefusal,
  saveToolDay,
} from "#core/connections/service.ts";
import { AispendError } from "#core/errors.ts";
import type { Ledger } from "#core/ledger/ledger.ts";
import type { OrgContext } from "#core/ledger/prepare.ts";
import { settleDay } from "#core/ledger/settle.ts";
import type { SecretBox } from "#core/org/secret-box.ts";
import { addDays, type Clock, type Day, isoWeekday, utcDay } from "#core/time.ts";
import type { EndUserId } from "./end-user.ts";
import { openSession, type Pause, type Session } from "./http/session.ts";
import { readAhead } from "./read-ahead.ts";
import { seatCharges } from "./seat-charges.ts";
import { type Discovery, type Feed, type Source, type SourceDay, sourceName } from "./source.ts";
import { prefixOf } from "./sources/buckets.ts";
import { SOURCES } from "./sources/registry.ts";
import { workAhead } from "./work-ahead.ts";

export interface ReadDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly ledger: Pick<Ledger, "append" | "preview" | "names">;
  readonly contextOf: (orgId: number) => Promise<OrgContext>;
  readonly box: SecretBox;
  readonly endUserIdOf: (orgId: number) => Promise<EndUserId>;
  readonly signal?: AbortSignal;
  readonly pause?: Pause;
}

/** Counts of what a reading did; money is in the ledger. */
export interface Reading {
  readonly feed: string;
  days: number;
  lines: number;
  appended: number;
  unchanged: number;
  withdrawn: number;
  unpriced: number;
  /** Days whose bill waits for reconciliation, as something meters the account. */
  bucketed: number;
  /** The first reasons, each once. */
  refused: string[];
}

export interface DayRead {
  readonly feed: string;
  readonly day: Day;
  /** Of the days to read, how many are read. */
  readonly done: number;
  readonly total: number;
}

const KEPT_REASONS = 5;
const DEEP_DAYS = 35;
const DAYS_AT_ONCE = 2;
/** Calls that came in late are found again within it. */
const OVERLAP_MS = 2 * 3_600_000;

/** Throws `setting_missing` where the source has no address of its own. */
export function sessionOf(
  deps: ReadDeps,
  source: Source,
  settings: Connection["settings"],
  secret: string,
): Session {
  const baseUrl = settings.baseUrl ?? source.baseUrl;
  if (baseUrl === undefined) {
    throw new AispendError("setting_missing", `${source.title} needs an address`, {
      help: "Say where it is: --base-url https://litellm.example.com",
    });
  }
  return openSession({
    title: source.title,
    baseUrl,
    headers: source.headers(secret),
    requestsPerMinute: source.requestsPerMinute,
    clock: deps.clock,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
    ...(deps.pause === undefined ? {} : { pause: deps.pause }),
  });
}

/** Opens a connection's session with its stored key. */
export async function sessionFor(deps: ReadDeps, connection: Connection): Promise<Session> {
  const secret = await openCredential(deps.pool, deps.box, connection);
  return sessionOf(deps, SOURCES[connection.kind], connection.settings, secret);
}

/**
 * Asks who the key is, what it may do and what the account holds, and remembers it. Throws
 * `credential_refused`, which is remembered too.
 */
export async function checkConnection(
  deps: ReadDeps,
  connection: Connection,
  session: Session,
): Promise<Discovery> {
  const { orgId, id } = connection;
  try {
    const check = await SOURCES[connection.kind].discover(session, connection.settings);
    await saveDiscovery(deps, connection, check);
    return check;
  } catch (error) {
    if (error instanceof AispendError && error.code === "credential_refused") {
      await saveRefusal(deps.pool, { orgId, id, reason: error.message, now: deps.clock() });
    }
    throw error;
  }
}

/** What the account holds, and the seats of this month as charges where their price is known. */
export async function saveDiscovery(
  deps: ReadDeps,
  { orgId, id, kind, settings }: Pick<Connection, "orgId" | "id" | "kind" | "settings">,
  check: Discovery,
): Promise<void> {
  const now = deps.clock();
  await saveCheck(deps.pool, deps.ledger.names, { orgId, id, check, now });
  const seats = seatCharges(SOURCES[kind], settings, check, utcDay(now));
  await deps.ledger.append(orgId, seats, { costFrom: "reported", authoritative: true });
}

export interface ReadRequest {
  readonly connection: Connection;
  readonly feed: Feed;
  readonly session: Session;
  /** How far back the first reading goes, as far as the report does. */
  readonly historyDays: number;
  readonly onDay?: (read: DayRead) => void;
}

/**
 * Reads a report from where it stands, and always its last days again, as they are restated: the
 * back-fill the first time and wherever it was cut off, a poll from then on. A failure is remembered
 * and thrown; what was read before it is kept.
 */
export async function readFeed(deps: ReadDeps, request: ReadRequest): Promise<Reading> {
  const { connection, feed } = request;
  const { orgId, id: connectionId } = connection;
  const ref = { orgId, connectionId, feed: feed.name };
  const now = request.session.now();
  const today = utcDay(now);
  const firstDay = addDays(today, -Math.min(request.historyDays, feed.historyDays));
  const progress = await beginFeed(deps.pool, { ...ref, firstDay });
  try {
    return await readWindow(deps, request, progress, today);
  } catch (error) {
    if (deps.signal?.aborted !== true) {
      const failure = error instanceof AispendError ? error.code : "failed";
      await saveFeedFailure(deps.pool, { ...ref, failure, now: deps.clock() });
    }
    throw error;
  }
}

async function readWindow(
  deps: ReadDeps,
  request: ReadRequest,
  progress: FeedProgress,
  today: Day,
): Promise<Reading> {
  const { connection, feed, session } = request;
  const until = feed.readsToday ? addDays(today, 1) : today;
  const again = addDays(until, -restatedDays(feed, progress, today));
  const next = progress.nextDay as Day;
  const first = progress.firstDay as Day;
  const from = [next < again ? next : again, first].reduce((a, b) => (a > b ? a : b));
  const caughtUp = feed.truth === "events" && next >= again && progress.readUntil !== null;
  const since = caughtUp ? new Date((progress.readUntil?.getTime() ?? 0) - OVERLAP_MS) : undefined;
  const about = {
    account: connection.account ?? connection.kind,
    settings: connection.settings,
    endUserId: await deps.endUserIdOf(connection.orgId),
  };
  const reading = emptyReading(feed.name);
  const total = Math.max(0, (Date.parse(until) - Date.parse(from)) / 86_400_000);
  let charged = progress.newestChargeDay as Day | null;
  let last: Day | undefined;
  const save = (nextDay: Day) =>
    saveFeedRead(deps.pool, {
      orgId: connection.orgId,
      connectionId: connection.id,
      feed: feed.name,
      // Today goes on, so that it is never behind us.
      nextDay: nextDay > today ? today : nextDay,
      newestChargeDay: charged,
      readUntil: nextDay > today ? session.now() : new Date(`${nextDay}T00:00:00Z`),
      now: deps.clock(),
    });
  const window = { from, until, ...(since === undefined ? {} : { since }) };
  const days = readAhead(feed.read(session, window, about));
  // While the database writes a day, the next one is made ready; single events may be of one day.
  const width = feed.truth === "days" ? DAYS_AT_ONCE : 1;
  const stored = workAhead(days, width, async (read) => {
    deps.signal?.throwIfAborted();
    await store(deps, connection, feed, about.account, read, reading);
  });
  for await (const read of stored) {
    if (read.day !== last) reading.days += 1;
    if (hasCharge(read) && (charged === null || read.day > charged)) charged = read.day;
    last = read.day;
    await save(feed.truth === "days" ? addDays(read.day, 1) : read.day);
    request.onDay?.({ feed: feed.name, day: read.day, done: reading.days, total });
  }
  await save(until);
  return reading;
}

/** Once a week the whole of the last invoice is read again: a correction may be that late. */
function restatedDays(feed: Feed, { lastSuccessAt }: FeedProgress, today: Day): number {
  const first = lastSuccessAt === null || utcDay(lastSuccessAt) !== today;
  const deep = feed.truth === "days" && first && isoWeekday(today) === 1;
  return deep ? Math.max(DEEP_DAYS, feed.restatedDays) : feed.restatedDays;
}

function emptyReading(feed: string): Reading {
  const counts = { days: 0, lines: 0, appended: 0, unchanged: 0, withdrawn: 0, unpriced: 0 };
  return { feed, ...counts, bucketed: 0, refused: [] };
}

function hasCharge({ events, tools }: SourceDay): boolean {
  return events.length > 0 || (tools?.length ?? 0) > 0;
}

async function store(
  deps: ReadDeps,
  connection: Connection,
  feed: Feed,
  account: string,
  read: SourceDay,
  reading: Reading,
): Promise<void> {
  const { orgId, id: connectionId, kind } = connection;
  const { day, events, tools } = read;
  reading.lines += events.length + (tools?.length ?? 0);
  if (tools !== undefined) {
    await saveToolDay(deps.pool, deps.ledger.names, { orgId, connectionId, day, rows: tools });
  }
  if (feed.truth === "events") return storeEvents(deps, orgId, read, reading);
  if (tools !== undefined) return;
  const prefix = prefixOf(account, feed.name);
  const source = sourceName(kind);
  const settled = await settleDay(deps, { orgId, source, account, prefix, day, events });
  reading.appended += settled.appended;
  reading.unchanged += settled.unchanged;
  reading.withdrawn += settled.withdrawn;
  reading.unpriced += settled.unpriced;
  if (settled.into === "bucket") reading.bucketed += 1;
  note(reading, settled.refused);
}

const BATCH = 10_000;

async function storeEvents(
  { ledger }: ReadDeps,
  orgId: number,
  { events, partial }: SourceDay,
  reading: Reading,
): Promise<void> {
  const whole = events.filter((event) => partial?.has(event) !== true);
  const rest = events.filter((event) => partial?.has(event) === true);
  for (const [group, authoritative] of [
    [whole, true],
    [rest, false],
  ] as const) {
    for (let start = 0; start < group.length; start += BATCH) {
      const batch = group.slice(start, start + BATCH);
      for (const outcome of await ledger.append(orgId, batch, { authoritative })) {
        if (outcome.state === "appended") {
          reading.appended += 1;
          if (outcome.unpriced) reading.unpriced += 1;
        } else if (outcome.state === "refused") note(reading, [outcome.reason]);
        else reading.unchanged += 1;
      }
    }
  }
}

function note(reading: Reading, reasons: readonly string[]): void {
  for (const reason of reasons) {
    if (reading.refused.length >= KEPT_REASONS) return;
    if (!reading.refused.includes(reason)) reading.refused.push(reason);
  }
}
