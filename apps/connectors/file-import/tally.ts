import type { AppendOutcome } from "#core/ledger/schema.ts";
import type { ImportProblem } from "../file-import.ts";
import type { Tally } from "./checkpoint.ts";

const KEPT_PROBLEMS = 20;

const NOTHING: Tally = {
  rows: 0,
  appended: 0,
  unpriced: 0,
  duplicates: 0,
  traced: 0,
  conflicts: 0,
  refused: 0,
};

export interface RunningTally {
  /** A row that could not be read; `row` counts rows from 1. */
  unreadable(row: number, line: number, reason: string): void;
  /** The outcomes of a batch whose last row is `row`; earlier batches were settled before. */
  settled(outcomes: readonly AppendOutcome[], lines: readonly number[], row: number): void;
  /** Of everything up to the last settled row, which is `rows`. */
  readonly now: Tally;
  /** Of the whole file, whose last row was read. */
  whole(rows: number): Tally;
  readonly problems: readonly ImportProblem[];
}

/** Counts what became of rows: those refused while reading are counted when their turn is settled. */
export function createTally(
  from: Tally | undefined,
  onProblem: ((problem: ImportProblem) => void) | undefined,
): RunningTally {
  let now = from ?? NOTHING;
  let ahead: number[] = [];
  const problems: ImportProblem[] = [];
  const note = (problem: ImportProblem) => {
    onProblem?.(problem);
    if (problems.length === KEPT_PROBLEMS && problem.line > (problems.at(-1)?.line ?? 0)) return;
    problems.push(problem);
    problems.sort((left, right) => left.line - right.line);
    problems.splice(KEPT_PROBLEMS);
  };
  const settleRefused = (row: number) => {
    const left = ahead.filter((refused) => refused > row);
    now = { ...now, rows: row, refused: now.refused + ahead.length - left.length };
    ahead = left;
  };
  return {
    problems,
    unreadable(row, line, reason) {
      ahead.push(row);
      note({ line, state: "refused", reason });
    },
    settled(outcomes, lines, row) {
      const next = { ...now };
      for (const [index, outcome] of outcomes.entries()) {
        count(next, outcome);
        if (outcome.state !== "conflict" && outcome.state !== "refused") continue;
        note({ line: lines[index] ?? 0, state: outcome.state, reason: outcome.reason });
      }
      now = next;
      settleRefused(row);
    },
    get now() {
      return now;
    },
    whole(rows) {
      settleRefused(rows);
      return now;
    },
  };
}

function count(tally: Tally, outcome: AppendOutcome): void {
  switch (outcome.state) {
    case "appended":
      tally.appended += 1;
      if (outcome.unpriced) tally.unpriced += 1;
      return;
    case "duplicate":
      tally.duplicates += 1;
      return;
    case "traced":
      tally.traced += 1;
      return;
    case "conflict":
      tally.conflicts += 1;
      return;
    case "refused":
      tally.refused += 1;
      return;
  }
}
