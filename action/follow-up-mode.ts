import * as core from "@actions/core";
import { AispendError } from "#core/errors.ts";
import type { FollowUp } from "#core/estimates/record-schema.ts";
import { organisationOf } from "#core/estimates/repository-file.ts";
import type { ActionRun } from "./estimate-mode.ts";
import {
  followUpText,
  latestFollowUps,
  offMarkdown,
  offMarker,
  type Visibility,
  withFollowUp,
} from "./follow-up.ts";
import { createComment, type GitHub, listComments, updateComment } from "./github.ts";
import { readIdentity } from "./github-files.ts";
import { writeSummary } from "./outputs.ts";
import { askFollowUps, serverOf } from "./server.ts";
import { findComment, sameAuthor } from "./sticky.ts";

/** A run that was missed is made up for; what is older has been said. */
const LOOK_BACK_DAYS = 14;
const MAX_PULLS = 50;

/** Says in merged pull requests how right their estimates were, with this repository's own token. */
export async function runFollowUp({ inputs, github, clock }: ActionRun): Promise<void> {
  const server = serverOf(inputs);
  if (server === undefined) {
    throw new AispendError("server_url_missing", "mode follow-up needs server-url", {
      help: "Only the server knows what was measured.",
    });
  }
  const { visibility, author, file } = await readIdentity(github);
  const { followUps } = await askFollowUps(server, inputs.organisation ?? organisationOf(file));
  const since = new Date(clock().getTime() - LOOK_BACK_DAYS * 86_400_000);
  const due = latestFollowUps(followUps, since);
  const lines: string[] = [];
  for (const followUp of due.slice(0, MAX_PULLS)) {
    const done = await followUpOne(github, { key: inputs.key, author, visibility }, followUp);
    lines.push(`- #${followUp.pullRequest}, ${followUpText(followUp, visibility)} (${done})`);
  }
  const title = `### aispend: ${due.length} estimates looked back at`;
  await writeSummary([title, lines.join("\n")].filter(Boolean).join("\n\n"));
  core.info(`aispend: ${due.length} estimates looked back at`);
}

interface Whose {
  readonly key: string;
  readonly author: string;
  readonly visibility: Visibility;
}

/** Edits the comment in place; anew, and once, only if the estimate was off by a factor of two. */
async function followUpOne(
  github: GitHub,
  { key, author, visibility }: Whose,
  followUp: FollowUp,
): Promise<string> {
  const comments = await listComments(github, followUp.pullRequest);
  const done: string[] = [];
  const existing = findComment(comments, key, author);
  const body = existing && withFollowUp(existing.body, followUp, visibility);
  if (existing !== undefined && body !== undefined && body !== existing.body) {
    await updateComment(github, existing.id, body);
    done.push("comment edited");
  }
  const told = comments.some(
    (comment) =>
      sameAuthor(comment.author, author) && comment.body.startsWith(offMarker(key, followUp)),
  );
  if (followUp.offByTwo && !told) {
    await createComment(github, followUp.pullRequest, offMarkdown(key, followUp, visibility));
    done.push("posted anew");
  }
  return done.length === 0 ? "nothing to say anew" : done.join(", ");
}
