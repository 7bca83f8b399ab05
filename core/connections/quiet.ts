import { endFinding, recordFinding } from "#core/anomalies/service.ts";
import type { Tx } from "#core/db/db.ts";
import { healthOf, quietSince } from "./health.ts";
import type { Connection } from "./schema.ts";
import { listFeeds, updateFeedQuiet } from "./store.ts";

const HOUR_MS = 3_600_000;
/** A source that fails for a day leaves a hole in every answer; shorter ones mend themselves. */
const FAILING_HOURS = 24;

/**
 * Judges a source after its poll: one that is refused, failed for a day, or reads well and has had no
 * charge for days though it used to is a finding, told once; it ends when charges come again.
 */
export async function recordQuiet(
  tx: Tx,
  args: { connection: Connection; now: Date },
): Promise<"quiet" | "well"> {
  const { connection, now } = args;
  const { orgId, id, name, kind } = connection;
  const subject = { kind: "source" as const, key: name };
  const since = await silentSince(tx, connection, now);
  if (since === undefined) {
    await endFinding(tx, { orgId, class: "source_quiet", subject, now });
    return "well";
  }
  const feeds = await listFeeds(tx, orgId, id);
  const { said, lastSuccessAt } = healthOf(connection, feeds, now);
  const last = lastSuccessAt?.toISOString().slice(0, 16).replace("T", " ");
  await recordFinding(tx, {
    orgId,
    class: "source_quiet",
    subject,
    scopeId: 0,
    since,
    seenAt: new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS),
    excess: 0n,
    rate: 0n,
    evidence: {
      why: `${name} (${kind}): ${said === "" ? "no charge comes any more" : said}.`,
      facts: [{ label: "Last read", value: last === undefined ? "never" : `${last} UTC` }],
    },
    push: true,
    now,
  });
  return "quiet";
}

async function silentSince(tx: Tx, connection: Connection, now: Date): Promise<Date | undefined> {
  const { orgId, id: connectionId } = connection;
  let first = connection.state === "refused" ? (connection.checkedAt ?? now) : undefined;
  const earlier = (date: Date) => {
    if (first === undefined || date < first) first = date;
  };
  for (const feed of await listFeeds(tx, orgId, connectionId)) {
    const since = quietSince(feed, now);
    await updateFeedQuiet(tx, { orgId, connectionId, feed: feed.feed, since: since ?? null });
    if (since !== undefined) earlier(since);
    const well = feed.lastSuccessAt ?? connection.connectedAt;
    const failing =
      feed.failure !== null && now.getTime() - well.getTime() > FAILING_HOURS * HOUR_MS;
    if (failing) earlier(well);
  }
  return first === undefined
    ? undefined
    : new Date(Math.floor(first.getTime() / HOUR_MS) * HOUR_MS);
}
