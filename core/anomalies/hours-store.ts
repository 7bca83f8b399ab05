import { to as copyTo } from "pg-copy-streams";
import type { Db, Tx } from "../db/db.ts";
import { invariant } from "../errors.ts";
import type { ModelHour } from "./hour.ts";

/** One row of the hourly rollup; an hour counts from the epoch. Dollars are floats, for comparing. */
export interface HourRow extends ModelHour {
  readonly model: number;
  readonly agentId: number;
  /** Of spend that names no agent; else 0. */
  readonly keyId: number;
  readonly hour: number;
  /** Milliseconds since the epoch at which the newest of it arrived. */
  readonly recordedAt: number;
}

const HEADER_BYTES = 19;
/** Two bytes say how many fields; each has four bytes for its length before it. */
const ROW_BYTES = 2 + 3 * (4 + 4) + 13 * (4 + 8);

/**
 * Every hour of every agent in [from, to), in the order of agent, key and hour. It comes as a binary
 * copy of the columns as they are: hundreds of thousands of rows are read every hour, and parsing them
 * as text takes longer than judging them. A copy takes no parameters; what is written into it are
 * integers.
 */
export async function readHours(
  tx: Tx,
  at: { orgId: number; from: number; to: number },
  each: (row: HourRow) => void,
): Promise<void> {
  const numbers = [at.orgId, at.from, at.to];
  invariant(numbers.every(Number.isSafeInteger), "a copy is told only integers");
  await tx.query("set local work_mem = '128MB'");
  const stream = tx.query(
    copyTo(`copy (
      select agent_id, case when agent_id = 0 then key_id else 0 end, model_id, hour,
        last_recorded_at, requests, input_tokens, cache_read_tokens, output_tokens, cost, list_cost,
        unpriced_requests, reported_cost, reported_requests, input_cost, cache_read_cost
      from rollup_hour
      where org_id = ${at.orgId} and hour >= to_timestamp(${at.from}::float8 * 3600)
        and hour < to_timestamp(${at.to}::float8 * 3600) and (agent_id <> 0 or key_id <> 0)
      order by 1, 2, 4
    ) to stdout (format binary)`),
  );
  let rest: Buffer = Buffer.alloc(0);
  let skip = HEADER_BYTES;
  for await (const chunk of stream) {
    invariant(Buffer.isBuffer(chunk), "a copy gives bytes");
    const bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (bytes.length < skip) {
      rest = bytes;
      continue;
    }
    let place = skip;
    skip = 0;
    for (; place + ROW_BYTES <= bytes.length; place += ROW_BYTES) each(rowAt(bytes, place));
    rest = bytes.subarray(place);
  }
}

const TWO_TO_32 = 4_294_967_296;
/** Postgres counts microseconds from the year 2000. */
const MS_TO_2000 = 946_684_800_000;
const NANO = 1e9;
const LONG = 2 + 3 * 8 + 4;

function longAt(bytes: Buffer, place: number, index: number): number {
  const at = place + LONG + index * 12;
  return bytes.readInt32BE(at) * TWO_TO_32 + bytes.readUInt32BE(at + 4);
}

/** Exact up to 2^53: $9 million or 9e15 tokens in an hour. */
function rowAt(bytes: Buffer, place: number): HourRow {
  const requests = longAt(bytes, place, 2);
  return {
    agentId: bytes.readInt32BE(place + 6),
    keyId: bytes.readInt32BE(place + 14),
    model: bytes.readInt32BE(place + 22),
    hour: (longAt(bytes, place, 0) / 1_000 + MS_TO_2000) / 3_600_000,
    recordedAt: longAt(bytes, place, 1) / 1_000 + MS_TO_2000,
    requests,
    inputTokens: longAt(bytes, place, 3),
    cacheReadTokens: longAt(bytes, place, 4),
    outputTokens: longAt(bytes, place, 5),
    cost: longAt(bytes, place, 6) / NANO,
    list: longAt(bytes, place, 8) === 0 ? longAt(bytes, place, 7) / NANO : undefined,
    reported:
      longAt(bytes, place, 10) === requests && requests > 0
        ? longAt(bytes, place, 9) / NANO
        : undefined,
    inputCost: longAt(bytes, place, 11) / NANO,
    cacheReadCost: longAt(bytes, place, 12) / NANO,
  };
}

/** Which agent, or key of spend without one, in which hour. */
export interface SeriesHour {
  readonly agentId: number;
  readonly keyId: number;
  readonly hour: number;
}

