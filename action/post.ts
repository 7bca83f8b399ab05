import * as core from "@actions/core";
import { createComment, type GitHub, listComments, statusOf, updateComment } from "./github.ts";
import {
  findComment,
  type IssueComment,
  type Marker,
  type RunStamp,
  readMarker,
  stickyAction,
  writeMarker,
} from "./sticky.ts";

/** The comment of this key, if an earlier run wrote one. */
export interface Sticky {
  readonly existing: IssueComment | undefined;
  /** It told of changes. */
  readonly told: boolean;
}

export async function findSticky(
  github: GitHub,
  number: number,
  key: string,
  author: () => Promise<string>,
): Promise<Sticky> {
  const comments = await listComments(github, number);
  const existing = findComment(comments, key, await author());
  const told = existing !== undefined && readMarker(existing.body)?.changes === true;
  return { existing, told };
}

export interface Draft extends RunStamp {
  readonly key: string;
  readonly markdown: string;
  readonly changes: boolean;
  readonly worthIt: boolean;
}

export type Posted =
  | { readonly state: "posted" | "same" | "older" | "silent"; readonly url: string }
  /** GitHub gives this token no right to comment; the summary has the report. */
  | { readonly state: "refused"; readonly url: string };

/** Creates or updates the one comment, or leaves it: equal, or written by a later run. */
export async function postSticky(
  github: GitHub,
  number: number,
  { existing, told }: Sticky,
  draft: Draft,
): Promise<Posted> {
  // Once told, a comment that says so keeps saying that the changes are gone.
  const marker: Marker = { ...draft, changes: draft.changes || (told && !draft.changes) };
  const body = `${writeMarker(marker)}\n${draft.markdown}`;
  const action = stickyAction(existing, body, draft, draft.worthIt);
  try {
    switch (action.state) {
      case "silent":
        return { state: "silent", url: "" };
      case "older":
        core.info("A later run has written the comment already: it stays.");
        return { state: "older", url: action.comment.url };
      case "same":
        return { state: "same", url: action.comment.url };
      case "update":
        return { state: "posted", url: (await updateComment(github, action.comment.id, body)).url };
      case "create":
        return { state: "posted", url: (await createComment(github, number, body)).url };
    }
  } catch (error) {
    const status = statusOf(error);
    if (status !== 403 && status !== 404) throw error;
    core.warning(
      `The comment could not be written (GitHub answered ${status}): ` +
        "the job summary has the report. The workflow needs permissions: pull-requests: write.",
    );
    return { state: "refused", url: existing?.url ?? "" };
  }
}
