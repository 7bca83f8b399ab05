import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import type { FindingSubject } from "./schema.ts";

/** What a day cost by model and key, of the deepest scope it resolves to, else its key or provider. */
export interface BillDayRow {
  readonly subjectKind: Extract<FindingSubject["kind"], "scope" | "key" | "provider">;
  readonly subjectId: number;
  /** Days since 1970-01-01. */
  readonly day: number;
  readonly modelId: number;
  readonly keyId: number;
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Dollars, for comparing. */
  readonly cost: number;
  /** Null where a part of the tokens has no list price. A line without tokens costs what it lists. */
  readonly list: number | null;
}

const SCOPE = "coalesce(nullif(agent_id, 0), nullif(project_id, 0), team_id)";
const SUBJECT_KIND = `case when ${SCOPE} <> 0 then 'scope' when key_id <> 0 then 'key'
  else 'provider' end`;
const SUBJECT_ID = `case when ${SCOPE} <> 0 then ${SCOPE} when key_id <> 0 then key_id
  else provider_id end`;

const ROWS = `select ${SUBJECT_KIND} as "subjectKind", ${SUBJECT_ID} as "subjectId",
    (local_day - date '1970-01-01') as day, model_id as "modelId", key_id as "keyId",
    sum(requests)::float8 as requests, sum(input_tokens)::float8 as "inputTokens",
    sum(output_tokens)::float8 as "outputTokens",
    sum(cost - reconciliation_cost)::float8 / 1e9 as cost,
    case when not bool_or(unpriced_tokens > 0 or unpriced_requests > 0
        or (input_tokens + output_tokens > 0 and list_cost = 0))
      then sum(case when input_tokens + output_tokens = 0 then cost else list_cost end)::float8
    end / 1e9 as list
  from rollup_day
  where org_id = $1 and local_day >= $2 and local_day < $3`;
const GROUPED = "group by 1, 2, 3, 4, 5 order by 1, 2, 3";

/** The days in [from, to) of everything that a bill said. */
export async function listBilledDays(
  tx: Tx,
  at: { readonly orgId: number; readonly from: Day; readonly to: Day },
): Promise<BillDayRow[]> {
  const { rows } = await tx.query<BillDayRow>(`${ROWS} and billed_cost <> 0 ${GROUPED}`, [
    at.orgId,
    at.from,
    at.to,
  ]);
  return rows;
}

/** The same of what was metered, for agents and for keys of spend that names no agent. */
export async function listMeteredDays(
  tx: Tx,
  at: {
    readonly orgId: number;
    readonly from: Day;
    readonly to: Day;
    readonly agentIds: readonly number[];
    readonly keyIds: readonly number[];
  },
): Promise<BillDayRow[]> {
  if (at.agentIds.length + at.keyIds.length === 0) return [];
  const { rows } = await tx.query<BillDayRow>(
    `${ROWS} and billed_cost = 0
       and (agent_id = any ($4::int[]) or (agent_id = 0 and key_id = any ($5::int[]))) ${GROUPED}`,
    [at.orgId, at.from, at.to, at.agentIds, at.keyIds],
  );
  return rows;
}

/** Whether a bill of one of the days from there on came, or was restated, since then. */
export async function hasBilledSince(
  tx: Tx,
  at: { readonly orgId: number; readonly from: Day; readonly since: Date },
): Promise<boolean> {
  const { rows } = await tx.query<{ found: boolean }>(
    `select exists (select from rollup_day where org_id = $1 and local_day >= $2
       and billed_cost <> 0 and last_recorded_at >= $3) as found`,
    [at.orgId, at.from, at.since],
  );
  return rows[0]?.found === true;
}

/** Dollars of a day that no usage caused: seats, fees, taxes, credits. They come once a month. */
export async function findStandingCharges(
  db: Db,
  orgId: number,
  of: { readonly subject: Pick<BillDayRow, "subjectKind" | "subjectId">; readonly day: number },
): Promise<number> {
  const { subjectId, subjectKind } = of.subject;
  const { rows } = await db.query<{ cost: number }>(
    `select coalesce(sum(cost), 0)::float8 / 1e9 as cost from ledger_entry
     where org_id = $1 and day between date '1970-01-01' + $2::int - 1
         and date '1970-01-01' + $2::int + 1
       and local_day = date '1970-01-01' + $2::int
       and kind in ('seat', 'fee', 'tax', 'credit', 'refund')
       and ${SUBJECT_KIND} = $3 and ${SUBJECT_ID} = $4`,
    [orgId, of.day, subjectKind, subjectId],
  );
  return rows[0]?.cost ?? 0;
}
