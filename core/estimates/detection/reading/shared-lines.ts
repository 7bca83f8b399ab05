/** What two versions of a text have in common, in front and at the end. */
export interface SharedLines {
  readonly old: readonly string[];
  readonly now: readonly string[];
  /** Lines in front that both have. */
  readonly before: number;
  /** The last line of each in front of those at the end that both have. */
  readonly lastOfBase: number;
  readonly lastOfHead: number;
}

export function sharedLines(base: string, head: string): SharedLines {
  const [old, now] = [base.split("\n"), head.split("\n")];
  const most = Math.min(old.length, now.length);
  let before = 0;
  while (before < most && old[before] === now[before]) before += 1;
  let behind = 0;
  while (behind < most - before && old.at(-1 - behind) === now.at(-1 - behind)) behind += 1;
  return { old, now, before, lastOfBase: old.length - behind, lastOfHead: now.length - behind };
}
