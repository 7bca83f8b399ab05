import type { Db, Tx } from "../db/db.ts";
import { present } from "./key-store.ts";
import { KeyGateway } from "./schema.ts";

interface Row {
  readonly [column: string]: unknown;
}

const GATEWAY = `org_id as "orgId", id, name, kind, base_url as "baseUrl", project, credential,
  is_default as "isDefault", added_at as "addedAt", weak, checked_at as "checkedAt"`;

/** Those that were not taken away. */
export async function selectGateways(db: Db, orgId: number): Promise<KeyGateway[]> {
  const { rows } = await db.query<Row>(
    `select ${GATEWAY} from key_gateway where org_id = $1 and removed_at is null order by id`,
    [orgId],
  );
  return rows.map((row) => KeyGateway.parse(present(row)));
}

/** Undefined: the name is taken. */
export async function insertGateway(
  tx: Tx,
  gateway: Omit<KeyGateway, "id">,
): Promise<number | undefined> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into key_gateway (org_id, name, kind, base_url, project, credential, is_default,
       added_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (org_id, name) where removed_at is null do nothing returning id`,
    [
      gateway.orgId,
      gateway.name,
      gateway.kind,
      gateway.baseUrl,
      gateway.project,
      gateway.credential,
      gateway.isDefault,
      gateway.addedAt,
    ],
  );
  return rows[0]?.id;
}

export async function clearDefault(tx: Tx, orgId: number): Promise<void> {
  await tx.query("update key_gateway set is_default = false where org_id = $1 and is_default", [
    orgId,
  ]);
}

/** Its admin key goes with it. */
export async function removeGateway(
  tx: Tx,
  args: { orgId: number; id: number; now: Date },
): Promise<void> {
  await tx.query(
    `update key_gateway set credential = null, is_default = false, removed_at = $3
     where org_id = $1 and id = $2`,
    [args.orgId, args.id, args.now],
  );
}

export async function saveCheck(
  db: Db,
  args: { orgId: number; id: number; weak: readonly string[]; now: Date },
): Promise<void> {
  await db.query(
    `update key_gateway set weak = $3, checked_at = $4
     where org_id = $1 and id = $2 and removed_at is null`,
    [args.orgId, args.id, args.weak, args.now],
  );
}

export async function saveObservation(
  tx: Db,
  args: {
    orgId: number;
    keyId: number;
    observed: object | undefined;
    drift: readonly string[];
    failure: string | undefined;
    now: Date;
  },
): Promise<void> {
  await tx.query(
    `insert into key_observation (org_id, key_id, observed, drift, failure, seen_at)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (org_id, key_id) do update set
       observed = coalesce(excluded.observed, key_observation.observed), drift = excluded.drift,
       failure = excluded.failure, seen_at = excluded.seen_at`,
    [args.orgId, args.keyId, args.observed, args.drift, args.failure, args.now],
  );
}

export interface Observation {
  readonly drift: readonly string[];
  readonly failure: string | null;
  readonly seenAt: Date;
}

export async function selectObservation(
  db: Db,
  orgId: number,
  keyId: number,
): Promise<Observation | undefined> {
  const { rows } = await db.query<Observation>(
    `select drift, failure, seen_at as "seenAt" from key_observation
     where org_id = $1 and key_id = $2`,
    [orgId, keyId],
  );
  return rows[0];
}

export interface Deviation extends Observation {
  readonly name: string;
  readonly gateway: string;
}

/** Living keys that their gateway made something else of, or that could not be asked for. */
export async function selectDeviations(db: Db, orgId: number): Promise<Deviation[]> {
  const { rows } = await db.query<Deviation>(
    `select k.name, k.gateway, o.drift, o.failure, o.seen_at as "seenAt" from key_observation o
     join virtual_key k on k.org_id = o.org_id and k.id = o.key_id and k.ended_at is null
     where o.org_id = $1 and (cardinality(o.drift) > 0 or o.failure is not null)
     order by k.gateway, k.name`,
    [orgId],
  );
  return rows;
}

/** What a key is called at a driven gateway, and so in the ledger. */
export async function updateDriven(
  tx: Tx,
  args: {
    orgId: number;
    id: number;
    externalId: string;
    ledgerKey: string;
    dimensionId: number;
    now: Date;
  },
): Promise<void> {
  await tx.query(
    `update virtual_key set external_id = $3, ledger_key = $4, dimension_id = $5, changed_at = $6
     where org_id = $1 and id = $2`,
    [args.orgId, args.id, args.externalId, args.ledgerKey, args.dimensionId, args.now],
  );
}
