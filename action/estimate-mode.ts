import { readFile, realpath, stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import * as core from "@actions/core";
import { AispendError } from "#core/errors.ts";
import type { ApprovalAnswer } from "#core/estimates/approval-schema.ts";
import type { CountTokens } from "#core/estimates/detection/tokens.ts";
import { publicReport } from "#core/estimates/public-report.ts";
import { noticeRequest, recordRequest } from "#core/estimates/record.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import { organisationOf } from "#core/estimates/repository-file.ts";
import type { Clock } from "#core/time.ts";
import { type CommentContext, commentMarkdown } from "./comment.ts";
import { estimatePull } from "./estimate-pull.ts";
import { type ActionEvent, isClosed, isReadOnly, type PullRequest } from "./event.ts";
import {
  findPull,
  type GitHub,
  getPull,
  listFiles,
  MAX_FILES,
  mergeBase,
  statusOf,
} from "./github.ts";
import {
  readSurroundings,
  readSurroundingsByRest,
  type Sides,
  type Surroundings,
} from "./github-files.ts";
import type { Inputs } from "./inputs.ts";
import { annotate, logLine, setOutputs, writeSummary } from "./outputs.ts";
import { withOverride } from "./override.ts";
import { findSticky, type Posted, postSticky, type Sticky } from "./post.ts";
import { readVersions } from "./read-pull.ts";
import { askQuote, sendNotice, sendRecord, serverOf } from "./server.ts";
import type { RunStamp } from "./sticky.ts";
import { isWorthComment } from "./worth.ts";

export interface ActionRun {
  readonly inputs: Inputs;
  readonly event: ActionEvent;
  readonly github: GitHub;
  readonly stamp: RunStamp;
  /** Results of evaluations lie here; nothing outside is read. */
  readonly workspace: string;
  readonly clock: Clock;
  readonly count: CountTokens;
}

/** What a job ends with: a policy that fails is told apart from a run that could not be made. */
export type Verdict = "done" | "policy failed";

const TOO_MANY = `GitHub lists ${MAX_FILES} files of a pull request: what is beyond was not read.`;

/** Reads a pull request, says what it does to the bill, and judges it. */
export async function runEstimate(given: ActionRun): Promise<Verdict> {
  const { github } = given;
  const pull = await pullOf(given);
  const sides = { base: pull.base.sha, head: pull.head.sha };
  const surroundings = surroundingsOf(github, sides);
  const author = async (): Promise<string> => (await surroundings).author;
  const [around, files, base, sticky] = await Promise.all([
    surroundings,
    listFiles(github, pull.number),
    mergeBase(github, sides.base, sides.head),
    findSticky(github, pull.number, given.inputs.key, author),
  ]);
  const run = withOrganisation(given, around);
  const { inputs } = run;
  const versions = await readVersions(github, files, base, sides.head);
  const full = await estimatePull({
    files: versions,
    surroundings: around,
    base,
    head: sides.head,
    now: run.clock(),
    count: run.count,
    notes: files.length < MAX_FILES ? [] : [TOO_MANY],
    evaluation: await workspaceFile(run.workspace, inputs["eval-result"]),
    baseline: await workspaceFile(run.workspace, inputs["eval-baseline"]),
    quote: quoteOf(inputs),
  });
  const { report: judged, chat } = await withOverride(run, pull, full);
  await keep(run, pull, judged);
  const report = publicReport(judged);
  const context = contextOf(inputs, report, sticky, chat);
  const posted = await post(run, pull, { report, sticky, context });
  // The card of an approval has the figures already.
  const told = chat !== undefined && chat.state !== "nobody";
  if (posted.state === "posted" && !told) await tellChat(run, pull, judged);
  await tell(run, report, posted, context);
  // What is merged or closed can fail no more.
  return report.policy.verdict === "failed" && !isClosed(run.event) ? "policy failed" : "done";
}

/** Where the input is empty the base's file says whose the repository is. */
function withOrganisation(run: ActionRun, { file }: Surroundings): ActionRun {
  const organisation = run.inputs.organisation ?? organisationOf(file.base);
  return { ...run, inputs: { ...run.inputs, organisation } };
}

/** A merged pull request's estimate is kept at the server, and looked back at from there. */
async function keep(
  { inputs, event }: ActionRun,
  pull: PullRequest,
  report: EstimateReport,
): Promise<void> {
  const server = serverOf(inputs);
  if (server === undefined || !isClosed(event) || pull.merged_at == null) return;
  const { organisation } = inputs;
  const { base: baseSha, head: headSha } = report;
  const mergedAt = new Date(pull.merged_at);
  const merged = { organisation, pullRequest: pull.number, baseSha, headSha, mergedAt };
  await sendRecord(server, recordRequest(report, merged));
}

/** What a comment in public may not say goes to chat. */
async function tellChat(
  { inputs, event }: ActionRun,
  pull: PullRequest,
  report: EstimateReport,
): Promise<void> {
  const server = serverOf(inputs);
  if (server === undefined || report.visibility === "private" || isClosed(event)) return;
  const { organisation } = inputs;
  const of = { organisation, pullRequest: pull.number, headSha: report.head };
  const notice = noticeRequest(report, of);
  if (notice === undefined) return;
  try {
    await sendNotice(server, notice);
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    core.warning(`Chat was not told the full figures: ${error.message}. ${error.help ?? ""}`);
  }
}

async function surroundingsOf(github: GitHub, sides: Sides): Promise<Surroundings> {
  try {
    return await readSurroundings(github, sides);
  } catch (error) {
    if (statusOf(error) === 401) throw error;
    core.debug("GraphQL did not answer: REST is asked instead");
    return readSurroundingsByRest(github, sides);
  }
}

/** The pull request that this run is about. Throws `no_pull_request`. */
async function pullOf({ inputs, event, github }: ActionRun): Promise<PullRequest> {
  const number = inputs["pull-request"] ?? event.workflowRun?.pull_requests[0]?.number;
  if (number !== undefined) return getPull(github, number);
  if (event.pull !== undefined) return event.pull;
  const { workflowRun } = event;
  const owner = workflowRun?.head_repository?.owner.login;
  if (workflowRun !== undefined && owner !== undefined) {
    const head = `${owner}:${workflowRun.head_branch ?? ""}`;
    const found = await findPull(github, head, workflowRun.head_sha);
    if (found !== undefined) return found;
  }
  throw new AispendError("no_pull_request", `the event '${event.name}' is of no pull request`, {
    help: "Run it on pull_request, pull_request_target or workflow_run, or set pull-request.",
  });
}

/** Without its answer the report stands on what the repository has, and says so. */
function quoteOf(inputs: Inputs): Parameters<typeof estimatePull>[0]["quote"] {
  const server = serverOf(inputs);
  if (server === undefined) return undefined;
  return async (subjects) => {
    try {
      return await askQuote(server, inputs.organisation, subjects);
    } catch (error) {
      if (!(error instanceof AispendError)) throw error;
      core.warning(`No measured traffic: ${error.message}. ${error.help ?? ""}`);
      return undefined;
    }
  };
}

const MAX_EVALUATION = 20_000_000;

/** A file that an earlier step of the job made. Links that lead out of the workspace are refused. */
async function workspaceFile(
  workspace: string,
  path: string | undefined,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const refuse = (why: string): never => {
    throw new AispendError("evaluation_unreadable", `eval-result '${path}' ${why}`, {
      help: "Give the path of a JSON file in the workspace.",
    });
  };
  const folder = await realpath(workspace);
  const file = await realpath(resolve(folder, path)).catch(() => refuse("is not there"));
  if (!file.startsWith(folder + sep)) return refuse("lies outside of the workspace");
  if ((await stat(file)).size > MAX_EVALUATION) return refuse("is larger than 20 MB");
  return readFile(file, "utf8");
}

function contextOf(
  inputs: Inputs,
  { changes, visibility }: EstimateReport,
  sticky: Sticky,
  chat: ApprovalAnswer | undefined,
): CommentContext {
  const { "override-label": label, "override-approvers": approvers } = inputs;
  // Who answered and why is not for a public place.
  const said = visibility === "private" ? chat : chat && { ...chat, by: null, reason: null };
  return {
    vanished: sticky.told && changes.length === 0,
    override: { label, approvers, chat: said },
  };
}

interface Post {
  readonly report: EstimateReport;
  readonly sticky: Sticky;
  readonly context: CommentContext;
}

async function post(
  run: ActionRun,
  pull: PullRequest,
  { report, sticky, context }: Post,
): Promise<Posted> {
  const { inputs, event, github, stamp } = run;
  const thresholds = {
    mode: inputs.comment,
    monthly: inputs["min-monthly"],
    percent: inputs["min-percent"],
    callPercent: inputs["min-call-percent"],
  };
  const url = sticky.existing?.url ?? "";
  if (inputs.comment === "never" || isClosed(event)) return { state: "silent", url };
  if (isReadOnly(event)) return { state: "refused", url };
  return postSticky(github, pull.number, sticky, {
    ...stamp,
    key: inputs.key,
    markdown: commentMarkdown(report, context),
    changes: report.changes.length > 0,
    worthIt: isWorthComment(report, thresholds),
  });
}

const FORK =
  "This pull request is from a fork, and GitHub gives its workflow a token that can only read: " +
  "the report is here and not in a comment. docs/action.md has two safe ways to comment on forks.";

async function tell(
  { inputs, event }: ActionRun,
  report: EstimateReport,
  posted: Posted,
  context: CommentContext,
): Promise<void> {
  const why = isReadOnly(event) ? [FORK] : [];
  if (why.length > 0) core.notice(FORK);
  const markdown = commentMarkdown(report, context, 800_000);
  await writeSummary([...why, markdown].join("\n\n"));
  if (inputs.annotations) annotate(report);
  setOutputs(report, posted.url);
  logLine(report);
}
