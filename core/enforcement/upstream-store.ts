import type { Db, Tx } from "../db/db.ts";
import { StoredUpstream } from "./schema.ts";

const COLUMNS = `name, provider, base_url as "baseUrl", auth, sealed_secret as "sealedSecret",
  default_output_limit as "defaultOutputLimit", on_abort as "onAbort",
  tokens_per_second as "tokensPerSecond", allow_private as "allowPrivate"`;

export async function selectUpstreams(db: Db, orgId: number): Promise<StoredUpstream[]> {
  const { rows } = await db.query(
    `select ${COLUMNS} from gateway_upstream where org_id = $1 order by name`,
    [orgId],
  );
  return rows.map((row) => StoredUpstream.parse(row));
}

export async function saveUpstream(
  tx: Tx,
  orgId: number,
  upstream: StoredUpstream,
  now: Date,
): Promise<void> {
  await tx.query(
    `insert into gateway_upstream (org_id, name, provider, base_url, auth, sealed_secret,
       default_output_limit, on_abort, tokens_per_second, allow_private, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (org_id, name) do update set provider = $3, base_url = $4, auth = $5,
       sealed_secret = $6, default_output_limit = $7, on_abort = $8, tokens_per_second = $9,
       allow_private = $10, changed_at = $11`,
    [
      orgId,
      upstream.name,
      upstream.provider,
      upstream.baseUrl,
      upstream.auth,
      upstream.sealedSecret,
      upstream.defaultOutputLimit,
      upstream.onAbort,
      upstream.tokensPerSecond,
      upstream.allowPrivate,
      now,
    ],
  );
}

export async function deleteUpstream(tx: Tx, orgId: number, name: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    "delete from gateway_upstream where org_id = $1 and name = $2",
    [orgId, name],
  );
  return rowCount === 1;
}

/**
 * Everything that a gateway keeps in memory of an organisation, as one short text: when it differs,
 * something was changed.
 */
export async function selectFingerprint(db: Db, orgId: number): Promise<string> {
  const { rows } = await db.query<{ fingerprint: string }>(
    `select concat_ws(' ',
       (select revision from organization where id = $1),
       (select concat(max(changed_at), ' ', count(*)) from virtual_key where org_id = $1),
       (select concat(max(id), ' ', count(ended_at), ' ', count(expires_at)) from key_secret
         where org_id = $1),
       (select concat(max(id), ' ', count(lifted_at)) from traffic_block where org_id = $1),
       (select concat(max(id), ' ', count(ended_at)) from cap_raise where org_id = $1),
       (select concat(max(id), ' ', count(*)) from budget
         where org_id = $1 and kind = 'cap' and state = 'live'),
       (select concat(max(changed_at), ' ', count(*)) from gateway_upstream where org_id = $1)
     ) as fingerprint`,
    [orgId],
  );
  return rows[0]?.fingerprint ?? "";
}
