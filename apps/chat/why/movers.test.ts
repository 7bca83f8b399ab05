import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DRIVERS, type Driver, explain, type WhyCellParts } from "#core/ledger/why.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import { driverShares, saidPieces } from "./movers.ts";

type Parts = Readonly<Record<Driver, NanoUsd>>;

function partsOf(given: Partial<Record<Driver, bigint>>): Parts {
  const parts = { ...explain([]).parts };
  for (const driver of DRIVERS) parts[driver] = nanoUsd(given[driver] ?? 0n);
  return parts;
}

function cell(agentId: number, given: Partial<Record<Driver, bigint>>): WhyCellParts {
  const parts = partsOf(given);
  const change = nanoUsd(DRIVERS.reduce((sum, driver) => sum + parts[driver], 0n));
  return { agentId, modelId: 1, change, parts };
}

function total(cells: readonly WhyCellParts[]): Parts {
  const sum = (driver: Driver) => cells.reduce((all, { parts }) => all + parts[driver], 0n);
  return partsOf(Object.fromEntries(DRIVERS.map((driver) => [driver, sum(driver)])));
}

describe("the pieces of a change", () => {
  it("say of a named agent what is its own, and the rest as being elsewhere", () => {
    const cells = [
      cell(1, { requests: 181n }),
      cell(2, { requests: 79n }),
      cell(3, { requests: 5n }),
    ];
    expect(saidPieces(driverShares(total(cells), cells))).toEqual([
      { driver: "requests", part: 181n, agentId: 1, elsewhere: false },
      { driver: "requests", part: 84n, agentId: undefined, elsewhere: true },
    ]);
  });

  it("name no agent where none stands out", () => {
    const cells = [cell(1, { requests: 50n }), cell(2, { requests: 50n })];
    expect(saidPieces(driverShares(total(cells), cells))).toEqual([
      { driver: "requests", part: 100n, agentId: undefined, elsewhere: false },
    ]);
  });

  it("add up to the change", () => {
    const amount = fc.bigInt({ min: -1_000n, max: 1_000n });
    const drawn = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), amount, amount), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(drawn, (list) => {
        const cells = list.map(([id, requests, cache]) =>
          cell(id, { requests, cache_share: cache }),
        );
        const pieces = saidPieces(driverShares(total(cells), cells));
        const change = cells.reduce((sum, one) => sum + one.change, 0n);
        expect(pieces.reduce((sum, { part }) => sum + part, 0n)).toBe(change);
      }),
      { numRuns: 100 },
    );
  });
});
