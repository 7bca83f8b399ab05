import { divideHalfEven, type NanoUsd, nanoUsd } from "../money.ts";
import type { LeverCell } from "./lever.ts";

const MILLION = 1_000_000n;

function sum(cells: readonly LeverCell[], of: (cell: LeverCell) => bigint): bigint {
  return cells.reduce((total, cell) => total + of(cell), 0n);
}

/** The cache of one project over the week. */
export interface CacheHygiene {
  readonly projectId: number;
  readonly input: bigint;
  readonly read: bigint;
  readonly written: bigint;
  /** What reading saved less what writing cost above plain input: negative when it costs. */
  readonly net: NanoUsd;
}

export type CacheGrade = "unused" | "costs more than it saves" | "poor" | "fair" | "good";

/** Reads under a fifth of the input are poor, from a half on good; writes should be read ten times. */
export function gradeOf({ input, read, written, net }: CacheHygiene): CacheGrade {
  if (read === 0n && written === 0n) return "unused";
  if (net < 0n) return "costs more than it saves";
  if (read * 5n < input) return "poor";
  return read * 2n >= input && written * 10n <= read ? "good" : "fair";
}

export function hygieneOf(
  cells: readonly (LeverCell & { readonly projectId: number })[],
): CacheHygiene[] {
  const ids = [...new Set(cells.map(({ projectId }) => projectId))];
  return ids
    .map((projectId) => ({ projectId, own: cells.filter((cell) => cell.projectId === projectId) }))
    .map(({ projectId, own }) => ({
      projectId,
      input: sum(own, (cell) => cell.input),
      read: sum(own, (cell) => cell.cacheRead),
      written: sum(own, (cell) => cell.cacheWrite),
      net: nanoUsd(
        sum(own, ({ cacheRead, cacheWrite, rates }) =>
          divideHalfEven(
            cacheRead * (rates.input - rates.cacheRead) +
              cacheWrite * (rates.input - rates.cacheWrite),
            MILLION,
          ),
        ),
      ),
    }))
    .sort((a, b) => (a.input === b.input ? a.projectId - b.projectId : a.input < b.input ? 1 : -1));
}
