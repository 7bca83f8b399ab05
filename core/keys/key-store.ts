import type { Db, Tx } from "../db/db.ts";
import { touchOrganisation } from "../org/revision.ts";
import { KeySecret, type KeyState, VirtualKey } from "./schema.ts";

interface Row {
  readonly [column: string]: unknown;
}

/** Columns that are null are absent. */
export function present(row: Row): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

const KEY = `k.org_id as "orgId", k.id, k.name, k.request_id as "requestId",
  k.scope_id as "scopeId",
  k.owner_id as "ownerId", k.service, k.use_case as "useCase", k.environment, k.ci_job as "ciJob",
  k.cost_centre as "costCentre", k.models, k.allow_unbounded as "allowUnbounded",
  k.requests_per_minute as "requestsPerMinute", k.gateway, k.external_id as "externalId",
  k.ledger_key as "ledgerKey", k.dimension_id as "dimensionId", k.state,
  k.approved_at as "approvedAt", k.lapses_at as "lapsesAt", k.revealed_at as "revealedAt",
  k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt", k.ended_at as "endedAt",
  k.changed_at as "changedAt"`;

function keyOf(row: Row): VirtualKey {
  return VirtualKey.parse(present(row));
}

/** By the sha256 of a secret that still counts; the one look-up without an organisation. */
export async function selectKeyByHash(
  db: Db,
  hash: Buffer,
  now: Date,
): Promise<VirtualKey | undefined> {
  const { rows } = await db.query<Row>(
    `select ${KEY} from key_secret s
     join virtual_key k on k.org_id = s.org_id and k.id = s.key_id
     where s.hash = $1 and s.ended_at is null and (s.expires_at is null or s.expires_at > $2)`,
    [hash, now],
  );
  return rows[0] && keyOf(rows[0]);
}

/** Newest first; `scopeIds` empty = all of the organisation. */
export async function selectKeys(
  db: Db,
  args: { orgId: number; scopeIds: readonly number[]; states: readonly KeyState[]; limit: number },
): Promise<VirtualKey[]> {
  const { rows } = await db.query<Row>(
    `select ${KEY} from virtual_key k
     where k.org_id = $1 and (cardinality($2::int[]) = 0 or k.scope_id = any ($2))
       and (cardinality($3::text[]) = 0 or k.state = any ($3))
     order by k.approved_at desc, k.id desc limit $4`,
    [args.orgId, args.scopeIds, args.states, args.limit],
  );
  return rows.map(keyOf);
}

export async function selectKeyByName(
  db: Db,
  orgId: number,
  name: string,
): Promise<VirtualKey | undefined> {
  const { rows } = await db.query<Row>(
    `select ${KEY} from virtual_key k where k.org_id = $1 and k.name = $2`,
    [orgId, name],
  );
  return rows[0] && keyOf(rows[0]);
}

export async function selectKey(
  db: Db,
  orgId: number,
  id: number,
): Promise<VirtualKey | undefined> {
  const { rows } = await db.query<Row>(
    `select ${KEY} from virtual_key k where k.org_id = $1 and k.id = $2`,
    [orgId, id],
  );
  return rows[0] && keyOf(rows[0]);
}

/** Locks the row: two who press at once follow each other. */
export async function lockKey(tx: Tx, orgId: number, id: number): Promise<VirtualKey | undefined> {
  const { rows } = await tx.query<Row>(
    `select ${KEY} from virtual_key k where k.org_id = $1 and k.id = $2 for update`,
    [orgId, id],
  );
  return rows[0] && keyOf(rows[0]);
}

export type NewKey = Omit<
  VirtualKey,
  "id" | "revealedAt" | "lastUsedAt" | "endedAt" | "externalId" | "changedAt"
>;

