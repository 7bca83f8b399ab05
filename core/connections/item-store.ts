import type { Db, Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import type { CodingToolDay, NativeItem } from "./schema.ts";

export interface KnownItem {
  readonly connectionId: number;
  readonly kind: NativeItem["kind"];
  readonly nativeId: string;
  readonly name: string | null;
  readonly parent: string | null;
  readonly personId: number | null;
  readonly active: boolean;
  readonly madeAt: Date | null;
  readonly usedAt: Date | null;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
}

export async function listItems(
  db: Db,
  orgId: number,
  kinds: readonly NativeItem["kind"][],
): Promise<KnownItem[]> {
  const { rows } = await db.query<KnownItem>(
    `select i.connection_id as "connectionId", i.kind, i.native_id as "nativeId", i.name, i.parent,
       i.person_id as "personId", i.active, i.made_at as "madeAt", i.used_at as "usedAt",
       i.first_seen_at as "firstSeenAt", i.last_seen_at as "lastSeenAt"
     from native_item i
     join connection c on c.org_id = i.org_id and c.id = i.connection_id
     where i.org_id = $1 and i.kind = any ($2::text[]) and c.state <> 'disconnected'
     order by i.connection_id, i.kind, i.native_id`,
    [orgId, kinds],
  );
  return rows;
}

export interface SeenItem extends Omit<NativeItem, "person"> {
  readonly personId: number | null;
}

/** What the provider lists now; what it no longer lists is not active any more. */
export async function upsertItems(
  tx: Tx,
  args: { orgId: number; connectionId: number; items: readonly SeenItem[]; now: Date },
): Promise<void> {
  const { orgId, connectionId, items, now } = args;
  await tx.query(
    `insert into native_item as i (org_id, connection_id, kind, native_id, name, parent, person_id,
       active, made_at, used_at, first_seen_at, last_seen_at)
     select $1, $2, k, n, name, parent, person, active, made, used, $11, $11
     from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::boolean[],
       $9::timestamptz[], $10::timestamptz[])
       as t (k, n, name, parent, person, active, made, used)
     order by k, n
     on conflict (org_id, connection_id, kind, native_id) do update
       set name = excluded.name, parent = excluded.parent, person_id = excluded.person_id,
         active = excluded.active, made_at = coalesce(excluded.made_at, i.made_at),
         used_at = greatest(i.used_at, excluded.used_at), last_seen_at = excluded.last_seen_at`,
    [
      orgId,
      connectionId,
      items.map(({ kind }) => kind),
      items.map(({ nativeId }) => nativeId),
      items.map(({ name }) => name),
      items.map(({ parent }) => parent),
      items.map(({ personId }) => personId),
      items.map(({ active }) => active),
      items.map(({ madeAt }) => madeAt),
      items.map(({ usedAt }) => usedAt),
      now,
    ],
  );
  await tx.query(
    `update native_item set active = false
     where org_id = $1 and connection_id = $2 and active and last_seen_at < $3`,
    [orgId, connectionId, now],
  );
}

export interface ToolDayRow extends Omit<CodingToolDay, "person"> {
  readonly personId: number;
}

const TOOL_COLUMNS = [
  ["day", "date"],
  ["tool", "text"],
  ["person_id", "int"],
  ["billing", "text"],
  ["model", "text"],
  ["sessions", "bigint"],
  ["lines_added", "bigint"],
  ["lines_removed", "bigint"],
  ["commits", "bigint"],
  ["pull_requests", "bigint"],
  ["accepted", "bigint"],
  ["rejected", "bigint"],
  ["input_tokens", "bigint"],
  ["cache_read_tokens", "bigint"],
  ["cache_write_tokens", "bigint"],
  ["output_tokens", "bigint"],
  ["estimated_cost", "bigint"],
] as const;

/** A day of a connection is replaced as a whole. */
export async function replaceToolDay(
  tx: Tx,
  args: { orgId: number; connectionId: number; day: Day; rows: readonly ToolDayRow[] },
): Promise<void> {
  const { orgId, connectionId, day, rows } = args;
  await tx.query(
    "delete from coding_tool_day where org_id = $1 and connection_id = $2 and day = $3::date",
    [orgId, connectionId, day],
  );
  if (rows.length === 0) return;
  const columns = TOOL_COLUMNS.map(([name]) => name);
  const arrays = TOOL_COLUMNS.map(([, type], index) => `$${index + 3}::${type}[]`);
  await tx.query(
    `insert into coding_tool_day (org_id, connection_id, ${columns.join(", ")})
     select $1, $2, t.* from unnest(${arrays.join(", ")}) t`,
    [
      orgId,
      connectionId,
      rows.map((row) => row.day),
      rows.map((row) => row.tool),
      rows.map((row) => row.personId),
      rows.map((row) => row.billing),
      rows.map((row) => row.model),
      rows.map((row) => row.sessions),
      rows.map((row) => row.linesAdded),
      rows.map((row) => row.linesRemoved),
      rows.map((row) => row.commits),
      rows.map((row) => row.pullRequests),
      rows.map((row) => row.accepted),
      rows.map((row) => row.rejected),
      rows.map((row) => row.inputTokens),
      rows.map((row) => row.cacheReadTokens),
      rows.map((row) => row.cacheWriteTokens),
      rows.map((row) => row.outputTokens),
      rows.map((row) => row.estimatedCost),
    ],
  );
}
