import { setTimeout as wait } from "node:timers/promises";
import { getOctokit } from "@actions/github";
import { z } from "zod";
import { PullRequest } from "./event.ts";
import type { IssueComment } from "./sticky.ts";

/** Where the repository is, and the token that may read it. Everything the Action asks GitHub. */
export interface GitHub {
  readonly octokit: ReturnType<typeof getOctokit>;
  readonly owner: string;
  readonly repo: string;
}

const RETRY_AFTER_MS = 300;

export function openGitHub(token: string, repository: string): GitHub {
  const [owner = "", repo = ""] = repository.split("/");
  const quiet = (): void => undefined;
  const octokit = getOctokit(token, {
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
  // What only reads is asked once more where GitHub itself fails.
  octokit.hook.wrap("request", async (request, options) => {
    try {
      return await request(options);
    } catch (error) {
      const reads = options.method === "GET" || options.url === "/graphql";
      if (!reads || (statusOf(error) ?? 0) < 500) throw error;
      await wait(RETRY_AFTER_MS);
      return request(options);
    }
  });
  return { octokit, owner, repo };
}

export function statusOf(error: unknown): number | undefined {
  const read = z.object({ status: z.number() }).safeParse(error);
  return read.success ? read.data.status : undefined;
}

export async function getPull(
  { octokit, owner, repo }: GitHub,
  number: number,
): Promise<PullRequest> {
  const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
  return PullRequest.parse(data);
}

/** The open pull request of a branch, which `workflow_run` names without its number if it is a fork's. */
export async function findPull(
  { octokit, owner, repo }: GitHub,
  head: string,
  sha: string,
): Promise<PullRequest | undefined> {
  const { data } = await octokit.rest.pulls.list({
    owner,
    repo,
    head,
    state: "open",
    per_page: 100,
  });
  const found = data.find((pull) => pull.head.sha === sha);
  return found === undefined ? undefined : PullRequest.parse(found);
}

/** One file of a pull request. */
export const ChangedFile = z.object({
  filename: z.string(),
  status: z.string(),
  previous_filename: z.string().optional(),
  sha: z.string().nullable(),
  changes: z.int(),
});
export type ChangedFile = z.infer<typeof ChangedFile>;

/** GitHub ends the list of files here. */
export const MAX_FILES = 3_000;

/** All pages. */
export async function listFiles(
  { octokit, owner, repo }: GitHub,
  number: number,
): Promise<ChangedFile[]> {
  const files = await octokit.paginate(octokit.rest.pulls.listFiles, {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  return z.array(ChangedFile).parse(files);
}

/** Where the branch parted from its base: what the list of files is a difference to. */
export async function mergeBase(
  { octokit, owner, repo }: GitHub,
  base: string,
  head: string,
): Promise<string> {
  const basehead = `${base}...${head}`;
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
    owner,
    repo,
    basehead,
    per_page: 1,
    page: 2,
  });
  return data.merge_base_commit.sha;
}

const Comment = z.object({
  id: z.int(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: z.object({ login: z.string() }).nullish(),
});

function commentOf(data: unknown): IssueComment {
  const { id, body, html_url: url, user } = Comment.parse(data);
  return { id, body: body ?? "", url, author: user?.login ?? "" };
}

export async function listComments(
  { octokit, owner, repo }: GitHub,
  number: number,
): Promise<IssueComment[]> {
  const comments = await octokit.paginate(octokit.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  return comments.map(commentOf);
}

export async function createComment(
  { octokit, owner, repo }: GitHub,
  number: number,
  body: string,
): Promise<IssueComment> {
  const { data } = await octokit.rest.issues.createComment({
    owner,
    repo,
    issue_number: number,
    body,
  });
  return commentOf(data);
}

export async function updateComment(
  { octokit, owner, repo }: GitHub,
  id: number,
  body: string,
): Promise<IssueComment> {
  const { data } = await octokit.rest.issues.updateComment({ owner, repo, comment_id: id, body });
  return commentOf(data);
}

const Review = z.object({
  state: z.string(),
  commit_id: z.string().nullish(),
  user: z.object({ login: z.string() }).nullish(),
});

/** Who approves this very commit: the last word of each reviewer counts. */
export async function listApprovers(
  { octokit, owner, repo }: GitHub,
  number: number,
  head: string,
): Promise<string[]> {
  const reviews = await octokit.paginate(octokit.rest.pulls.listReviews, {
    owner,
    repo,
    pull_number: number,
    per_page: 100,
  });
  const last = new Map<string, boolean>();
  for (const data of reviews) {
    const { state, commit_id: commit, user } = Review.parse(data);
    if (user == null || state === "COMMENTED") continue;
    last.set(user.login, state === "APPROVED" && commit === head);
  }
  return [...last].flatMap(([login, approved]) => (approved ? [login] : []));
}
