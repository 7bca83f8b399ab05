import { pictureAnswer } from "#apps/chat/connections/picture-answer.ts";
import {
  checkConnection,
  type ReadDeps,
  readFeed,
  sessionFor,
} from "#apps/connectors/read-connection.ts";
import { type ReadWiring, readDepsOf } from "#apps/connectors/read-deps.ts";
import { SOURCES } from "#apps/connectors/sources/registry.ts";
import { Answer } from "#core/answers/schema.ts";
import { isFilled } from "#core/connections/health.ts";
import { loadPicture } from "#core/connections/picture.ts";
import { recordQuiet } from "#core/connections/quiet.ts";
import type { Connection, FeedProgress } from "#core/connections/schema.ts";
import { getConnection, listConnections, listFeeds } from "#core/connections/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { findMaturity } from "#core/maturity/service.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { enqueue } from "#core/outbox/service.ts";
import type { Schedule } from "#core/schedule/schedule.ts";
import type { Job, JobContext } from "../job.ts";

const HISTORY_DAYS = 90;
const CHECK_HOURS = 24;
const HOUR_MS = 3_600_000;

/** New ones at once, one that is being filled in soon again, the others at their own pace. */
function scheduleOf(connection: Connection, feeds: readonly FeedProgress[], now: Date): Schedule {
  if (connection.state === "pending") return { every: "minutes", count: 1 };
  const source = SOURCES[connection.kind];
  const read = source.feeds.every(({ name }) =>
    feeds.some((feed) => feed.feed === name && (feed.failure !== null || isFilled(feed, now))),
  );
  if (!read) return { every: "minutes", count: 5 };
  return source.feeds[0]?.schedule ?? { every: "hour", minute: 0 };
}

/**
 * Reads every connected source at its slots: one replica each, as the slot's row is locked while it
 * is read. What fails is remembered on the source and tried at its next slot.
 */
export function pollConnections(wiring: ReadWiring): Job {
  const deps = readDepsOf(wiring);
  return {
    name: "poll_connections",
    schedule: { every: "hour", minute: 0 },
    catchUp: "last",
    async scopes(pool, { orgId }) {
      const parts: { scope: string; schedule: Schedule }[] = [];
      for (const connection of await listConnections(pool, orgId)) {
        if (connection.state === "refused") continue;
        const feeds = await listFeeds(pool, orgId, connection.id);
        parts.push({
          scope: String(connection.id),
          schedule: scheduleOf(connection, feeds, deps.clock()),
        });
      }
      return parts;
    },
    async run(context) {
      const { pool, orgId, now } = context;
      const connection = await getConnection(pool, orgId, Number(context.scope));
      if (connection.state === "disconnected") return;
      const before = await listFeeds(pool, orgId, connection.id);
      const checked = await check(deps, connection, now, context);
      if (checked) await readAll(deps, checked, context);
      const after = await getConnection(pool, orgId, connection.id);
      await transaction(pool, (tx) => recordQuiet(tx, { connection: after, now: deps.clock() }));
      await tellWhenFilled(context, after, before);
    },
  };
}

/** Undefined where the key is refused, which is remembered; a source that is away is tried anyway. */
async function check(
  deps: ReadDeps,
  connection: Connection,
  now: Date,
  { log, orgId }: JobContext,
): Promise<Connection | undefined> {
  const since = connection.checkedAt?.getTime() ?? 0;
  const due = connection.state !== "active" || now.getTime() - since > CHECK_HOURS * HOUR_MS;
  if (!due) return connection;
  try {
    await checkConnection(deps, connection, await sessionFor(deps, connection));
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    log.warn({ orgId, connection: connection.id, code: error.code }, "source not checked");
    if (connection.state !== "active" || error.code === "credential_refused") return undefined;
  }
  return getConnection(deps.pool, orgId, connection.id);
}

async function readAll(deps: ReadDeps, connection: Connection, context: JobContext): Promise<void> {
  const { orgId, log } = context;
  const session = await sessionFor(deps, connection);
  for (const feed of SOURCES[connection.kind].feeds) {
    const about = { orgId, connection: connection.id, kind: connection.kind, feed: feed.name };
    try {
      const request = { connection, feed, session, historyDays: HISTORY_DAYS };
      const { refused, ...counts } = await readFeed(deps, request);
      log.info({ ...about, ...counts, refused: refused.length }, "source read");
    } catch (error) {
      if (!(error instanceof AispendError)) throw error;
      log.warn({ ...about, code: error.code }, "source not read");
    }
  }
}

/** Whoever connected it in chat is shown the whole bill once its history is there, once. */
async function tellWhenFilled(
  { tx, orgId, pool, now }: JobContext,
  connection: Connection,
  before: readonly FeedProgress[],
): Promise<void> {
  const { connectedBy, id, name } = connection;
  const feeds = await listFeeds(pool, orgId, id);
  const hasHistory = (all: readonly FeedProgress[]) => all.some((feed) => isFilled(feed, now));
  if (connectedBy === null || hasHistory(before) || !hasHistory(feeds)) return;
  const [address] = await listAddresses(tx, orgId, [connectedBy]);
  if (address === undefined) return;
  const picture = await loadPicture(tx, orgId, { now, days: HISTORY_DAYS });
  const { maturity } = await findMaturity(tx, orgId, now);
  const { demonstration } = await loadDirectory(tx, orgId);
  const body = Answer.parse({
    ...pictureAnswer(picture, HISTORY_DAYS, maturity),
    audience: { kind: "person", personId: connectedBy },
    demonstration,
  });
  const { surface, destination } = address;
  const kind = "connection_ready";
  const dedupeKey = `${kind}:${id}:${name}`;
  const message = {
    orgId,
    dedupeKey,
    surface,
    destination,
    kind,
    urgency: "report",
    body,
  } as const;
  await enqueue(tx, message, now);
}
