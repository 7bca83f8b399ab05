import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import { CapRefusals } from "./schema.ts";

export interface RefusalCount {
  readonly subjectKind: "scope" | "key";
  readonly subjectId: number;
  readonly period: string;
  readonly day: Day;
  readonly count: number;
  readonly lastAt: Date;
}

/** In the order of the key, so that two processes cannot wait for each other in a circle. */
export async function addRefusals(
  tx: Tx,
  orgId: number,
  counts: readonly RefusalCount[],
): Promise<void> {
  await tx.query(
    `insert into cap_refusal (org_id, subject_kind, subject_id, period, day, refused, last_at)
     select $1, r.* from unnest($2::text[], $3::int[], $4::text[], $5::date[], $6::bigint[],
       $7::timestamptz[]) as r (subject_kind, subject_id, period, day, refused, last_at)
     order by 2, 3, 4, 5
     on conflict (org_id, subject_kind, subject_id, period, day) do update set
       refused = cap_refusal.refused + excluded.refused,
       last_at = greatest(cap_refusal.last_at, excluded.last_at)`,
    [
      orgId,
      counts.map(({ subjectKind }) => subjectKind),
      counts.map(({ subjectId }) => subjectId),
      counts.map(({ period }) => period),
      counts.map(({ day }) => day),
      counts.map(({ count }) => count),
      counts.map(({ lastAt }) => lastAt),
    ],
  );
}

export async function sumRefusals(db: Db, orgId: number, since: Day): Promise<CapRefusals[]> {
  const { rows } = await db.query(
    `select subject_kind as "subjectKind", subject_id as "subjectId", period,
       sum(refused)::bigint as refused, min(day) as "firstDay", max(last_at) as "lastAt"
     from cap_refusal where org_id = $1 and day >= $2::date
     group by subject_kind, subject_id, period order by subject_kind, subject_id, period`,
    [orgId, since],
  );
  return rows.map((row) => CapRefusals.parse(row));
}
