import type { Db } from "../db/db.ts";

export interface UnconfirmedCounter {
  readonly counterId: number;
  readonly unconfirmed: bigint;
  /** When the first and the last of its lost leases was renewed for the last time, and its term. */
  readonly from: Date;
  readonly until: Date;
}

/** Counters with an amount of which nobody saw the end, and when that was under way. */
export async function listUnconfirmed(db: Db, orgId: number): Promise<UnconfirmedCounter[]> {
  const { rows } = await db.query<UnconfirmedCounter>(
    `select c.id as "counterId", c.unconfirmed, min(l.expires_at) as "from",
       max(l.expires_at) as "until"
     from cap_counter c
     join cap_lease l on l.org_id = c.org_id and l.counter_id = c.id and l.lost_at is not null
     where c.org_id = $1 and c.unconfirmed > 0
     group by c.id, c.unconfirmed order by c.id`,
    [orgId],
  );
  return rows;
}
