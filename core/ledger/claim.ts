import type { Tx } from "#core/db/db.ts";
import type { Period } from "#core/time.ts";
import type { Chain } from "./attribution.ts";
import { book } from "./book.ts";
import { DIMENSION_SET, HAS_SUM, MOVED_COLUMNS, type MovedRow, movedPair } from "./moved-pair.ts";

/** Which spend changes hands: everything of the chain (0 = unattributed there) that matches. */
export interface Claim {
  readonly orgId: number;
  /** Unique per claim; sending the same claim twice changes nothing the second time. */
  readonly claimId: string;
  readonly from: Chain;
  readonly to: Chain;
  /** Half-open local days. */
  readonly period: Period;
  readonly keyId?: number;
  readonly accountId?: number;
  readonly providerId?: number;
  readonly recordedAt: Date;
}

export interface ClaimResult {
  /** Days and dimension sets that moved. */
  readonly moved: number;
  readonly requests: bigint;
  readonly cost: bigint;
}

/**
 * Moves spend by appending, per day and dimension set, one entry that reverses it and one that
 * books it on the new chain (design.md 4.6). Entries stay as they are; the sums follow.
 */
export async function appendClaim(tx: Tx, claim: Claim): Promise<ClaimResult> {
  const { rows } = await tx.query<MovedRow>(
    `select ${MOVED_COLUMNS} from ledger_entry
     where org_id = $1 and local_day >= $2::date and local_day < $3::date
       and day >= $2::date - 1 and day <= $3::date
       and team_id = $4 and project_id = $5 and agent_id = $6
       and ($7::int is null or key_id = $7) and ($8::int is null or account_id = $8)
       and ($9::int is null or provider_id = $9)
       and not (source = 'claim' and starts_with(external_id, $10 || ':'))
     group by ${DIMENSION_SET} having ${HAS_SUM} order by ${DIMENSION_SET}`,
    [
      claim.orgId,
      claim.period.start,
      claim.period.end,
      claim.from.teamId,
      claim.from.projectId,
      claim.from.agentId,
      claim.keyId ?? null,
      claim.accountId ?? null,
      claim.providerId ?? null,
      claim.claimId,
    ],
  );
  const { claimId, recordedAt, to } = claim;
  const changed = { team_id: to.teamId, project_id: to.projectId, agent_id: to.agentId };
  const by = {
    source: "claim",
    batchId: claimId,
    recordedAt,
    said: `claim ${claimId}`,
    decidedBy: "correction",
  } as const;
  const entries = rows.flatMap((row, index) => movedPair(row, changed, by, index));
  await book(tx, entries);
  return {
    moved: rows.length,
    requests: rows.reduce((sum, row) => sum + (row.request_count ?? 0n), 0n),
    cost: rows.reduce((sum, row) => sum + (row.cost ?? 0n), 0n),
  };
}
