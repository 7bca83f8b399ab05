import type { Db, Tx } from "../db/db.ts";
import type { ScopeChain } from "../org/attribution-rule.ts";
import type { Period } from "../time.ts";
import type { LineFacts, PaidBefore } from "./likely-owner.ts";
import { Dispute } from "./schema.ts";

const COLUMNS = `org_id as "orgId", id, claim_id as "claimId", team_id as "teamId",
  project_id as "projectId", agent_id as "agentId", key_id as "keyId",
  period_start as "periodStart", period_end as "periodEnd", cost, reason, raised_by as "raisedBy",
  raised_at as "raisedAt", asked_scope_id as "askedScopeId", because, declined,
  expires_at as "expiresAt", state, settled_by as "settledBy", settled_at as "settledAt",
  settled_scope_id as "settledScopeId"`;

/** A line of a showback; the key tells lines without an agent apart. */
export interface Line {
  readonly chain: ScopeChain;
  readonly keyId: number | null;
  readonly agent: string | null;
  readonly key: string | null;
  readonly project: string | null;
  readonly cost: bigint;
}

/** The lines of a team over a period, the dearest first; at most 100. */
export async function listLines(
  db: Db,
  args: { orgId: number; teamId: number; period: Period },
): Promise<Line[]> {
  const { rows } = await db.query<Omit<Line, "chain"> & ScopeChain>(
    `select t.*, a.key as agent, p.key as project, k.value as key
     from (select team_id as "teamId", project_id as "projectId", agent_id as "agentId",
         case when agent_id = 0 then key_id end as "keyId", sum(cost)::bigint as cost
       from rollup_day
       where org_id = $1 and team_id = $2 and local_day >= $3::date and local_day < $4::date
       group by 1, 2, 3, 4) t
     left join scope a on a.org_id = $1 and a.id = t."agentId"
     left join scope p on p.org_id = $1 and p.id = t."projectId"
     left join dimension_value k on k.org_id = $1 and k.dimension = 'key' and k.id = t."keyId"
     where t.cost > 0
     order by t.cost desc, t."projectId", t."agentId", t."keyId" limit 100`,
    [args.orgId, args.teamId, args.period.start, args.period.end],
  );
  return rows.map(({ teamId, projectId, agentId, ...line }) => ({
    ...line,
    chain: { teamId, projectId, agentId },
  }));
}

/** The names of a line, whether anything of it is left or not. */
export async function findLineNames(
  db: Db,
  of: { orgId: number; projectId: number; agentId: number; keyId: number | null },
): Promise<Pick<Line, "agent" | "key" | "project">> {
  const { rows } = await db.query<Pick<Line, "agent" | "key" | "project">>(
    `select (select key from scope where org_id = $1 and id = $2) as project,
       (select key from scope where org_id = $1 and id = $3) as agent,
       (select value from dimension_value
        where org_id = $1 and dimension = 'key' and id = $4) as key`,
    [of.orgId, of.projectId, of.agentId, of.keyId],
  );
  return rows[0] ?? { agent: null, key: null, project: null };
}

interface Of {
  readonly orgId: number;
  readonly chain: ScopeChain;
  readonly keyId: number | null;
  readonly period: Period;
}

/** What the calls of a line say of themselves: its twenty dearest kinds. */
export async function listFacts(db: Db, of: Of): Promise<LineFacts[]> {
  const { rows } = await db.query<Record<string, string | null> & { cost: bigint }>(
    `select p.value as provider, m.value as model, k.value as key, c.value as account,
       w.value as workflow, e.value as environment, a.key as agent, sum(t.cost)::bigint as cost
     from ledger_entry t
     ${["provider p", "model m", "key k", "account c", "workflow w", "environment e"]
       .map((one) => {
         const [name, alias] = one.split(" ");
         return `left join dimension_value ${alias} on ${alias}.org_id = t.org_id
           and ${alias}.dimension = '${name}' and ${alias}.id = t.${name}_id`;
       })
       .join("\n     ")}
     left join scope a on a.org_id = t.org_id and a.id = t.agent_id
     where t.org_id = $1 and t.team_id = $2 and t.project_id = $3 and t.agent_id = $4
       and ($5::int is null or t.key_id = $5)
       and t.local_day >= $6::date and t.local_day < $7::date
       and t.day >= $6::date - 1 and t.day <= $7::date
     group by 1, 2, 3, 4, 5, 6, 7 order by 8 desc limit 20`,
    [
      of.orgId,
      of.chain.teamId,
      of.chain.projectId,
      of.chain.agentId,
      of.keyId,
      of.period.start,
      of.period.end,
    ],
  );
  return rows.map((row) => ({
    provider: row.provider ?? "",
    model: row.model ?? "",
    key: row.key ?? undefined,
    account: row.account ?? undefined,
    workflow: row.workflow ?? undefined,
    environment: row.environment ?? undefined,
    agent: row.agent ?? undefined,
    cost: row.cost,
  }));
}

