import * as core from "@actions/core";
import { AispendError } from "#core/errors.ts";
import type { ApprovalAnswer } from "#core/estimates/approval-schema.ts";
import { overridePolicy } from "#core/estimates/policy.ts";
import { approvalRequest } from "#core/estimates/record.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import type { ActionRun } from "./estimate-mode.ts";
import { isClosed, type PullRequest } from "./event.ts";
import { getPull, listApprovers } from "./github.ts";
import { askApproval, serverOf } from "./server.ts";

interface Overridden {
  readonly report: EstimateReport;
  /** What chat says of it, where it was asked. */
  readonly chat: ApprovalAnswer | undefined;
}

/**
 * Someone who is accountable approved this very commit: on GitHub, by the label together with a
 * review, or else in chat.
 */
export async function withOverride(
  run: ActionRun,
  pull: PullRequest,
  report: EstimateReport,
): Promise<Overridden> {
  if (report.policy.verdict !== "failed") return { report, chat: undefined };
  const reviewed = await reviewOf(run, pull, report);
  if (reviewed !== undefined) {
    return {
      report: { ...report, policy: overridePolicy(report.policy, reviewed) },
      chat: undefined,
    };
  }
  const chat = await askChat(run, pull, report);
  if (chat?.state !== "approved" || chat.by === null) return { report, chat };
  const { by, reason } = chat;
  const how = { by, how: "in chat", ...(reason === null ? {} : { reason }) };
  return { report: { ...report, policy: overridePolicy(report.policy, how) }, chat };
}

/** The label together with an approving review of this very commit by someone who is accountable. */
async function reviewOf(
  { inputs, github }: ActionRun,
  pull: PullRequest,
  { budgets }: EstimateReport,
): Promise<{ by: string; how: string } | undefined> {
  // The event's labels are those of the push; a re-run asks again.
  const { labels, head, user } = await getPull(github, pull.number);
  const label = inputs["override-label"];
  if (head.sha !== pull.head.sha || !labels.some(({ name }) => name === label)) return undefined;
  const owners = budgets.flatMap(({ accountable }) => accountable?.github ?? []);
  const may = new Set([...inputs["override-approvers"], ...owners].map((one) => one.toLowerCase()));
  const approvers = await listApprovers(github, pull.number, pull.head.sha);
  const by = approvers.find((login) => login !== user?.login && may.has(login.toLowerCase()));
  const how = `label ${label} and a review of ${pull.head.sha.slice(0, 12)}`;
  return by === undefined ? undefined : { by, how };
}

/** Without the server's answer the policy fails as it does without a server. */
async function askChat(
  { inputs, event }: ActionRun,
  pull: PullRequest,
  report: EstimateReport,
): Promise<ApprovalAnswer | undefined> {
  const server = serverOf(inputs);
  const { organisation } = inputs;
  const author = pull.user?.login;
  // What is merged waits for nobody; what was said of it is still read.
  const of = { organisation, pullRequest: pull.number, author, ask: !isClosed(event) };
  const request = approvalRequest(report, of);
  if (server === undefined || request === undefined) return undefined;
  try {
    return await askApproval(server, request);
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    core.warning(`Nobody was asked in chat: ${error.message}. ${error.help ?? ""}`);
    return undefined;
  }
}
