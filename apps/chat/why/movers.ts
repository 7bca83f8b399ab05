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
    .sort((a, b) => {
      const left = absolute(a.change);
      const right = absolute(b.change);
      return left === right ? a.id - b.id : left < right ? 1 : -1;
    });
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
}

/** Drivers that earned something, the largest first, each with the agent behind it. */
export function driverShares(
  parts: Readonly<Record<Driver, NanoUsd>>,
  cells: readonly WhyCellParts[],
): DriverShare[] {
  return DRIVERS.filter((driver) => parts[driver] !== 0n)
    .map((driver) => ({ driver, part: parts[driver], agentId: mainAgent(driver, cells) }))
    .sort((a, b) => {
      const left = absolute(a.part);
      const right = absolute(b.part);
      return left === right ? 0 : left < right ? 1 : -1;
    });
}

function mainAgent(driver: Driver, cells: readonly WhyCellParts[]): number | undefined {
  const sums = new Map<number, bigint>();
  for (const cell of cells) {
    sums.set(cell.agentId, (sums.get(cell.agentId) ?? 0n) + cell.parts[driver]);
  }
  const all = [...sums.values()].reduce((sum, part) => sum + absolute(part), 0n);
  const [first] = movers(sums);
  if (first === undefined || first.id === 0) return undefined;
  return absolute(first.change) * 10n >= all * 6n ? first.id : undefined;
}
