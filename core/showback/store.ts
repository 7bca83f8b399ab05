import type { Db, Tx } from "../db/db.ts";
import type { ReportTimes } from "../org/schema.ts";
import type { Period } from "../time.ts";
import { Cadence } from "./schema.ts";

/** As the organisation's file says it; read at every tick, so nothing else is read with it. */
export async function findReportTimes(db: Db, orgId: number): Promise<ReportTimes | undefined> {
  const { rows } = await db.query<{ reports: ReportTimes | null }>(
    "select reports from organization_policy where org_id = $1",
    [orgId],
  );
  return rows[0]?.reports ?? undefined;
}

export interface ChoiceRow {
  readonly scopeId: number;
  readonly cadence: Cadence;
}

export async function listChoices(db: Db, orgId: number): Promise<ChoiceRow[]> {
  const { rows } = await db.query<{ scopeId: number; cadence: string }>(
    `select scope_id as "scopeId", cadence from showback_choice where org_id = $1`,
    [orgId],
  );
  return rows.map((row) => ({ ...row, cadence: Cadence.parse(row.cadence) }));
}

/** False where it stood so already. */
export async function saveChoice(
  tx: Tx,
  args: { orgId: number; scopeId: number; cadence: Cadence; by: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into showback_choice (org_id, scope_id, cadence, set_by, set_at)
     values ($1, $2, $3, $4, $5)
     on conflict (org_id, scope_id) do update set cadence = excluded.cadence,
       set_by = excluded.set_by, set_at = excluded.set_at
     where showback_choice.cadence <> excluded.cadence`,
    [args.orgId, args.scopeId, args.cadence, args.by, args.now],
  );
  return rowCount === 1;
}

/** False where the same period was sent before. */
export async function insertSent(
  tx: Tx,
  args: { orgId: number; scopeId: number; period: Period; cost: bigint; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into showback_sent (org_id, scope_id, period_start, period_end, cost, sent_at)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [args.orgId, args.scopeId, args.period.start, args.period.end, args.cost, args.now],
  );
  return rowCount === 1;
}
