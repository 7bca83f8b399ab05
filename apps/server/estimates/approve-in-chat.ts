import type { Pool } from "pg";
import { createOrgViews, type OrgView } from "#apps/chat/org-view.ts";
import { tellApprovalAsked, tellApprovalEnded } from "#apps/chat/pulls/tell-approval.ts";
import { transaction } from "#core/db/transaction.ts";
import type { RepositoryAccess } from "#core/estimates/access.ts";
import { type Approval, askApproval, endApprovals } from "#core/estimates/approval.ts";
import type { ApprovalAnswer, ApprovalRequest } from "#core/estimates/approval-schema.ts";
import type { GitHubRun } from "./github-token.ts";

/**
 * What chat says of a pull request whose policy fails: asked there the first time, and read from there
 * by each later run of the same commit.
 */
export async function answerApproval(
  pool: Pool,
  access: RepositoryAccess,
  args: { request: ApprovalRequest; run: Pick<GitHubRun, "actor">; now: Date },
): Promise<ApprovalAnswer> {
  const { request, run, now } = args;
  const org = await createOrgViews(pool)(access.orgId, now);
  const approval = await askApproval(pool, access, {
    request,
    actor: run.actor,
    now,
    onAsked: (tx, asked) => tellApprovalAsked(tx, { org, now }, asked),
  });
  return answerOf(approval, org);
}

function answerOf(approval: Approval | undefined, org: OrgView): ApprovalAnswer {
  if (approval === undefined) return { version: 1, state: "nobody", by: null, reason: null };
  const { state, decidedBy, reason } = approval;
  if (state !== "approved" && state !== "denied") {
    return { version: 1, state: "pending", by: null, reason: null };
  }
  const by = decidedBy === null ? null : org.personName(decidedBy);
  return { version: 1, state, by, reason };
}

/** A pull request that was merged waits for nobody: its card says so. */
export async function endWaiting(
  pool: Pool,
  access: RepositoryAccess,
  { pullRequest, now }: { pullRequest: number; now: Date },
): Promise<void> {
  const { orgId, name: repository } = access;
  // Before the transaction: a second connection while one is held can leave everybody waiting.
  const org = await createOrgViews(pool)(orgId, now);
  await transaction(pool, async (tx) => {
    const ended = await endApprovals(tx, { orgId, repository, pullRequest, now });
    for (const one of ended) await tellApprovalEnded(tx, { org, now }, one);
  });
}
