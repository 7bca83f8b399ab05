/** Which run wrote a comment: a later run of the same pull request may replace it, no earlier one. */
export interface RunStamp {
  readonly run: number;
  readonly attempt: number;
}

export interface Marker extends RunStamp {
  readonly key: string;
  /** Something that costs was reported: if it vanishes, the comment says so. */
  readonly changes: boolean;
}

export interface IssueComment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly url: string;
}

export type StickyAction =
  | { readonly state: "create" }
  | { readonly state: "update"; readonly comment: IssueComment }
  | { readonly state: "same"; readonly comment: IssueComment }
  | { readonly state: "older"; readonly comment: IssueComment }
  /** Nothing worth a comment, and none is there. */
  | { readonly state: "silent" };

const MARKER =
  /^<!-- aispend:estimate key=([\w.-]{1,64}) run=(\d{1,18})\.(\d{1,9}) changes=(yes|no) -->/;

/** The first line of a comment, which nobody sees. */
export function writeMarker({ key, run, attempt, changes }: Marker): string {
  const told = changes ? "yes" : "no";
  return `<!-- aispend:estimate key=${key} run=${run}.${attempt} changes=${told} -->`;
}

/** Only at the very beginning: a text that quotes a marker is not ours. */
export function readMarker(body: string): Marker | undefined {
  const found = MARKER.exec(body);
  const [, key, run, attempt, changes] = found ?? [];
  if (key === undefined) return undefined;
  return { key, run: Number(run), attempt: Number(attempt), changes: changes === "yes" };
}

/** "github-actions" in one API and "github-actions[bot]" in another are one author. */
export function sameAuthor(a: string, b: string): boolean {
  const plain = (login: string): string => login.toLowerCase().replace(/\[bot\]$/, "");
  return plain(a) === plain(b);
}

/** The newest comment with this key by this author: equal keys are equal to the letter. */
export function findComment(
  comments: readonly IssueComment[],
  key: string,
  author: string,
): IssueComment | undefined {
  return comments.findLast(
    (comment) => sameAuthor(comment.author, author) && readMarker(comment.body)?.key === key,
  );
}

/** A comment's text without what changes from run to run. */
function substance(body: string): string {
  return body.replace(MARKER, "").replaceAll("\r\n", "\n").trim();
}

export function stickyAction(
  existing: IssueComment | undefined,
  body: string,
  stamp: RunStamp,
  worthIt: boolean,
): StickyAction {
  if (existing === undefined) return worthIt ? { state: "create" } : { state: "silent" };
  const before = readMarker(existing.body);
  if (before !== undefined && isOlder(stamp, before)) return { state: "older", comment: existing };
  const same = substance(existing.body) === substance(body);
  return { state: same ? "same" : "update", comment: existing };
}

function isOlder(stamp: RunStamp, before: RunStamp): boolean {
  return stamp.run < before.run || (stamp.run === before.run && stamp.attempt < before.attempt);
}
