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

const AT = `to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const COLUMNS = `position, ${AT} as at, actor, actor_account as "actorAccount", action, subject,
  before, after, reason, surface, previous_hash as "previousHash", hash`;

/**
 * The text of an entry as audit_append hashes it, written here once more on purpose: who changes
 * that function of the database does not change what is verified.
 */
const CANONICAL = [
  "org_id::text",
  "position::text",
  AT,
  "actor",
  "actor_account",
  "action",
  "subject",
  "before",
  "after",
  "reason",
  "surface",
]
  .map((field) => `coalesce(octet_length(${field}) || ':' || ${field}, '-')`)
  .join(" || ");

export interface ChainFault {
  readonly position: bigint;
  readonly fault: "missing" | "unlinked" | "changed";
}

/** The first entry that does not continue the chain. One pass in the order of the primary key. */
export async function findFirstFault(db: Db, orgId: number): Promise<ChainFault | undefined> {
  const { rows } = await db.query<ChainFault>(
    `with linked as (
       select position, hash, previous_hash,
         lag(position, 1, 0::bigint) over chain as position_before,
         lag(hash, 1, sha256('')) over chain as hash_before,
         ${CANONICAL} as canonical
       from audit_entry where org_id = $1
       window chain as (order by position)
     ), judged as (
       select case when position <> position_before + 1 then position_before + 1 else position end
           as position,
         case when position <> position_before + 1 then 'missing'
           when previous_hash <> hash_before then 'unlinked'
           when hash <> sha256(previous_hash || convert_to(canonical, 'UTF8')) then 'changed'
         end as fault
       from linked
     )
     select position, fault from judged where fault is not null order by position limit 1`,
    [orgId],
  );
  return rows[0];
}

/** The last entry, or the one at a position. */
export async function findLink(
  db: Db,
  args: { orgId: number; position?: bigint },
): Promise<AuditHead | undefined> {
  const { rows } = await db.query<AuditHead>(
    `select position, hash from audit_entry
     where org_id = $1 and ($2::bigint is null or position = $2)
     order by position desc limit 1`,
    [args.orgId, args.position ?? null],
  );
  return rows[0];
}

/** Entries after a position, in their order. */
export async function listAfter(
  db: Db,
  args: { orgId: number; position: bigint; limit: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow>(
    `select ${COLUMNS} from audit_entry where org_id = $1 and position > $2
     order by position limit $3`,
    [args.orgId, args.position, args.limit],
  );
  return rows;
}

/** The newest entries about any of the subjects, newest first. */
export async function listAbout(
  db: Db,
  args: { orgId: number; subjects: readonly string[]; before: bigint; limit: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow>(
    `select ${COLUMNS} from audit_entry
     where org_id = $1 and subject = any($2) and position < $3
     order by position desc limit $4`,
    [args.orgId, args.subjects, args.before, args.limit],
  );
  return rows;
}
