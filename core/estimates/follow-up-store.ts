import type { Db, Tx } from "#core/db/db.ts";

/** How an estimate turned out. Amounts in nano-USD. */
export interface FollowUpRow {
  readonly estimateId: number;
  readonly days: number;
  readonly state: "measured" | "unmeasured";
  readonly reason: string | null;
  readonly predicted: bigint;
  /** At the volume of the 30 days before the merge. */
  readonly measured: bigint | null;
  readonly volumeChange: bigint | null;
  readonly otherChange: bigint | null;
  readonly callsBefore: bigint;
  readonly callsAfter: bigint;
  readonly overlaps: number;
  readonly measuredAt: Date;
}

export interface ListedFollowUp extends FollowUpRow {
  readonly repository: string;
  readonly pullRequest: number;
  readonly headSha: string;
}

/** False: it is on record already. */
export async function insertFollowUp(tx: Tx, orgId: number, row: FollowUpRow): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into estimate_follow_up (org_id, estimate_id, days, state, reason, predicted, measured,
       volume_change, other_change, calls_before, calls_after, other_estimates, measured_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
    [
      orgId,
      row.estimateId,
      row.days,
      row.state,
      row.reason,
      row.predicted,
      row.measured,
      row.volumeChange,
      row.otherChange,
      row.callsBefore,
      row.callsAfter,
      row.overlaps,
      row.measuredAt,
    ],
  );
  return rowCount === 1;
}

const COLUMNS = `f.estimate_id as "estimateId", f.days, f.state, f.reason, f.predicted, f.measured,
  f.volume_change as "volumeChange", f.other_change as "otherChange",
  f.calls_before as "callsBefore", f.calls_after as "callsAfter", f.other_estimates as "overlaps",
  f.measured_at as "measuredAt", e.repository, e.pull_request as "pullRequest",
  e.head_sha as "headSha"`;

/** Of each estimate of a repository the longest look, the newest first. */
export async function listFollowUpsOf(
  db: Db,
  args: { orgId: number; repository: string; since: Date; limit: number },
): Promise<ListedFollowUp[]> {
  const { rows } = await db.query<ListedFollowUp>(
    `select * from (
       select distinct on (f.estimate_id) ${COLUMNS}
       from estimate_follow_up f join estimate e on e.org_id = f.org_id and e.id = f.estimate_id
       where f.org_id = $1 and e.repository = $2 and f.measured_at >= $3
       order by f.estimate_id, f.days desc) last
     order by "measuredAt" desc, "estimateId" desc limit $4`,
    [args.orgId, args.repository, args.since, args.limit],
  );
  return rows;
}

/** What was measured of any of these scopes since, for the digest of their owner; undefined: of all. */
export async function listFollowUpsOfScopes(
  db: Db,
  args: { orgId: number; scopeIds: readonly number[] | undefined; since: Date; until: Date },
): Promise<ListedFollowUp[]> {
  const { rows } = await db.query<ListedFollowUp>(
    `select ${COLUMNS}
     from estimate_follow_up f join estimate e on e.org_id = f.org_id and e.id = f.estimate_id
     where f.org_id = $1 and ($2::int[] is null or e.scope_ids && $2::int[])
       and f.measured_at >= $3
       and f.measured_at < $4 and f.state = 'measured'
     order by abs(f.measured) desc, f.estimate_id, f.days limit 50`,
    [args.orgId, args.scopeIds ?? null, args.since, args.until],
  );
  return rows;
}
