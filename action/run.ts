import * as core from "@actions/core";
import { context } from "@actions/github";
import { AispendError } from "#core/errors.ts";
import type { CountTokens } from "#core/estimates/detection/tokens.ts";
import type { Clock } from "#core/time.ts";
import { type CapPlace, runCap } from "./cap-mode.ts";
import { runEstimate } from "./estimate-mode.ts";
import { readEvent } from "./event.ts";
import { runFollowUp } from "./follow-up-mode.ts";
import { openGitHub, statusOf } from "./github.ts";
import { readInputs } from "./inputs.ts";

export interface Surface {
  /** owner/name of the repository that the workflow runs in. */
  readonly repository: string;
  readonly workspace: string;
  readonly clock: Clock;
  readonly count: CountTokens;
  readonly cap: CapPlace;
}

/** 0: done. 1: a policy failed. 2: the run could not be made, and says nothing of the change. */
export type ExitCode = 0 | 1 | 2;

export async function run(surface: Surface): Promise<ExitCode> {
  try {
    const inputs = readInputs((name) => core.getInput(name));
    if (inputs.mode === "cap") {
      await runCap(inputs["cap-usd"], surface.cap);
      return 0;
    }
    const token = inputs["github-token"];
    if (token === "") {
      throw new AispendError("token_missing", "github-token is empty", {
        help: "Leave it out: the job's own token is the default.",
      });
    }
    core.setSecret(token);
    const event = readEvent(context.eventName, context.payload);
    const action = {
      ...surface,
      inputs,
      event,
      github: openGitHub(token, surface.repository),
      stamp: { run: context.runId || 0, attempt: context.runAttempt || 0 },
    };
    if (inputs.mode === "follow-up") {
      await runFollowUp(action);
      return 0;
    }
    if ((await runEstimate(action)) === "done") return 0;
    core.setFailed("aispend: the policy of this repository fails: see the comment or the summary");
    return 1;
  } catch (error) {
    core.setFailed(`aispend could not run: ${said(error)}`);
    return 2;
  }
}

/** What can be done about it. Answers of servers are not repeated: they may say what is not for all. */
function said(error: unknown): string {
  if (error instanceof AispendError) {
    return `${error.message}${error.help === undefined ? "" : `. ${error.help}`}`;
  }
  const status = statusOf(error);
  if (status === 401 || status === 403) {
    const needed = "contents: read, pull-requests: write";
    return `GitHub answered ${status}. The workflow needs permissions: ${needed}.`;
  }
  if (status !== undefined) return `GitHub answered ${status}. Run the job again.`;
  return error instanceof Error ? error.message : String(error);
}
