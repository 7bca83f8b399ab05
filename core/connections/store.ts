import type { Db, Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import { Connection, type ConnectionSettings, FeedProgress, type SourceKind } from "./schema.ts";

const COLUMNS = `c.id, c.org_id as "orgId", c.kind, c.name, c.account,
  c.account_name as "accountName", c.settings, c.state, c.excess_rights as "excessRights", c.reason,
  c.connected_by as "connectedBy", c.connected_at as "connectedAt", c.checked_at as "checkedAt"`;

export interface NewConnection {
  readonly orgId: number;
  readonly kind: SourceKind;
  readonly name: string;
  readonly settings: ConnectionSettings;
  readonly credential: string;
  readonly connectedBy: number | null;
  readonly now: Date;
}

/** Undefined when a connection of that name is there. */
export async function insertConnection(tx: Tx, made: NewConnection): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into connection (org_id, kind, name, settings, credential, state, connected_by,
       connected_at)
     values ($1, $2, $3, $4::jsonb, $5, 'pending', $6, $7)
     on conflict (org_id, name) where state <> 'disconnected' do nothing
     returning id`,
    [
      made.orgId,
      made.kind,
      made.name,
      JSON.stringify(made.settings),
      made.credential,
      made.connectedBy,
      made.now,
    ],
  );
  return rows[0]?.id;
}

/** Those that are there, oldest first. */
export async function listConnections(db: Db, orgId: number): Promise<Connection[]> {
  const { rows } = await db.query(
    `select ${COLUMNS} from connection c
     where c.org_id = $1 and c.state <> 'disconnected' order by c.id`,
    [orgId],
  );
  return rows.map((row) => Connection.parse(row));
}

export async function findConnection(
  db: Db,
  orgId: number,
  id: number,
): Promise<Connection | undefined> {
  const { rows } = await db.query(
    `select ${COLUMNS} from connection c where c.org_id = $1 and c.id = $2`,
    [orgId, id],
  );
  return rows[0] === undefined ? undefined : Connection.parse(rows[0]);
}

/** The sealed text; null once it was disconnected. */
export async function findCredential(db: Db, orgId: number, id: number): Promise<string | null> {
  const { rows } = await db.query<{ credential: string | null }>(
    "select credential from connection where org_id = $1 and id = $2",
    [orgId, id],
  );
  return rows[0]?.credential ?? null;
}

export interface CheckedConnection {
  readonly orgId: number;
  readonly id: number;
  readonly account: string;
  readonly accountName: string | null;
  readonly excessRights: string | null;
  readonly now: Date;
}

export async function updateChecked(db: Db, checked: CheckedConnection): Promise<void> {
  await db.query(
    `update connection set state = 'active', account = $3, account_name = $4, excess_rights = $5,
       checked_at = $6, reason = null
     where org_id = $1 and id = $2 and state <> 'disconnected'`,
    [
      checked.orgId,
      checked.id,
      checked.account,
      checked.accountName,
      checked.excessRights,
      checked.now,
    ],
  );
}

export async function updateRefused(
  db: Db,
  refused: { orgId: number; id: number; reason: string; now: Date },
): Promise<void> {
  await db.query(
    `update connection set state = 'refused', reason = $3, checked_at = $4
     where org_id = $1 and id = $2 and state <> 'disconnected'`,
    [refused.orgId, refused.id, refused.reason, refused.now],
  );
}

/** Another key or other settings for the same account: checked anew. */
export async function updateCredential(
  tx: Tx,
  renewed: { orgId: number; id: number; credential: string; settings: ConnectionSettings },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update connection set credential = $3, settings = $4::jsonb, state = 'pending', reason = null
     where org_id = $1 and id = $2 and state <> 'disconnected'`,
    [renewed.orgId, renewed.id, renewed.credential, JSON.stringify(renewed.settings)],
  );
  return rowCount === 1;
}

/** The secret is gone with this; what was read stays. False: it was disconnected before. */
export async function updateDisconnected(
  tx: Tx,
  args: { orgId: number; id: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update connection set state = 'disconnected', credential = null, disconnected_at = $3
     where org_id = $1 and id = $2 and state <> 'disconnected'`,
    [args.orgId, args.id, args.now],
  );
  return rowCount === 1;
}

const FEED = `f.feed, f.first_day as "firstDay", f.next_day as "nextDay", f.cursor,
  f.newest_charge_day as "newestChargeDay", f.read_until as "readUntil",
  f.last_success_at as "lastSuccessAt", f.last_failure_at as "lastFailureAt", f.failure,
  f.failures, f.quiet_since as "quietSince"`;

export async function listFeeds(
  db: Db,
  orgId: number,
  connectionId: number,
): Promise<FeedProgress[]> {
  const { rows } = await db.query(
    `select ${FEED} from connection_feed f
     where f.org_id = $1 and f.connection_id = $2 order by f.feed`,
    [orgId, connectionId],
  );
  return rows.map((row) => FeedProgress.parse(row));
}

export interface FeedRef {
  readonly orgId: number;
  readonly connectionId: number;
  readonly feed: string;
}

/** A longer history than before starts the back-fill again from there; a shorter one changes nothing. */
export async function upsertFeed(db: Db, feed: FeedRef & { firstDay: Day }): Promise<void> {
  await db.query(
    `insert into connection_feed as f (org_id, connection_id, feed, first_day, next_day)
     values ($1, $2, $3, $4::date, $4::date)
     on conflict (org_id, connection_id, feed) do update
       set first_day = excluded.first_day, next_day = excluded.next_day
       where f.first_day > excluded.first_day`,
    [feed.orgId, feed.connectionId, feed.feed, feed.firstDay],
  );
}

export interface FeedAdvance extends FeedRef {
  /** The first day that is not read yet; never moves back. */
  readonly nextDay: Day;
  readonly newestChargeDay: Day | null;
  readonly readUntil: Date;
  readonly now: Date;
}

export async function updateFeedRead(db: Db, advance: FeedAdvance): Promise<void> {
  await db.query(
    `update connection_feed set next_day = greatest(next_day, $4::date),
       newest_charge_day = greatest(newest_charge_day, $5::date),
       read_until = greatest(read_until, $6), last_success_at = $7, failure = null, failures = 0
     where org_id = $1 and connection_id = $2 and feed = $3`,
    [
      advance.orgId,
      advance.connectionId,
      advance.feed,
      advance.nextDay,
      advance.newestChargeDay,
      advance.readUntil,
      advance.now,
    ],
  );
}

export async function updateFeedFailed(
  db: Db,
  failed: FeedRef & { failure: string; now: Date },
): Promise<void> {
  await db.query(
    `update connection_feed set last_failure_at = $5, failure = $4, failures = failures + 1
     where org_id = $1 and connection_id = $2 and feed = $3`,
    [failed.orgId, failed.connectionId, failed.feed, failed.failure, failed.now],
  );
}

export async function updateFeedQuiet(
  db: Db,
  quiet: FeedRef & { since: Date | null },
): Promise<void> {
  await db.query(
    `update connection_feed set quiet_since = $4
     where org_id = $1 and connection_id = $2 and feed = $3`,
    [quiet.orgId, quiet.connectionId, quiet.feed, quiet.since],
  );
}
