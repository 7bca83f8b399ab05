import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import type { Reader } from "./readers.ts";
import { ReviewReader } from "./schema.ts";

/** False where the month has one. */
export async function insertReview(
  tx: Tx,
  args: { orgId: number; month: Day; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    "insert into review (org_id, month, created_at) values ($1, $2, $3) on conflict do nothing",
    [args.orgId, args.month, args.now],
  );
  return rowCount === 1;
}

export async function insertReaders(
  tx: Tx,
  args: { orgId: number; month: Day; readers: readonly Reader[] },
): Promise<void> {
  await tx.query(
    `insert into review_reader (org_id, month, person_id, breadth)
     select $1, $2, r.person_id, r.breadth from unnest($3::int[], $4::text[])
       as r(person_id, breadth) on conflict do nothing`,
    [
      args.orgId,
      args.month,
      args.readers.map(({ personId }) => personId),
      args.readers.map(({ breadth }) => breadth),
    ],
  );
}

export async function listReaders(db: Db, orgId: number, month: Day): Promise<ReviewReader[]> {
  const { rows } = await db.query(
    `select month, person_id as "personId", breadth, reminded_at as "remindedAt",
       acknowledged_at as "acknowledgedAt"
     from review_reader where org_id = $1 and month = $2 order by person_id`,
    [orgId, month],
  );
  return rows.map((row) => ReviewReader.parse(row));
}

/** False where it was acknowledged before, or is not owed to the person. */
export async function acknowledge(
  tx: Tx,
  args: { orgId: number; month: Day; personId: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update review_reader set acknowledged_at = $4
     where org_id = $1 and month = $2 and person_id = $3 and acknowledged_at is null`,
    [args.orgId, args.month, args.personId, args.now],
  );
  return rowCount === 1;
}

/** Marks who did not acknowledge and was not reminded yet, and gives them: each is reminded once. */
export async function takeUnreminded(
  tx: Tx,
  args: { orgId: number; month: Day; now: Date },
): Promise<number[]> {
  const { rows } = await tx.query<{ personId: number }>(
    `update review_reader set reminded_at = $3
     where org_id = $1 and month = $2 and acknowledged_at is null and reminded_at is null
     returning person_id as "personId"`,
    [args.orgId, args.month, args.now],
  );
  return rows.map(({ personId }) => personId).sort((a, b) => a - b);
}
