import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import { LeverWeek, PromotedLever } from "./lever-schema.ts";

const COLUMNS = `id, scope_id as "scopeId", kind, said, promised,
  baseline_start as "baselineStart", baseline_end as "baselineEnd",
  baseline_requests as "baselineRequests", baseline_cost as "baselineCost",
  pass_before as "passBefore", pass_after as "passAfter", promoted_on as "promotedOn",
  promoted_by as "promotedBy", reason, ended_on as "endedOn"`;

/** Undefined where the scope has a live lever of this kind already. */
export async function insertLever(
  tx: Tx,
  orgId: number,
  lever: Omit<PromotedLever, "id" | "endedOn">,
  now: Date,
): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into lever (org_id, scope_id, kind, said, promised, baseline_start, baseline_end,
       baseline_requests, baseline_cost, pass_before, pass_after, promoted_on, promoted_by, reason,
       created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (org_id, scope_id, kind) where ended_on is null do nothing returning id`,
    [
      orgId,
      lever.scopeId,
      lever.kind,
      lever.said,
      lever.promised,
      lever.baselineStart,
      lever.baselineEnd,
      lever.baselineRequests,
      lever.baselineCost,
      lever.passBefore,
      lever.passAfter,
      lever.promotedOn,
      lever.promotedBy,
      lever.reason,
      now,
    ],
  );
  return rows[0]?.id;
}

/** Whoever ends it must be entitled at its scope, so the scope is asked for with it. */
export async function endLever(
  tx: Tx,
  args: { orgId: number; scopeId: number; id: number; on: Day },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update lever set ended_on = $4
     where org_id = $1 and scope_id = $2 and id = $3 and ended_on is null`,
    [args.orgId, args.scopeId, args.id, args.on],
  );
  return rowCount === 1;
}

/** Newest first; of the scopes, or of the whole organisation. */
export async function listPromoted(
  db: Db,
  orgId: number,
  scopeIds: readonly number[] | undefined,
  limit: number,
): Promise<PromotedLever[]> {
  const { rows } = await db.query(
    `select ${COLUMNS} from lever
     where org_id = $1 and ($2::int[] is null or scope_id = any($2::int[]))
     order by promoted_on desc, id desc limit $3`,
    [orgId, scopeIds ?? null, limit],
  );
  return rows.map((row) => PromotedLever.parse(row));
}

/** The first measurement of a week stays: again it changes nothing. */
export async function insertWeek(
  tx: Tx,
  orgId: number,
  measured: LeverWeek,
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into lever_week (org_id, lever_id, week, requests, cost, saved, measured_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    [orgId, measured.leverId, measured.week, measured.requests, measured.cost, measured.saved, now],
  );
}

/** The newest week of each lever. */
export async function listLastWeeks(
  db: Db,
  orgId: number,
  leverIds: readonly number[],
): Promise<LeverWeek[]> {
  const { rows } = await db.query(
    `select distinct on (lever_id) lever_id as "leverId", week, requests, cost, saved
     from lever_week where org_id = $1 and lever_id = any($2::int[])
     order by lever_id, week desc`,
    [orgId, leverIds],
  );
  return rows.map((row) => LeverWeek.parse(row));
}
