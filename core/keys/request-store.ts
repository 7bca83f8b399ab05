import type { Db, Tx } from "../db/db.ts";
import { present } from "./key-store.ts";
import { KeyApproval, KeyRequest, type RequestState } from "./schema.ts";

interface Row {
  readonly [column: string]: unknown;
}

const REQUEST = `org_id as "orgId", id, kind, state, requested_by as "requestedBy",
  requested_at as "requestedAt", scope_id as "scopeId", owner_id as "ownerId", service, name,
  use_case as "useCase", environment, ci_job as "ciJob", models, cap_amount as "capAmount",
  cap_period as "capPeriod", until_day as "untilDay", key_id as "keyId",
  granted_cap as "grantedCap", granted_models as "grantedModels", granted_until as "grantedUntil",
  approvals_needed as "approvalsNeeded", decided_by as "decidedBy", decided_at as "decidedAt",
  decision_reason as "decisionReason", reminded_at as "remindedAt", escalated_at as "escalatedAt"`;

function requestOf(row: Row): KeyRequest {
  return KeyRequest.parse(present(row));
}

export async function selectRequest(
  db: Db,
  orgId: number,
  id: number,
): Promise<KeyRequest | undefined> {
  const { rows } = await db.query<Row>(
    `select ${REQUEST} from key_request where org_id = $1 and id = $2`,
    [orgId, id],
  );
  return rows[0] && requestOf(rows[0]);
}

export async function lockRequest(
  tx: Tx,
  orgId: number,
  id: number,
): Promise<KeyRequest | undefined> {
  const { rows } = await tx.query<Row>(
    `select ${REQUEST} from key_request where org_id = $1 and id = $2 for update`,
    [orgId, id],
  );
  return rows[0] && requestOf(rows[0]);
}

export async function selectPending(db: Db, orgId: number): Promise<KeyRequest[]> {
  const { rows } = await db.query<Row>(
    `select ${REQUEST} from key_request where org_id = $1 and state = 'pending' order by id`,
    [orgId],
  );
  return rows.map(requestOf);
}

/** What a person asked for, the newest first. */
export async function selectRequestsOf(
  db: Db,
  orgId: number,
  personId: number,
  limit: number,
): Promise<KeyRequest[]> {
  const { rows } = await db.query<Row>(
    `select ${REQUEST} from key_request where org_id = $1 and requested_by = $2
     order by id desc limit $3`,
    [orgId, personId, limit],
  );
  return rows.map(requestOf);
}

export type NewRequest = Pick<
  KeyRequest,
  | "orgId"
  | "kind"
  | "requestedBy"
  | "requestedAt"
  | "scopeId"
  | "ownerId"
  | "service"
  | "name"
  | "useCase"
  | "environment"
  | "ciJob"
  | "models"
  | "capAmount"
  | "capPeriod"
  | "untilDay"
  | "keyId"
  | "approvalsNeeded"
>;

/** Undefined: a request of that name and kind is open already. */
export async function insertRequest(tx: Tx, request: NewRequest): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into key_request (org_id, kind, state, requested_by, requested_at, scope_id, owner_id,
       service, name, use_case, environment, ci_job, models, cap_amount, cap_period, until_day,
       key_id, approvals_needed)
     values ($1, $2, 'pending', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (org_id, name, kind) where state = 'pending' do nothing
     returning id`,
    [
      request.orgId,
      request.kind,
      request.requestedBy,
      request.requestedAt,
      request.scopeId,
      request.ownerId,
      request.service,
      request.name,
      request.useCase,
      request.environment,
      request.ciJob,
      request.models,
      request.capAmount,
      request.capPeriod,
      request.untilDay,
      request.keyId,
      request.approvalsNeeded,
    ],
  );
  return rows[0]?.id;
}

/** Names of keys and open requests that begin so: for the next free one. */
export async function selectNamesLike(db: Db, orgId: number, stem: string): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `select name from virtual_key where org_id = $1 and starts_with(name, $2)
     union select name from key_request
     where org_id = $1 and starts_with(name, $2) and state = 'pending' and kind = 'issue'`,
    [orgId, stem],
  );
  return rows.map(({ name }) => name);
}

export async function updateGranted(
  tx: Tx,
  request: Pick<
    KeyRequest,
    "orgId" | "id" | "grantedCap" | "grantedModels" | "grantedUntil" | "approvalsNeeded"
  >,
): Promise<void> {
  await tx.query(
    `update key_request set granted_cap = $3, granted_models = $4, granted_until = $5,
       approvals_needed = $6
     where org_id = $1 and id = $2`,
    [
      request.orgId,
      request.id,
      request.grantedCap,
      request.grantedModels,
      request.grantedUntil,
      request.approvalsNeeded,
    ],
  );
}

/** Ends a request, once: false when it is not in `from` any more. */
export async function decide(
  tx: Tx,
  args: {
    orgId: number;
    id: number;
    from: RequestState;
    to: RequestState;
    by: number | undefined;
    reason: string | undefined;
    keyId?: number;
    now: Date;
  },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update key_request set state = $4, decided_by = $5, decided_at = $6,
       decision_reason = coalesce($7, decision_reason), key_id = coalesce($8, key_id)
     where org_id = $1 and id = $2 and state = $3`,
    [
      args.orgId,
      args.id,
      args.from,
      args.to,
      args.by ?? null,
      args.now,
      args.reason ?? null,
      args.keyId ?? null,
    ],
  );
  return rowCount === 1;
}

export async function markReminded(
  tx: Tx,
  args: { orgId: number; id: number; at: Date; escalated: boolean },
): Promise<void> {
  await tx.query(
    `update key_request set reminded_at = coalesce(reminded_at, $3),
       escalated_at = case when $4 then coalesce(escalated_at, $3) else escalated_at end
     where org_id = $1 and id = $2`,
    [args.orgId, args.id, args.at, args.escalated],
  );
}

export async function insertApproval(
  tx: Tx,
  approval: KeyApproval & { orgId: number },
): Promise<void> {
  await tx.query(
    `insert into key_approval (org_id, request_id, person_id, part, role, held_at, self_approval,
       approved_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      approval.orgId,
      approval.requestId,
      approval.personId,
      approval.part,
      approval.role,
      approval.heldAt,
      approval.selfApproval,
      approval.approvedAt,
    ],
  );
}

export async function selectApprovals(
  db: Db,
  orgId: number,
  requestId: number,
): Promise<KeyApproval[]> {
  const { rows } = await db.query<Row>(
    `select request_id as "requestId", person_id as "personId", part, role, held_at as "heldAt",
       self_approval as "selfApproval", approved_at as "approvedAt"
     from key_approval where org_id = $1 and request_id = $2 order by approved_at, part`,
    [orgId, requestId],
  );
  return rows.map((row) => KeyApproval.parse(row));
}

export async function selectIdsOfScopes(
  db: Db,
  orgId: number,
  scopeIds: readonly number[],
): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>(
    "select id from key_request where org_id = $1 and scope_id = any($2::int[]) order by id",
    [orgId, scopeIds],
  );
  return rows.map(({ id }) => id);
}
