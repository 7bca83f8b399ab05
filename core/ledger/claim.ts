import type { Tx } from "#core/db/db.ts";
import type { Period } from "#core/time.ts";
import type { Chain } from "./attribution.ts";
import { book } from "./book.ts";
import { SUMMED } from "./correction.ts";
import type { Entry } from "./entry.ts";
import { ENTRY_COLUMNS } from "./entry.ts";

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

const NOT_GROUPED: ReadonlySet<string> = new Set([
  ...SUMMED,
  "external_id",
  "content_hash",
  "occurred_at",
  "recorded_at",
  "source",
  "kind",
  "attributed_by",
  "operation",
  "prompt_revision",
  "session",
  "trace",
  "end_user",
  "latency_ms",
  "system_tokens",
  "retrieval_tokens",
  "history_tokens",
  "tool_tokens",
  "user_tokens",
  "corrects",
  "tags",
]);
const GROUPED = ENTRY_COLUMNS.filter((column) => !NOT_GROUPED.has(column));

/**
 * Moves spend by appending, per day and dimension set, one entry that reverses it and one that
 * books it on the new chain (design.md 4.6). Entries stay as they are; the sums follow.
 */
export async function appendClaim(tx: Tx, claim: Claim): Promise<ClaimResult> {
  const { rows } = await tx.query<GroupRow>(
    `select ${GROUPED.join(", ")}, min(occurred_at) as occurred_at,
            ${SUMMED.map((column) => `sum(${column})::bigint as ${column}`).join(", ")}
     from ledger_entry
     where org_id = $1 and local_day >= $2::date and local_day < $3::date
       and day >= $2::date - 1 and day <= $3::date
       and team_id = $4 and project_id = $5 and agent_id = $6
       and ($7::int is null or key_id = $7) and ($8::int is null or account_id = $8)
       and ($9::int is null or provider_id = $9)
       and not (source = 'claim' and external_id >= $10 || ':' and external_id < $10 || ';')
     group by ${GROUPED.join(", ")}
     having ${SUMMED.map((column) => `coalesce(sum(${column}), 0) <> 0`).join(" or ")}
     order by ${GROUPED.join(", ")}`,
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
  const entries = rows.flatMap((row, index) => movedEntries(claim, row, index));
  await book(tx, entries);
  return {
    moved: rows.length,
    requests: rows.reduce((sum, row) => sum + (row.request_count ?? 0n), 0n),
    cost: rows.reduce((sum, row) => sum + (row.cost ?? 0n), 0n),
  };
}

type GroupRow = Omit<Entry, "external_id">;

function movedEntries(claim: Claim, row: GroupRow, index: number): [Entry, Entry] {
  const base: Entry = {
    ...row,
    source: "claim",
    kind: "correction",
    external_id: "",
    content_hash: "00".repeat(16),
    recorded_at: claim.recordedAt,
    attributed_by: "correction",
    operation: null,
    prompt_revision: null,
    session: null,
    trace: null,
    end_user: null,
    latency_ms: null,
    system_tokens: null,
    retrieval_tokens: null,
    history_tokens: null,
    tool_tokens: null,
    user_tokens: null,
    corrects: `${row.local_day} and its dimensions, by claim ${claim.claimId}`,
    tags: null,
  };
  const number = String(index).padStart(6, "0");
  const negated = Object.fromEntries(SUMMED.map((column) => [column, negate(row[column])]));
  return [
    { ...base, ...negated, external_id: `${claim.claimId}:${number}:reversal` },
    {
      ...base,
      team_id: claim.to.teamId,
      project_id: claim.to.projectId,
      agent_id: claim.to.agentId,
      external_id: `${claim.claimId}:${number}:booking`,
    },
  ];
}

function negate(value: bigint | null): bigint | null {
  return value === null ? null : -value;
}
