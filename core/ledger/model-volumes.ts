import type { Db } from "#core/db/db.ts";
import type { Period } from "#core/time.ts";

/** Tokens of one model that one team used, by how they are charged; each counted once. */
export interface ModelVolume {
  readonly teamId: number;
  readonly provider: string;
  readonly model: string;
  /** Input that was neither read from a cache nor written to one. */
  readonly input: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  /** Output with reasoning. */
  readonly output: bigint;
}

/** Half-open local days; models without tokens in them are not listed. */
export async function listModelVolumes(
  db: Db,
  orgId: number,
  { start, end }: Period,
): Promise<ModelVolume[]> {
  const { rows } = await db.query<ModelVolume>(
    `select r.team_id as "teamId", p.value as provider, m.value as model,
       sum(r.input_tokens - r.cache_read_tokens - r.cache_write_tokens)::bigint as input,
       sum(r.cache_read_tokens)::bigint as "cacheRead",
       sum(r.cache_write_tokens)::bigint as "cacheWrite", sum(r.output_tokens)::bigint as output
     from rollup_day r
     join dimension_value p on p.org_id = r.org_id and p.dimension = 'provider'
       and p.id = r.provider_id
     join dimension_value m on m.org_id = r.org_id and m.dimension = 'model' and m.id = r.model_id
     where r.org_id = $1 and r.local_day >= $2::date and r.local_day < $3::date
     group by 1, 2, 3 having sum(r.input_tokens + r.output_tokens) > 0
     order by 1, 2, 3`,
    [orgId, start, end],
  );
  return rows;
}