export async function insertKey(tx: Tx, key: NewKey): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into virtual_key (org_id, name, request_id, scope_id, owner_id, service, use_case,
       environment, ci_job, cost_centre, models, allow_unbounded, requests_per_minute, gateway,
       ledger_key, dimension_id, state, approved_at, lapses_at, expires_at, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $18)
     returning id`,
    [
      key.orgId,
      key.name,
      key.requestId,
      key.scopeId,
      key.ownerId,
      key.service,
      key.useCase,
      key.environment,
      key.ciJob,
      key.costCentre,
      key.models,
      key.allowUnbounded,
      key.requestsPerMinute,
      key.gateway,
      key.ledgerKey,
      key.dimensionId,
      key.state,
      key.approvedAt,
      key.lapsesAt,
      key.expiresAt,
    ],
  );
  return rows[0]?.id ?? 0;
}

/** The name of a key as a value of the ledger's dimension, made where it is new. */
export async function ensureDimension(tx: Tx, orgId: number, value: string): Promise<number> {
  await tx.query(
    `insert into dimension_value (org_id, dimension, value) values ($1, 'key', $2)
     on conflict (org_id, dimension, value) do nothing`,
    [orgId, value],
  );
  const { rows } = await tx.query<{ id: number }>(
    "select id from dimension_value where org_id = $1 and dimension = 'key' and value = $2",
    [orgId, value],
  );
  return rows[0]?.id ?? 0;
}

export interface KeyChange {
  readonly orgId: number;
  readonly id: number;
  readonly state: KeyState;
  readonly now: Date;
  readonly ended: boolean;
}

export async function updateState(tx: Tx, change: KeyChange): Promise<void> {
  await tx.query(
    `update virtual_key set state = $3, changed_at = $4,
       ended_at = case when $5 then $4 else ended_at end
     where org_id = $1 and id = $2`,
    [change.orgId, change.id, change.state, change.now, change.ended],
  );
}

/** When its first secret was seen; null: it was not, after all. */
export async function markRevealed(
  tx: Tx,
  args: { orgId: number; id: number; at: Date | null },
): Promise<void> {
  await tx.query("update virtual_key set revealed_at = $3 where org_id = $1 and id = $2", [
    args.orgId,
    args.id,
    args.at,
  ]);
}

export async function updateOwner(
  tx: Tx,
  args: { orgId: number; id: number; ownerId: number; now: Date },
): Promise<void> {
  await tx.query(
    "update virtual_key set owner_id = $3, changed_at = $4 where org_id = $1 and id = $2",
    [args.orgId, args.id, args.ownerId, args.now],
  );
}

export async function insertSecret(
  tx: Tx,
  args: { orgId: number; keyId: number; hash: Buffer; now: Date },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into key_secret (org_id, key_id, hash, minted_at) values ($1, $2, $3, $4)
     returning id`,
    [args.orgId, args.keyId, args.hash, args.now],
  );
  return rows[0]?.id ?? 0;
}

/** Whether the key had another secret before this one. */
export async function hasOlderSecret(
  db: Db,
  args: { orgId: number; keyId: number; id: number },
): Promise<boolean> {
  const { rows } = await db.query(
    "select 1 from key_secret where org_id = $1 and key_id = $2 and id < $3 and ended_at is null",
    [args.orgId, args.keyId, args.id],
  );
  return rows.length > 0;
}

/** Secrets that still count, the newest first. */
export async function selectSecrets(
  db: Db,
  args: { orgId: number; keyId: number; now: Date },
): Promise<KeySecret[]> {
  const { rows } = await db.query<Row>(
    `select id, key_id as "keyId", minted_at as "mintedAt", expires_at as "expiresAt"
     from key_secret where org_id = $1 and key_id = $2 and ended_at is null
       and (expires_at is null or expires_at > $3)
     order by minted_at desc, id desc`,
    [args.orgId, args.keyId, args.now],
  );
  return rows.map((row) => KeySecret.parse(present(row)));
}

/** Ends the secrets of a key: all, or the newest alone where it could not be shown. */
export async function endSecrets(
  tx: Tx,
  args: { orgId: number; keyId: number; now: Date; id?: number },
): Promise<void> {
  await tx.query(
    `update key_secret set ended_at = $3
     where org_id = $1 and key_id = $2 and ended_at is null and ($4::int is null or id = $4)`,
    [args.orgId, args.keyId, args.now, args.id ?? null],
  );
}

/** The secrets that there are end at an instant at the latest; what ended before stays ended. */
export async function expireSecrets(
  tx: Tx,
  args: { orgId: number; keyId: number; at: Date },
): Promise<void> {
  await tx.query(
    `update key_secret set expires_at = least(expires_at, $3)
     where org_id = $1 and key_id = $2 and ended_at is null`,
    [args.orgId, args.keyId, args.at],
  );
}

/**
 * Tells every gateway replica, when the transaction commits, that keys, blocks or caps changed.
 * The revision moves too: whoever missed it sees that at the next poll, and no clock decides
 * whether.
 */
export async function notifyGateways(tx: Tx, orgId: number): Promise<void> {
  await touchOrganisation(tx, orgId);
  await tx.query("select pg_notify('aispend_key', $1)", [String(orgId)]);
}

/** Keys whose time is over: not revealed in time, or past their last day. */
export async function selectOverdue(
  db: Db,
  orgId: number,
  now: Date,
): Promise<{ key: VirtualKey; step: "lapse" | "expire" }[]> {
  const { rows } = await db.query<Row>(
    `select ${KEY} from virtual_key k
     where k.org_id = $1 and ((k.state = 'approved' and k.lapses_at <= $2)
       or (k.state in ('approved', 'active', 'suspended') and k.expires_at <= $2))
     order by k.id`,
    [orgId, now],
  );
  return rows.map((row) => {
    const key = keyOf(row);
    const expired = key.expiresAt !== undefined && key.expiresAt <= now;
    return { key, step: expired ? "expire" : "lapse" };
  });
}