export interface PartRow extends SeriesHour {
  readonly kind: "key" | "model";
  readonly id: number;
  /** Dollars of the hour, and of a usual hour of the week before. */
  readonly cost: number;
  readonly usual: number;
}

/** Keys and models behind hours that stand out, with what they usually cost. */
export async function listParts(
  db: Db,
  orgId: number,
  hours: readonly SeriesHour[],
): Promise<PartRow[]> {
  if (hours.length === 0) return [];
  const { rows } = await db.query<PartRow>(
    `with wanted as (
       select * from unnest($2::int[], $3::int[], $4::int[]) as w (agent, key, hour)),
     parts as (
       select w.agent, w.key, w.hour as at, p.kind, p.id, r.cost,
         r.hour = to_timestamp(w.hour::float8 * 3600) as now
       from wanted w
       join rollup_hour r on r.org_id = $1 and r.agent_id = w.agent
         and (w.key = 0 or r.key_id = w.key)
         and r.hour <= to_timestamp(w.hour::float8 * 3600)
         and r.hour >= to_timestamp((w.hour - 168)::float8 * 3600)
         -- Both bounds of all of them, so that the index is entered once.
         and r.hour <= to_timestamp($5::float8 * 3600)
         and r.hour >= to_timestamp($6::float8 * 3600)
       cross join lateral (values ('key', r.key_id), ('model', r.model_id)) p (kind, id))
     select agent as "agentId", key as "keyId", at as hour, kind, id,
       coalesce(sum(cost) filter (where now), 0)::float8 / 1e9 as cost,
       coalesce(sum(cost) filter (where not now), 0)::float8 / 168e9 as usual
     from parts group by agent, key, at, kind, id`,
    [
      orgId,
      hours.map(({ agentId }) => agentId),
      hours.map(({ keyId }) => keyId),
      hours.map(({ hour }) => hour),
      Math.max(...hours.map(({ hour }) => hour)),
      Math.min(...hours.map(({ hour }) => hour)) - 168,
    ],
  );
  return rows;
}

export interface CallerRow {
  readonly agentId: number;
  readonly hour: number;
  /** Distinct people, end users and customers; 0 where the entries name none. */
  readonly callers: number;
}

/** Who was behind the requests of some agents in some hours: distinct, as far as entries say. */
export async function listCallers(
  db: Db,
  orgId: number,
  agentIds: readonly number[],
  hours: readonly number[],
): Promise<CallerRow[]> {
  const { rows } = await db.query<CallerRow>(
    `select e.agent_id as "agentId", w.hour,
       count(distinct case when e.end_user is not null then 'u' || e.end_user
         when e.person_id <> 0 then 'p' || e.person_id
         when e.customer_id <> 0 then 'c' || e.customer_id end)::int as callers
     from unnest($3::int[]) as w (hour)
     cross join lateral (
       select to_timestamp(w.hour::float8 * 3600) as start) s
     join ledger_entry e on e.org_id = $1 and e.agent_id = any ($2::int[])
       and e.day = (s.start at time zone 'UTC')::date
       and e.occurred_at >= s.start and e.occurred_at < s.start + interval '1 hour'
       and e.kind <> 'correction'
     group by 1, 2`,
    [orgId, agentIds, hours],
  );
  return rows;
}

/** Environments behind an agent's hour, by their share of its cost. */
export async function listEnvironments(
  db: Db,
  orgId: number,
  of: { readonly agentId: number; readonly hour: number },
): Promise<{ id: number; cost: number }[]> {
  const start = new Date(of.hour * 3_600_000);
  const { rows } = await db.query<{ id: number; cost: number }>(
    `select environment_id as id, sum(cost)::float8 / 1e9 as cost from ledger_entry
     where org_id = $1 and agent_id = $2 and day = ($3::timestamptz at time zone 'UTC')::date
       and occurred_at >= $3 and occurred_at < $3 + interval '1 hour' and environment_id <> 0
       and kind <> 'correction'
     group by 1 having sum(cost) > 0`,
    [orgId, of.agentId, start],
  );
  return rows;
}

/** The scope that paid most for a key's spend that names no agent: a project, else a team, else 0. */
export async function findKeyScope(db: Db, orgId: number, keyId: number): Promise<number> {
  const { rows } = await db.query<{ id: number }>(
    `select coalesce(nullif(project_id, 0), team_id) as id from rollup_day
     where org_id = $1 and key_id = $2 group by 1 order by sum(cost) desc limit 1`,
    [orgId, keyId],
  );
  return rows[0]?.id ?? 0;
}
