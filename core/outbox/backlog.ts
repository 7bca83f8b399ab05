import type { Db } from "../db/db.ts";

export interface Backlog {
  /** Queued or being sent. */
  readonly waiting: number;
  /** Given up until a person looks. */
  readonly parked: number;
}

/** How much is owed, over all organisations: for /metrics. */
export async function countBacklog(db: Db): Promise<Backlog> {
  const { rows } = await db.query<Backlog>(
    `select count(*) filter (where state in ('queued', 'sending'))::int as waiting,
       count(*) filter (where state = 'parked')::int as parked
     from outbox where state in ('queued', 'sending', 'parked')`,
  );
  return rows[0] ?? { waiting: 0, parked: 0 };
}
