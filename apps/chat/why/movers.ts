import { DRIVERS, type Driver, type WhyCellParts } from "#core/ledger/why.ts";
import { absolute, type NanoUsd, nanoUsd } from "#core/money.ts";

export interface Mover {
  readonly id: number;
  readonly change: NanoUsd;
}

/** Changes by id, the one that moved most first. */
export function movers(sums: ReadonlyMap<number, bigint>): Mover[] {
  return [...sums]
    .map(([id, change]) => ({ id, change: nanoUsd(change) }))
    .sort((a, b) => largestFirst(a.change, b.change) || a.id - b.id);
}

/** The change of every agent or of every model, the one that moved most first. */
export function cellMovers(cells: readonly WhyCellParts[], of: "agentId" | "modelId"): Mover[] {
  const sums = new Map<number, bigint>();
  for (const cell of cells) sums.set(cell[of], (sums.get(cell[of]) ?? 0n) + cell.change);
  return movers(sums);
}

export interface DriverShare {
  readonly driver: Driver;
  readonly part: NanoUsd;
  /** The agent that makes most of the part, when it makes at least 60% of all movement in it. */
  readonly agentId: number | undefined;
  /** What of the part is that agent's own; the whole part where no agent stands out. */
  readonly agentPart: NanoUsd;
}

/** Drivers that earned something, the largest first, each with the agent behind it. */
export function driverShares(
  parts: Readonly<Record<Driver, NanoUsd>>,
  cells: readonly WhyCellParts[],
): DriverShare[] {
  return DRIVERS.filter((driver) => parts[driver] !== 0n)
    .map((driver) => {
      const main = mainAgent(driver, cells);
      const agentPart = main?.change ?? parts[driver];
      return { driver, part: parts[driver], agentId: main?.id, agentPart };
    })
    .sort((a, b) => largestFirst(a.part, b.part));
}

function largestFirst(a: bigint, b: bigint): number {
  const [left, right] = [absolute(a), absolute(b)];
  return left === right ? 0 : left < right ? 1 : -1;
}

function mainAgent(driver: Driver, cells: readonly WhyCellParts[]): Mover | undefined {
  const sums = new Map<number, bigint>();
  for (const cell of cells) {
    sums.set(cell.agentId, (sums.get(cell.agentId) ?? 0n) + cell.parts[driver]);
  }
  const all = [...sums.values()].reduce((sum, part) => sum + absolute(part), 0n);
  const [first] = movers(sums);
  if (first === undefined || first.id === 0) return undefined;
  return absolute(first.change) * 10n >= all * 6n ? first : undefined;
}

/** A piece of a change as one clause says it: a driver, of one agent or of all that it is not said of. */
export interface SaidPiece {
  readonly driver: Driver;
  readonly part: bigint;
  readonly agentId: number | undefined;
  /** What the named agent left of the driver: other agents' part of it. */
  readonly elsewhere: boolean;
}

/**
 * The change in pieces that add up to it, the largest first. An agent is named with its own part
 * alone, so that the clause and the agent's own `why` say the same amount.
 */
export function saidPieces(shares: readonly DriverShare[]): SaidPiece[] {
  return shares
    .flatMap(({ driver, part, agentId, agentPart }): SaidPiece[] => [
      { driver, part: agentPart, agentId, elsewhere: false },
      { driver, part: part - agentPart, agentId: undefined, elsewhere: true },
    ])
    .filter(({ part }) => part !== 0n)
    .sort((a, b) => largestFirst(a.part, b.part));
}
