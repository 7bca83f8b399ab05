import type { Db, Tx } from "../db/db.ts";
import { present } from "./key-store.ts";
import { CapRaise, TrafficBlock } from "./schema.ts";

interface Row {
  readonly [column: string]: unknown;
}

const BLOCK = `org_id as "orgId", id, target_kind as "targetKind", target_id as "targetId",
  cut_streams as "cutStreams", reason, blocked_by as "blockedBy", blocked_at as "blockedAt",
  lifted_by as "liftedBy", lifted_at as "liftedAt"`;

export async function selectLiveBlocks(db: Db, orgId: number): Promise<TrafficBlock[]> {
  const { rows } = await db.query<Row>(
    `select ${BLOCK} from traffic_block where org_id = $1 and lifted_at is null order by id`,
    [orgId],
  );
  return rows.map((row) => TrafficBlock.parse(present(row)));
}

const RAISE = `org_id as "orgId", id, subject_kind as "subjectKind", subject_id as "subjectId",
  period, origin, amount, from_at as "fromAt", until_at as "untilAt", reason,
  raised_by as "raisedBy", ended_at as "endedAt"`;

/** Raises that hold at an instant. */
export async function selectRaises(db: Db, orgId: number, now: Date): Promise<CapRaise[]> {
  const { rows } = await db.query<Row>(
    `select ${RAISE} from cap_raise
     where org_id = $1 and ended_at is null and from_at <= $2 and until_at > $2 order by id`,
    [orgId, now],
  );
  return rows.map(({ subjectKind, subjectId, ...row }) =>
    CapRaise.parse({ ...present(row), subject: { kind: subjectKind, id: subjectId } }),
  );
}

export async function insertRaise(
  tx: Tx,
  raise: Omit<CapRaise, "id" | "endedAt">,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into cap_raise (org_id, subject_kind, subject_id, period, origin, amount, from_at,
       until_at, reason, raised_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`,
    [
      raise.orgId,
      raise.subject.kind,
      raise.subject.id,
      raise.period,
      raise.origin,
      raise.amount,
      raise.fromAt,
      raise.untilAt,
      raise.reason,
      raise.raisedBy,
    ],
  );
  return rows[0]?.id ?? 0;
}

/** Undefined: it is blocked already. */
export async function insertBlock(
  tx: Tx,
  block: Omit<TrafficBlock, "id" | "liftedBy" | "liftedAt">,
): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into traffic_block (org_id, target_kind, target_id, cut_streams, reason, blocked_by,
       blocked_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (org_id, target_kind, target_id) where lifted_at is null do nothing
     returning id`,
    [
      block.orgId,
      block.targetKind,
      block.targetId,
      block.cutStreams,
      block.reason,
      block.blockedBy,
      block.blockedAt,
    ],
  );
  return rows[0]?.id;
}

/** Lifts it, once. False: somebody else did. */
export async function liftBlock(
  tx: Tx,
  args: { orgId: number; id: number; by: number | undefined; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update traffic_block set lifted_by = $3, lifted_at = $4
     where org_id = $1 and id = $2 and lifted_at is null`,
    [args.orgId, args.id, args.by ?? null, args.now],
  );
  return rowCount === 1;
}

/** Whether the glass of a cap was broken since an instant. */
export async function selectBrokenSince(
  db: Db,
  args: { orgId: number; subject: CapRaise["subject"]; since: Date },
): Promise<boolean> {
  const { rows } = await db.query(
    `select 1 from cap_raise where org_id = $1 and subject_kind = $2 and subject_id = $3
       and origin = 'break_glass' and from_at >= $4 limit 1`,
    [args.orgId, args.subject.kind, args.subject.id, args.since],
  );
  return rows.length > 0;
}
