import type { Db, Tx } from "#core/db/db.ts";
import type { AuditText } from "./entry.ts";

export interface AuditRow extends AuditText {
  readonly position: bigint;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
}

export interface AuditHead {
  readonly position: bigint;
  readonly hash: Buffer;
}

export async function appendTexts(
  tx: Tx,
  orgId: number,
  texts: readonly AuditText[],
): Promise<bigint> {
  const { rows } = await tx.query<{ position: bigint }>(
    "select audit_append($1, $2::jsonb) as position",
    [orgId, JSON.stringify(texts)],
  );
  return BigInt(rows[0]?.position ?? 0);
}

export async function findHead(db: Db, orgId: number): Promise<AuditHead | undefined> {
  const { rows } = await db.query<AuditHead>(
    "select position, hash from audit_head where org_id = $1",
    [orgId],
  );
  return rows[0];
}

interface StoredRow extends Omit<AuditRow, "at"> {
  readonly at: Date;
}

const COLUMNS = `position, at, actor, actor_account as "actorAccount", action, subject, before, after,
  reason, surface, previous_hash as "previousHash", hash`;

function parsed({ at, ...row }: StoredRow): AuditRow {
  return { ...row, at: at.toISOString() };
}

/** Entries after a position, in their order. */
export async function listAfter(
  db: Db,
  args: { orgId: number; position: bigint; limit: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<StoredRow>(
    `select ${COLUMNS} from audit_entry where org_id = $1 and position > $2
     order by position limit $3`,
    [args.orgId, args.position, args.limit],
  );
  return rows.map(parsed);
}

/** The newest entries about any of the subjects, newest first. */
export async function listAbout(
  db: Db,
  args: { orgId: number; subjects: readonly string[]; before: bigint; limit: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<StoredRow>(
    `select ${COLUMNS} from audit_entry
     where org_id = $1 and subject = any($2) and position < $3
     order by position desc limit $4`,
    [args.orgId, args.subjects, args.before, args.limit],
  );
  return rows.map(parsed);
}
