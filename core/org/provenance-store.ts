import type { Db, Tx } from "#core/db/db.ts";

export interface ProvenanceRow {
  readonly subject: string;
  readonly field: string;
  readonly origin: "file" | "chat" | "directory";
  readonly setBy: number | null;
  readonly setAt: Date;
  readonly declined: Buffer | null;
}

export async function listProvenance(db: Db, orgId: number): Promise<ProvenanceRow[]> {
  const { rows } = await db.query<ProvenanceRow>(
    `select subject, field, origin, set_by as "setBy", set_at as "setAt", declined
     from field_provenance where org_id = $1`,
    [orgId],
  );
  return rows;
}

export interface ScopeMoveRow {
  readonly scopeId: number;
  readonly movedAt: Date;
  readonly fromParentId: number;
  readonly toParentId: number;
}

export async function listScopeMoves(db: Db, orgId: number): Promise<ScopeMoveRow[]> {
  const { rows } = await db.query<ScopeMoveRow>(
    `select scope_id as "scopeId", moved_at as "movedAt", from_parent_id as "fromParentId",
       to_parent_id as "toParentId"
     from scope_move where org_id = $1 order by moved_at`,
    [orgId],
  );
  return rows;
}

export interface ProvenanceWrite {
  readonly subject: string;
  readonly field: string;
  readonly origin: "file" | "chat" | "directory";
  readonly setBy: number | null;
  readonly setAt: Date;
}

/** Who set the values last. A declined value of the file is forgotten with the value it was about. */
export async function saveProvenance(
  tx: Tx,
  orgId: number,
  writes: readonly ProvenanceWrite[],
): Promise<void> {
  await tx.query(
    `insert into field_provenance (org_id, subject, field, origin, set_by, set_at)
     select $1, subject, field, origin, set_by, set_at
     from unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::timestamptz[])
       as w (subject, field, origin, set_by, set_at)
     on conflict (org_id, subject, field) do update
       set origin = excluded.origin, set_by = excluded.set_by, set_at = excluded.set_at,
         declined = null`,
    [
      orgId,
      writes.map(({ subject }) => subject),
      writes.map(({ field }) => field),
      writes.map(({ origin }) => origin),
      writes.map(({ setBy }) => setBy),
      writes.map(({ setAt }) => setAt),
    ],
  );
}

/** The file's value was seen and the one set in chat kept: it need not be asked about again. */
export async function saveDeclined(
  tx: Tx,
  args: { orgId: number; subject: string; field: string; hash: Buffer },
): Promise<void> {
  await tx.query(
    `update field_provenance set declined = $4
     where org_id = $1 and subject = $2 and field = $3`,
    [args.orgId, args.subject, args.field, args.hash],
  );
}

export async function insertScopeMove(
  tx: Tx,
  args: { orgId: number; scopeId: number; movedAt: Date; from: number; to: number },
): Promise<void> {
  await tx.query(
    `insert into scope_move (org_id, scope_id, moved_at, from_parent_id, to_parent_id)
     values ($1, $2, $3, $4, $5)
     on conflict (org_id, scope_id, moved_at) do nothing`,
    [args.orgId, args.scopeId, args.movedAt, args.from, args.to],
  );
}
