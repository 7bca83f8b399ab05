import type pg from "pg";
import { putCap } from "#core/budgets/caps.ts";
import { transaction } from "#core/db/transaction.ts";
import { putUpstream, upstreamSubject } from "#core/enforcement/upstreams.ts";
import { mintSecret } from "#core/keys/secret.ts";
import { createSecretBox } from "#core/org/secret-box.ts";
import { makeOrganization } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

export interface Company {
  readonly orgId: number;
  readonly secret: string;
}

/** An organisation with one key under a capped team, project and agent, and a cap on the key itself. */
export async function makeCappedCompany(
  pool: pg.Pool,
  owner: pg.Pool,
  args: { name: string; cap: bigint; providerUrl: string; secretKey: string; now: Date },
): Promise<Company> {
  const { name, cap, providerUrl, secretKey, now } = args;
  const orgId = await makeOrganization(owner, name);
  const ids = await makeScopes(owner, orgId, ["payments/disputes/triage"]);
  const person = await owner.query("insert into person (org_id) values ($1) returning id", [orgId]);
  const dimension = await owner.query(
    `insert into dimension_value (org_id, dimension, value) values ($1, 'key', 'bench')
     returning id`,
    [orgId],
  );
  const dimensionId = Number(dimension.rows[0]?.id);
  const key = await owner.query(
    `insert into virtual_key (org_id, name, scope_id, owner_id, use_case, models, ledger_key,
       dimension_id, state, approved_at, lapses_at, changed_at)
     values ($1, 'bench', $2, $3, 'bench', '{}', 'bench', $4, 'active', $5, $5, $5)
     returning id`,
    [orgId, ids.get("payments/disputes/triage"), person.rows[0]?.id, dimensionId, now],
  );
  const { secret, hash } = mintSecret();
  await owner.query(
    "insert into key_secret (org_id, key_id, hash, minted_at) values ($1, $2, $3, $4)",
    [orgId, key.rows[0]?.id, hash, now],
  );
  const subjects = [
    // The chain above is wide enough; the key is what runs out.
    { kind: "scope" as const, id: 0, amount: cap * 4n },
    { kind: "scope" as const, id: ids.get("payments") ?? 0, amount: cap * 3n },
    { kind: "scope" as const, id: ids.get("payments/disputes") ?? 0, amount: cap * 2n },
    { kind: "key" as const, id: dimensionId, amount: cap },
  ];
  const by = { actor: "operator" as const };
  await transaction(pool, async (tx) => {
    for (const { kind, id, amount } of subjects) {
      const subject = { kind, id };
      const rest = { period: "month", enforcement: "hard", timeZone: "UTC" } as const;
      await putCap(tx, { ...rest, orgId, subject, amount, reason: "bench", by, now });
    }
  });
  const sealedSecret = createSecretBox(secretKey).seal(
    "sk-bench",
    upstreamSubject(orgId, "openai"),
  );
  const upstream = {
    name: "openai",
    provider: "openai",
    baseUrl: `${providerUrl}/v1`,
    auth: "bearer",
    sealedSecret,
    defaultOutputLimit: 1_000,
    onAbort: "cancel",
    tokensPerSecond: 1_000,
    allowPrivate: true,
  } as const;
  await putUpstream(pool, { orgId, upstream, by, now });
  return { orgId, secret };
}
