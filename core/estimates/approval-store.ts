import type { Db, Tx } from "#core/db/db.ts";
import { ApprovalState } from "./approval-schema.ts";

export interface ApprovalFact {
  readonly label: string;
  readonly value: string;
}

/** A pull request whose policy fails, as it was asked and as it was decided. */
export interface Approval {
  readonly id: number;
  readonly repository: string;
  readonly pullRequest: number;
  readonly headSha: string;
  readonly rules: readonly string[];
  readonly scopeId: number;
  readonly requestedBy: readonly number[];
  /** Whose card in chat it stands on: its own, or that of the one it replaced. */
  readonly cardOf: number;
  readonly sentence: string;
  readonly facts: readonly ApprovalFact[];
  readonly state: ApprovalState;
  readonly askedAt: Date;
  readonly decidedBy: number | null;
  readonly decidedAt: Date | null;
  readonly reason: string | null;
  readonly selfApproval: boolean;
}

const COLUMNS = `id, repository, pull_request as "pullRequest", head_sha as "headSha", rules,
  scope_id as "scopeId", requested_by as "requestedBy", coalesce(card_of, id) as "cardOf",
  sentence, facts, state,
  asked_at as "askedAt", decided_by as "decidedBy", decided_at as "decidedAt", reason,
  self_approval as "selfApproval"`;

function approvalOf(row: Approval): Approval {
  return { ...row, state: ApprovalState.parse(row.state) };
}

export interface NewApproval {
  readonly orgId: number;
  readonly repository: string;
  readonly pullRequest: number;
  readonly baseSha: string;
  readonly headSha: string;
  readonly rules: readonly string[];
  readonly scopeId: number;
  readonly requestedBy: readonly number[];
  readonly cardOf: number | undefined;
  readonly sentence: string;
  readonly facts: readonly ApprovalFact[];
  readonly now: Date;
}

/** Runs of one repository ask one after the other: each commit is asked once. */
export async function lockRepository(tx: Tx, orgId: number, name: string): Promise<void> {
  await tx.query("select from repository where org_id = $1 and name = $2 for update", [
    orgId,
    name,
  ]);
}

export async function insertApproval(tx: Tx, one: NewApproval): Promise<Approval> {
  const { rows } = await tx.query<Approval>(
    `insert into estimate_approval (org_id, repository, pull_request, base_sha, head_sha, rules,
       scope_id, requested_by, card_of, sentence, facts, state, asked_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'pending', $12)
     returning ${COLUMNS}`,
    [
      one.orgId,
      one.repository,
      one.pullRequest,
      one.baseSha,
      one.headSha,
      one.rules,
      one.scopeId,
      one.requestedBy,
      one.cardOf ?? null,
      one.sentence,
      JSON.stringify(one.facts),
      one.now,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an insert returns its row");
  return approvalOf(row);
}

/**
 * What was asked of this very base and head and covers the rules: a decision before what is open, and
 * the newest first.
 */
export async function findApprovalOf(
  db: Db,
  of: Pick<NewApproval, "orgId" | "repository" | "pullRequest" | "baseSha" | "headSha" | "rules">,
): Promise<Approval | undefined> {
  const { rows } = await db.query<Approval>(
    `select ${COLUMNS} from estimate_approval
     where org_id = $1 and repository = $2 and pull_request = $3 and base_sha = $4
       and head_sha = $5 and rules @> $6 and state in ('pending', 'approved', 'denied')
     order by state = 'approved' desc, state = 'denied' desc, id desc limit 1`,
    [of.orgId, of.repository, of.pullRequest, of.baseSha, of.headSha, of.rules],
  );
  return rows[0] && approvalOf(rows[0]);
}

export async function findApproval(
  db: Db,
  orgId: number,
  id: number,
): Promise<Approval | undefined> {
  const { rows } = await db.query<Approval>(
    `select ${COLUMNS} from estimate_approval where org_id = $1 and id = $2`,
    [orgId, id],
  );
  return rows[0] && approvalOf(rows[0]);
}

/** The newest first. */
export async function listPendingApprovals(
  db: Db,
  orgId: number,
  limit: number,
): Promise<Approval[]> {
  const { rows } = await db.query<Approval>(
    `select ${COLUMNS} from estimate_approval where org_id = $1 and state = 'pending'
     order by id desc limit $2`,
    [orgId, limit],
  );
  return rows.map(approvalOf);
}

/** Decides what is open, once. False: somebody, or another commit, was first. */
export async function decideApproval(
  tx: Tx,
  args: {
    orgId: number;
    id: number;
    state: "approved" | "denied";
    decidedBy: number;
    reason: string;
    decidedAs: string;
    selfApproval: boolean;
    now: Date;
  },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update estimate_approval set state = $3, decided_by = $4, decided_at = $5, reason = $6,
       decided_as = $7, self_approval = $8
     where org_id = $1 and id = $2 and state = 'pending'`,
    [
      args.orgId,
      args.id,
      args.state,
      args.decidedBy,
      args.now,
      args.reason,
      args.decidedAs,
      args.selfApproval,
    ],
  );
  return rowCount === 1;
}

/** Ends what is open of a pull request; returns what was ended. */
export async function endApprovalsOf(
  tx: Tx,
  args: {
    orgId: number;
    repository: string;
    pullRequest: number;
    state: "superseded" | "lapsed";
    now: Date;
  },
): Promise<Approval[]> {
  const { rows } = await tx.query<Approval>(
    `update estimate_approval set state = $4, decided_at = $5
     where org_id = $1 and repository = $2 and pull_request = $3 and state = 'pending'
     returning ${COLUMNS}`,
    [args.orgId, args.repository, args.pullRequest, args.state, args.now],
  );
  return rows.map(approvalOf);
}

/** Ends what nobody decided since an instant; returns what was ended. */
export async function lapseApprovalsBefore(
  tx: Tx,
  args: { orgId: number; before: Date; now: Date },
): Promise<Approval[]> {
  const { rows } = await tx.query<Approval>(
    `update estimate_approval set state = 'lapsed', decided_at = $3
     where org_id = $1 and state = 'pending' and asked_at < $2
     returning ${COLUMNS}`,
    [args.orgId, args.before, args.now],
  );
  return rows.map(approvalOf);
}