/** Who else paid for the keys of the line in the 90 days before its end. */
export async function listPaidBefore(db: Db, of: Of): Promise<PaidBefore[]> {
  const { rows } = await db.query<ScopeChain & { key: string; cost: bigint }>(
    `with own as (
       select distinct key_id from rollup_day
       where org_id = $1 and team_id = $2 and project_id = $3 and agent_id = $4 and key_id <> 0
         and ($5::int is null or key_id = $5)
         and local_day >= $6::date and local_day < $7::date)
     select t.team_id as "teamId", t.project_id as "projectId", t.agent_id as "agentId",
       k.value as key, sum(t.cost)::bigint as cost
     from rollup_day t join own on own.key_id = t.key_id
     join dimension_value k on k.org_id = t.org_id and k.dimension = 'key' and k.id = t.key_id
     where t.org_id = $1 and t.team_id <> $2 and t.team_id <> 0
       and t.local_day >= $7::date - 90 and t.local_day < $7::date
     group by 1, 2, 3, 4 having sum(t.cost) > 0 order by 5 desc limit 20`,
    [
      of.orgId,
      of.chain.teamId,
      of.chain.projectId,
      of.chain.agentId,
      of.keyId,
      of.period.start,
      of.period.end,
    ],
  );
  return rows.map(({ key, cost, ...chain }) => ({ chain, key, cost }));
}

export type NewDispute = Omit<
  Dispute,
  "id" | "declined" | "settledBy" | "settledAt" | "settledScopeId"
>;

/** Undefined where the line is disputed already. */
export async function insertDispute(tx: Tx, of: NewDispute): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into spend_dispute (org_id, claim_id, team_id, project_id, agent_id, key_id,
       period_start, period_end, cost, reason, raised_by, raised_at, asked_scope_id, because,
       expires_at, state)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     on conflict do nothing returning id`,
    [
      of.orgId,
      of.claimId,
      of.teamId,
      of.projectId,
      of.agentId,
      of.keyId,
      of.periodStart,
      of.periodEnd,
      of.cost,
      of.reason,
      of.raisedBy,
      of.raisedAt,
      of.askedScopeId,
      of.because,
      of.expiresAt,
      of.state,
    ],
  );
  return rows[0]?.id;
}

/** Held until the transaction ends: of two presses at once the second sees what the first did. */
export async function lockDispute(tx: Tx, orgId: number, id: number): Promise<Dispute | undefined> {
  const { rows } = await tx.query(
    `select ${COLUMNS} from spend_dispute where org_id = $1 and id = $2 for update`,
    [orgId, id],
  );
  return rows[0] === undefined ? undefined : Dispute.parse(rows[0]);
}

/** Closes what nobody answered in time, so that the line can be disputed anew. */
export async function expireDisputes(tx: Tx, orgId: number, now: Date): Promise<number> {
  const { rowCount } = await tx.query(
    `update spend_dispute set state = 'expired', settled_at = $2
     where org_id = $1 and state = 'asked' and expires_at <= $2`,
    [orgId, now],
  );
  return rowCount ?? 0;
}

export async function askNext(
  tx: Tx,
  args: {
    orgId: number;
    id: number;
    askedScopeId: number | null;
    because: string;
    declined: readonly number[];
    expiresAt: Date;
  },
): Promise<void> {
  await tx.query(
    `update spend_dispute set asked_scope_id = $3, because = $4, declined = $5, expires_at = $6,
       state = case when $3::int is null then 'unowned' else 'asked' end
     where org_id = $1 and id = $2 and state in ('asked', 'unowned')`,
    [args.orgId, args.id, args.askedScopeId, args.because, args.declined, args.expiresAt],
  );
}

export async function acceptDispute(
  tx: Tx,
  args: { orgId: number; id: number; by: number; scopeId: number; now: Date },
): Promise<void> {
  await tx.query(
    `update spend_dispute set state = 'accepted', settled_by = $3, settled_at = $4,
       settled_scope_id = $5
     where org_id = $1 and id = $2 and state in ('asked', 'unowned')`,
    [args.orgId, args.id, args.by, args.now, args.scopeId],
  );
}

/** Open ones and what was settled since the instant; the newest first. */
export async function listDisputes(
  db: Db,
  orgId: number,
  settledSince: Date,
  limit: number,
): Promise<Dispute[]> {
  const { rows } = await db.query(
    `select ${COLUMNS} from spend_dispute
     where org_id = $1 and (state in ('asked', 'unowned') or settled_at >= $2)
     order by id desc limit $3`,
    [orgId, settledSince, limit],
  );
  return rows.map((row) => Dispute.parse(row));
}
