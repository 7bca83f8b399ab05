import type { Db, Tx } from "#core/db/db.ts";

export interface IngestTokenRow {
  readonly id: number;
  readonly orgId: number;
  readonly name: string;
  /** Empty = any scope of the organisation. */
  readonly scopeIds: readonly number[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

const COLUMNS = `id, org_id as "orgId", name, scope_ids as "scopeIds", created_by as "createdBy",
  created_at as "createdAt", last_used_at as "lastUsedAt", revoked_at as "revokedAt"`;

export async function insertIngestToken(
  tx: Tx,
  token: Omit<IngestTokenRow, "id" | "lastUsedAt" | "revokedAt"> & { hash: Buffer },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into ingest_token (org_id, name, token_hash, scope_ids, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    [token.orgId, token.name, token.hash, token.scopeIds, token.createdBy, token.createdAt],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an insert returns its row");
  return row.id;
}

export async function findIngestTokenByHash(
  db: Db,
  hash: Buffer,
): Promise<IngestTokenRow | undefined> {
  const { rows } = await db.query<IngestTokenRow>(
    `select ${COLUMNS} from ingest_token where token_hash = $1 and revoked_at is null`,
    [hash],
  );
  return rows[0];
}

/**
 * At most once a minute a token, so that a busy sender does not write a row version per request.
 */
export async function touchIngestToken(db: Db, orgId: number, id: number, at: Date): Promise<void> {
  await db.query(
    `update ingest_token set last_used_at = $3
     where org_id = $1 and id = $2
       and (last_used_at is null or last_used_at < $3::timestamptz - interval '1 minute')`,
    [orgId, id, at],
  );
}

export async function listIngestTokenRows(db: Db, orgId: number): Promise<IngestTokenRow[]> {
  const { rows } = await db.query<IngestTokenRow>(
    `select ${COLUMNS} from ingest_token where org_id = $1 order by id`,
    [orgId],
  );
  return rows;
}

/** False when there is no such token or it was revoked before. */
export async function markRevoked(tx: Tx, orgId: number, id: number, at: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update ingest_token set revoked_at = $3
     where org_id = $1 and id = $2 and revoked_at is null`,
    [orgId, id, at],
  );
  return rowCount === 1;
}

export async function listKnownScopes(
  db: Db,
  orgId: number,
  ids: readonly number[],
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    "select id from scope where org_id = $1 and id = any ($2::int[])",
    [orgId, ids],
  );
  return rows.map((row) => row.id);
}
