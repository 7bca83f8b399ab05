import type { Db, Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import type { RepositoryAccess } from "./access.ts";
import { RecordedEffect, type RecordRequest } from "./record-schema.ts";

interface RepositoryRow {
  readonly orgId: number;
  readonly orgKey: string;
  readonly name: string;
  readonly nativeId: string | null;
  readonly projectId: number | null;
  readonly scopeIds: readonly number[];
}

/** Every organisation that lists the repository; more than one is possible. */
export async function listRepositoriesNamed(
  db: Db,
  name: string,
): Promise<(RepositoryAccess & { readonly orgKey: string })[]> {
  const { rows } = await db.query<RepositoryRow>(
    `select r.org_id as "orgId", o.key as "orgKey", r.name, r.native_id as "nativeId",
       r.project_id as "projectId",
       coalesce((select array_agg(s.scope_id order by s.scope_id) from repository_scope s
         where s.org_id = r.org_id and s.name = r.name), '{}') as "scopeIds"
     from repository r join organization o on o.id = r.org_id
     where r.name = $1 order by r.org_id limit 20`,
    [name],
  );
  return rows.map(({ nativeId, projectId, ...row }) => ({
    ...row,
    nativeId: nativeId ?? undefined,
    projectId: projectId ?? undefined,
  }));
}

export interface NewEstimate {
  readonly orgId: number;
  readonly repository: string;
  readonly request: RecordRequest;
  readonly contentHash: Buffer;
  readonly tokenHash: Buffer;
  readonly mergedDay: Day;
  /** Nano-USD a month. */
  readonly predicted: bigint;
  readonly scopeIds: readonly number[];
  readonly now: Date;
}

/** The new estimate's id; undefined where the commit, or the token, is on record already. */
export async function insertEstimate(tx: Tx, one: NewEstimate): Promise<number | undefined> {
  const { request } = one;
  const { rows } = await tx.query<{ id: number }>(
    `insert into estimate (org_id, repository, pull_request, head_sha, base_sha, content_hash,
       token_hash, merged_at, merged_day, recorded_at, predicted, effects, scope_ids, verdict,
       override)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9::date, $10, $11, $12, $13, $14, $15)
     on conflict do nothing returning id`,
    [
      one.orgId,
      one.repository,
      request.pullRequest,
      request.headSha,
      request.baseSha,
      one.contentHash,
      one.tokenHash,
      request.mergedAt,
      one.mergedDay,
      one.now,
      one.predicted,
      JSON.stringify(request.effects),
      one.scopeIds,
      request.verdict,
      request.override === null ? null : JSON.stringify(request.override),
    ],
  );
  return rows[0]?.id;
}

export async function findEstimate(
  db: Db,
  args: { orgId: number; repository: string; pullRequest: number; headSha: string },
): Promise<{ id: number; contentHash: Buffer } | undefined> {
  const { rows } = await db.query<{ id: number; contentHash: Buffer }>(
    `select id, content_hash as "contentHash" from estimate
     where org_id = $1 and repository = $2 and pull_request = $3 and head_sha = $4`,
    [args.orgId, args.repository, args.pullRequest, args.headSha],
  );
  return rows[0];
}

/** An estimate whose days are over and that was not looked at yet. */
export interface DueEstimate {
  readonly id: number;
  readonly repository: string;
  readonly pullRequest: number;
  readonly mergedDay: Day;
  readonly predicted: bigint;
  readonly effects: readonly RecordedEffect[];
  readonly scopeIds: readonly number[];
}

/** Merged between these days (both included), with a prediction to compare. */
export async function listDue(
  db: Db,
  args: { orgId: number; days: 7 | 30; from: Day; until: Day; limit: number },
): Promise<DueEstimate[]> {
  const { rows } = await db.query<DueEstimate>(
    `select e.id, e.repository, e.pull_request as "pullRequest", e.merged_day as "mergedDay",
       e.predicted, e.effects, e.scope_ids as "scopeIds"
     from estimate e
     where e.org_id = $1 and e.merged_day >= $2::date and e.merged_day <= $3::date
       and jsonb_array_length(e.effects) > 0
       and not exists (select from estimate_follow_up f
         where f.org_id = $1 and f.estimate_id = e.id and f.days = $4)
     order by e.merged_day, e.id limit $5`,
    [args.orgId, args.from, args.until, args.days, args.limit],
  );
  return rows.map((row) => ({ ...row, effects: RecordedEffect.array().parse(row.effects) }));
}

/** Other estimates of any of these scopes that were merged in the days around. */
export async function countOverlaps(
  db: Db,
  args: { orgId: number; id: number; scopeIds: readonly number[]; from: Day; until: Day },
): Promise<number> {
  const { rows } = await db.query<{ found: bigint }>(
    `select count(*) as found from estimate
     where org_id = $1 and id <> $2 and scope_ids && $3::int[] and merged_day >= $4::date
       and merged_day < $5::date and predicted <> 0`,
    [args.orgId, args.id, args.scopeIds, args.from, args.until],
  );
  return Number(rows[0]?.found ?? 0n);
}

/** The id of a workflow or feature that usage has named. */
export async function findValueId(
  db: Db,
  orgId: number,
  dimension: "workflow" | "feature",
  value: string,
): Promise<number | undefined> {
  const { rows } = await db.query<{ id: number }>(
    "select id from dimension_value where org_id = $1 and dimension = $2 and value = $3",
    [orgId, dimension, value],
  );
  return rows[0]?.id;
}
