import type { Db, Tx } from "#core/db/db.ts";

export interface ChannelRow {
  readonly scopeId: number;
  readonly surface: "slack" | "teams";
  readonly destination: string;
}

export async function listChannels(db: Db, orgId: number): Promise<ChannelRow[]> {
  const { rows } = await db.query<ChannelRow>(
    `select scope_id as "scopeId", surface, destination
     from scope_channel where org_id = $1 order by scope_id`,
    [orgId],
  );
  return rows;
}

/** Of the scope, or of its nearest ancestor that has one; the organisation is the last. */
export async function findNearestChannel(
  db: Db,
  args: { orgId: number; scopeId: number },
): Promise<ChannelRow | undefined> {
  const { rows } = await db.query<ChannelRow>(
    `with recursive line (id, depth) as (
       select $2::int, 0
       union all
       select s.parent_id, line.depth + 1
       from line join scope s on s.org_id = $1 and s.id = line.id
       where line.id <> 0
     )
     select c.scope_id as "scopeId", c.surface, c.destination
     from line join scope_channel c on c.org_id = $1 and c.scope_id = line.id
     order by line.depth limit 1`,
    [args.orgId, args.scopeId],
  );
  return rows[0];
}

export async function saveChannel(tx: Tx, orgId: number, row: ChannelRow): Promise<void> {
  await tx.query(
    `insert into scope_channel (org_id, scope_id, surface, destination) values ($1, $2, $3, $4)
     on conflict (org_id, scope_id) do update
       set surface = excluded.surface, destination = excluded.destination`,
    [orgId, row.scopeId, row.surface, row.destination],
  );
}

export async function deleteChannel(
  tx: Tx,
  args: { orgId: number; scopeId: number },
): Promise<void> {
  await tx.query("delete from scope_channel where org_id = $1 and scope_id = $2", [
    args.orgId,
    args.scopeId,
  ]);
}
