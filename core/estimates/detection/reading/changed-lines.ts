import { diffArrays } from "diff";

/** Lines of one version, counted from zero: from the first of them to the one behind the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Lines that were replaced by others. One of the two spans may be empty. */
export interface Hunk {
  readonly base: Span;
  readonly head: Span;
}

/** What two versions of a text have in common, and what not. */
export interface ChangedLines {
  readonly old: readonly string[];
  readonly now: readonly string[];
  /** In their order. */
  readonly hunks: readonly Hunk[];
}

/** Edits that are told apart; beyond them all between the first and the last is one. */
const MOST_EDITS = 60;

export function changedLines(base: string, head: string): ChangedLines {
  const [old, now] = [base.split("\n"), head.split("\n")];
  const most = Math.min(old.length, now.length);
  let before = 0;
  while (before < most && old[before] === now[before]) before += 1;
  let behind = 0;
  while (behind < most - before && old.at(-1 - behind) === now.at(-1 - behind)) behind += 1;
  const [lastOfBase, lastOfHead] = [old.length - behind, now.length - behind];
  const between = diffArrays(old.slice(before, lastOfBase), now.slice(before, lastOfHead), {
    maxEditLength: MOST_EDITS,
  });
  const whole = {
    base: { from: before, to: lastOfBase },
    head: { from: before, to: lastOfHead },
  };
  const hunks: Hunk[] = [];
  let [ofBase, ofHead] = [before, before];
  for (const { added, removed, count } of between ?? []) {
    const last = hunks.at(-1);
    const goesOn = last?.base.to === ofBase && last.head.to === ofHead;
    const base = { from: ofBase, to: added ? ofBase : ofBase + count };
    const head = { from: ofHead, to: removed ? ofHead : ofHead + count };
    [ofBase, ofHead] = [base.to, head.to];
    if (!added && !removed) continue;
    if (goesOn) hunks.pop();
    hunks.push({
      base: { from: goesOn ? last.base.from : base.from, to: base.to },
      head: { from: goesOn ? last.head.from : head.from, to: head.to },
    });
  }
  return { old, now, hunks: between === undefined ? [whole] : hunks };
}

/** How many lines further down the head has a line that stands in no hunk of the base. */
export function shiftAt(hunks: readonly Hunk[], line: number): number {
  const above = hunks.findLast(({ base }) => base.to <= line);
  return above === undefined ? 0 : above.head.to - above.base.to;
}
