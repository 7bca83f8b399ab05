import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import type { VendorDay } from "./facts.ts";
import { type VendorDecision, VendorReview } from "./schema.ts";

/** What every provider cost each day, oldest first, as far back as the rollups go. */
export async function listVendorDays(db: Db, orgId: number, today: Day): Promise<VendorDay[]> {
  const { rows } = await db.query<VendorDay>(
    `select lower(v.value) as vendor, r.local_day as day, sum(r.cost)::bigint as cost,
       sum(r.unpriced)::bigint as unpriced
     from (select provider_id, local_day, sum(cost) as cost, sum(unpriced_requests) as unpriced
       from rollup_day
       where org_id = $1 and local_day <= $2::date and provider_id <> 0 group by 1, 2) r
     join dimension_value v on v.org_id = $1 and v.dimension = 'provider' and v.id = r.provider_id
     group by 1, 2 order by 1, 2`,
    [orgId, today],
  );
  return rows;
}

const COLUMNS = `id, vendor, cause, threshold, crossed_on as "crossedOn", due_on as "dueOn",
  decision, reason, spend, next_on as "nextOn", decided_by as "decidedBy",
  decided_at as "decidedAt"`;

/** Oldest first. */
export async function listReviews(db: Db, orgId: number): Promise<VendorReview[]> {
  const { rows } = await db.query(
    `select ${COLUMNS} from vendor_review where org_id = $1 order by id`,
    [orgId],
  );
  return rows.map((row) => VendorReview.parse(row));
}

export interface NewReview {
  readonly orgId: number;
  readonly vendor: string;
  readonly cause: VendorReview["cause"];
  readonly threshold: bigint | null;
  readonly crossedOn: Day;
  readonly dueOn: Day;
  readonly now: Date;
}

/** False: one is open already. */
export async function insertReview(tx: Tx, made: NewReview): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into vendor_review (org_id, vendor, cause, threshold, crossed_on, due_on, opened_at)
     values ($1, $2, $3, $4, $5::date, $6::date, $7)
     on conflict (org_id, vendor) where decided_at is null do nothing`,
    [made.orgId, made.vendor, made.cause, made.threshold, made.crossedOn, made.dueOn, made.now],
  );
  return rowCount === 1;
}

export interface ReviewDecided {
  readonly orgId: number;
  readonly vendor: string;
  readonly decision: VendorDecision;
  readonly reason: string;
  readonly spend: bigint;
  readonly nextOn: Day;
  readonly decidedBy: number;
  readonly now: Date;
}

/** Undefined: none is open any more. */
export async function decideOpenReview(tx: Tx, made: ReviewDecided): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `update vendor_review set decision = $3, reason = $4, spend = $5, next_on = $6::date,
       decided_by = $7, decided_at = $8
     where org_id = $1 and vendor = $2 and decided_at is null
     returning id`,
    [
      made.orgId,
      made.vendor,
      made.decision,
      made.reason,
      made.spend,
      made.nextOn,
      made.decidedBy,
      made.now,
    ],
  );
  return rows[0]?.id;
}

/** Decisions about vendors of one organisation follow each other, to the end of the transaction. */
export async function lockReviews(tx: Tx, orgId: number): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('vendor_review'), $1)", [orgId]);
}
