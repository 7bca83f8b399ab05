import type { Db, Tx } from "../db/db.ts";
import { Chargeback } from "./schema.ts";

const COLUMNS = `id, scope_id as "scopeId", state, reason, coverage_permille as "coveragePermille",
  shown_days as "shownDays", requested_by as "requestedBy", requested_at as "requestedAt",
  decided_by as "decidedBy", decided_at as "decidedAt", ended_at as "endedAt"`;

/** Asked for or on. */
export async function findCurrent(
  db: Db,
  orgId: number,
  scopeId: number,
): Promise<Chargeback | undefined> {
  const { rows } = await db.query(
    `select ${COLUMNS} from chargeback
     where org_id = $1 and scope_id = $2 and state in ('requested', 'on')`,
    [orgId, scopeId],
  );
  return rows[0] === undefined ? undefined : Chargeback.parse(rows[0]);
}

/** Held until the transaction ends. */
export async function lockById(tx: Tx, orgId: number, id: number): Promise<Chargeback | undefined> {
  const { rows } = await tx.query(
    `select ${COLUMNS} from chargeback where org_id = $1 and id = $2 for update`,
    [orgId, id],
  );
  return rows[0] === undefined ? undefined : Chargeback.parse(rows[0]);
}

/** Undefined where it was asked for, or is on, already. */
export async function insertChargeback(
  tx: Tx,
  of: { orgId: number; now: Date } & Pick<
    Chargeback,
    "scopeId" | "state" | "reason" | "coveragePermille" | "shownDays" | "requestedBy"
  >,
): Promise<number | undefined> {
  const decided = of.state === "on";
  const { rows } = await tx.query<{ id: number }>(
    `insert into chargeback (org_id, scope_id, state, reason, coverage_permille, shown_days,
       requested_by, requested_at, decided_by, decided_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id`,
    [
      of.orgId,
      of.scopeId,
      of.state,
      of.reason,
      of.coveragePermille,
      of.shownDays,
      of.requestedBy,
      of.now,
      decided ? of.requestedBy : null,
      decided ? of.now : null,
    ],
  );
  return rows[0]?.id;
}

export async function decide(
  tx: Tx,
  args: { orgId: number; id: number; to: "on" | "declined"; by: number; now: Date },
): Promise<void> {
  await tx.query(
    `update chargeback set state = $3, decided_by = $4, decided_at = $5
     where org_id = $1 and id = $2 and state = 'requested'`,
    [args.orgId, args.id, args.to, args.by, args.now],
  );
}

/** False where it was neither on nor asked for. */
export async function endChargeback(
  tx: Tx,
  args: { orgId: number; scopeId: number; by: number; reason: string; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update chargeback set state = 'off', ended_by = $3, ended_at = $4, end_reason = $5
     where org_id = $1 and scope_id = $2 and state in ('requested', 'on')`,
    [args.orgId, args.scopeId, args.by, args.now, args.reason],
  );
  return rowCount === 1;
}

/** Days of a stretch on which the scope's showback was sent about, each counted once. */
export async function countShownDays(
  db: Db,
  args: { orgId: number; scopeId: number; from: string; until: string },
): Promise<number> {
  const { rows } = await db.query<{ days: number }>(
    `select count(distinct d)::int as days
     from showback_sent s,
       generate_series(greatest(s.period_start, $3::date)::timestamp,
         least(s.period_end, $4::date)::timestamp - interval '1 day', interval '1 day') d
     where s.org_id = $1 and s.scope_id = $2 and s.period_end > $3::date
       and s.period_start < $4::date`,
    [args.orgId, args.scopeId, args.from, args.until],
  );
  return rows[0]?.days ?? 0;
}
