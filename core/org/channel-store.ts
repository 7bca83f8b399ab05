import type { Db, Tx } from "#core/db/db.ts";
import type { ChannelKind } from "./words.ts";

/** "any": every message of the scope whose kind has no room of its own there. */
export type ChannelFor = ChannelKind | "any";

export interface ChannelRow {
  readonly scopeId: number;
  readonly kind: ChannelFor;
  readonly surface: "slack" | "teams";
  readonly destination: string;
}

const COLUMNS = `c.scope_id as "scopeId", c.kind, c.surface, c.destination`;

export async function listChannels(db: Db, orgId: number): Promise<ChannelRow[]> {
  const { rows } = await db.query<ChannelRow>(
    `select ${COLUMNS} from scope_channel c where c.org_id = $1 order by c.scope_id, c.kind`,
    [orgId],
  );
  return rows;
}

/**
 * Of the scope, or of its nearest ancestor that has one for the kind or for any; the organisation is
 * the last. At one scope the kind's own goes before any.
 */
export async function findNearestChannel(
  db: Db,
  args: { orgId: number; scopeId: number; kind: ChannelFor },
): Promise<ChannelRow | undefined> {
  const { rows } = await db.query<ChannelRow>(
    `with recursive line (id, depth) as (
       select $2::int, 0
       union all
       select s.parent_id, line.depth + 1
       from line join scope s on s.org_id = $1 and s.id = line.id
       where line.id <> 0
     )
     select ${COLUMNS}
     from line join scope_channel c on c.org_id = $1 and c.scope_id = line.id
     where c.kind in ('any', $3)
     order by line.depth, c.kind = 'any' limit 1`,
    [args.orgId, args.scopeId, args.kind],
  );
  return rows[0];
}

export async function saveChannel(tx: Tx, orgId: number, row: ChannelRow): Promise<void> {
  await tx.query(
    `insert into scope_channel (org_id, scope_id, kind, surface, destination)
     values ($1, $2, $3, $4, $5)
     on conflict (org_id, scope_id, kind) do update
       set surface = excluded.surface, destination = excluded.destination`,
    [orgId, row.scopeId, row.kind, row.surface, row.destination],
  );
}

export async function deleteChannel(
  tx: Tx,
  args: { orgId: number; scopeId: number; kind: ChannelFor },
): Promise<void> {
  await tx.query("delete from scope_channel where org_id = $1 and scope_id = $2 and kind = $3", [
    args.orgId,
    args.scopeId,
    args.kind,
  ]);
}

export async function deleteChannelsAt(
  tx: Tx,
  args: { orgId: number; scopeId: number },
): Promise<void> {
  await tx.query("delete from scope_channel where org_id = $1 and scope_id = $2", [
    args.orgId,
    args.scopeId,
  ]);
}
