import { z } from "zod";
import { AispendError } from "#core/errors.ts";

const Repo = z.object({ full_name: z.string() });
const Side = z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/), repo: Repo.nullable() });

/** What the Action reads of a pull request, in an event or from the API. */
export const PullRequest = z.object({
  number: z.int().positive(),
  base: Side,
  head: Side,
  merged_at: z.iso.datetime({ offset: true }).nullish(),
  labels: z.array(z.object({ name: z.string() })).default([]),
  user: z.object({ login: z.string() }).nullish(),
});
export type PullRequest = z.infer<typeof PullRequest>;

const Payload = z.object({
  action: z.string().optional(),
  pull_request: PullRequest.optional(),
  workflow_run: z
    .object({
      event: z.string(),
      head_sha: z.string(),
      head_branch: z.string().nullish(),
      head_repository: z.object({ owner: z.object({ login: z.string() }) }).nullish(),
      pull_requests: z.array(z.object({ number: z.int() })).default([]),
    })
    .optional(),
});
type Payload = z.infer<typeof Payload>;

export interface ActionEvent {
  readonly name: string;
  readonly action: string | undefined;
  readonly pull: PullRequest | undefined;
  readonly workflowRun: Payload["workflow_run"];
}

/** Throws `event_invalid`: the message says which field of GitHub's payload is not as expected. */
export function readEvent(name: string, payload: unknown): ActionEvent {
  const read = Payload.safeParse(payload);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new AispendError(
      "event_invalid",
      `the event '${name}' cannot be read: ${issue?.path.join(".")} ${issue?.message}`,
      { help: "Run it on pull_request, pull_request_target, workflow_run or schedule." },
    );
  }
  const { action, pull_request: pull, workflow_run: workflowRun } = read.data;
  return { name, action, pull, workflowRun };
}

/** Its token can only read: GitHub gives no other to a pull request from a fork. */
export function isReadOnly(event: ActionEvent): boolean {
  const { pull, name } = event;
  if (pull === undefined || name !== "pull_request") return false;
  return pull.head.repo?.full_name !== pull.base.repo?.full_name;
}

/** Merged or closed: the estimate is kept, and nothing is posted. */
export function isClosed({ action }: ActionEvent): boolean {
  return action === "closed";
}
