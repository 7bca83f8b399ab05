import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nanoUsd } from "#core/money.ts";
import type { Measures } from "./measures.ts";
import { DRIVERS, explain, type WhyCell } from "./why.ts";

interface Usage {
  requests: number;
  uncached: number;
  read: number;
  write: number;
  output: number;
  costs: [number, number, number, number, number];
}

function measures(usage: Usage): Measures {
  const [input, read, write, output, other] = usage.costs.map((cost) => nanoUsd(BigInt(cost)));
  const of = (value: typeof input) => value ?? nanoUsd(0n);
  return {
    requests: BigInt(usage.requests),
    errors: 0n,
    inputTokens: BigInt(usage.uncached + usage.read + usage.write),
    cacheReadTokens: BigInt(usage.read),
    cacheWriteTokens: BigInt(usage.write),
    outputTokens: BigInt(usage.output),
    reasoningTokens: 0n,
    inputCost: of(input),
    cacheReadCost: of(read),
    cacheWriteCost: of(write),
    outputCost: of(output),
    reasoningCost: nanoUsd(0n),
    otherCost: of(other),
    cost: nanoUsd(of(input) + of(read) + of(write) + of(output) + of(other)),
    listCost: nanoUsd(0n),
    reportedCost: nanoUsd(0n),
    reportedRequests: 0n,
    unpricedRequests: 0n,
    unpricedTokens: 0n,
    billedCost: nanoUsd(0n),
    callCost: nanoUsd(0n),
    reconciliationCost: nanoUsd(0n),
    lastRecordedAt: undefined,
  };
}

const count = fc.integer({ min: 0, max: 1_000_000 });
const usage: fc.Arbitrary<Usage> = fc.record({
  requests: fc.integer({ min: 0, max: 1000 }),
  uncached: count,
  read: count,
  write: count,
  output: count,
  costs: fc.tuple(count, count, count, count, count),
});
const side = fc.option(usage.map(measures), { nil: undefined });
const cells: fc.Arbitrary<WhyCell[]> = fc.uniqueArray(
  fc.record({
    agentId: fc.integer({ min: 0, max: 2 }),
    modelId: fc.integer({ min: 0, max: 2 }),
    before: side,
    after: side,
  }),
  { maxLength: 6, selector: (cell) => `${cell.agentId}/${cell.modelId}` },
);

describe("why", () => {
  it("adds up to the change, in every cell and in total", () => {
    fc.assert(
      fc.property(cells, (input) => {
        const why = explain(input);
        const sum = DRIVERS.reduce((total, driver) => total + why.parts[driver], 0n);
        expect(sum).toBe(why.change);
        expect(why.after - why.before).toBe(why.change);
        for (const cell of why.cells) {
          expect(DRIVERS.reduce((total, driver) => total + cell.parts[driver], 0n)).toBe(
            cell.change,
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("negates every part when the periods are exchanged", () => {
    fc.assert(
      fc.property(cells, (input) => {
        const forth = explain(input);
        const back = explain(
          input.map((cell) => ({ ...cell, before: cell.after, after: cell.before })),
        );
        for (const driver of DRIVERS) expect(back.parts[driver]).toBe(-forth.parts[driver]);
      }),
      { numRuns: 300 },
    );
  });

  it("gives all of it to the only driver that changed", () => {
    const base: Usage = {
      requests: 100,
      uncached: 8000,
      read: 1000,
      write: 1000,
      output: 500,
      costs: [800, 10, 125, 500, 40],
    };
    const doubled: Usage = {
      requests: 200,
      uncached: 16000,
      read: 2000,
      write: 2000,
      output: 1000,
      costs: [1600, 20, 250, 1000, 80],
    };
    const calls = explain([
      { agentId: 1, modelId: 1, before: measures(base), after: measures(doubled) },
    ]);
    expect(calls.parts.requests).toBe(1475n);
    for (const driver of DRIVERS) if (driver !== "requests") expect(calls.parts[driver]).toBe(0n);

    const dearer: Usage = { ...base, costs: [800, 10, 125, 777, 40] };
    const price = explain([
      { agentId: 1, modelId: 1, before: measures(base), after: measures(dearer) },
    ]);
    expect(price.parts.price_output).toBe(277n);
    for (const driver of DRIVERS)
      if (driver !== "price_output") expect(price.parts[driver]).toBe(0n);
  });

  it("splits two drivers as worked out by hand", () => {
    // 10 calls x 100 tokens x 1 nano to 20 calls x 150 tokens x 1 nano: +2000.
    // requests: half of (10 x 100 + 10 x 150) = 1250; input: half of (50 x 10 + 50 x 20) = 750.
    const before = measures({
      requests: 10,
      uncached: 1000,
      read: 0,
      write: 0,
      output: 0,
      costs: [1000, 0, 0, 0, 0],
    });
    const after = measures({
      requests: 20,
      uncached: 3000,
      read: 0,
      write: 0,
      output: 0,
      costs: [3000, 0, 0, 0, 0],
    });
    const why = explain([{ agentId: 1, modelId: 1, before, after }]);
    expect(why.parts.requests).toBe(1250n);
    expect(why.parts.input_per_request).toBe(750n);
    expect(why.change).toBe(2000n);
  });

  it("tells a change of model mix from a change of calls", () => {
    const cheap = (calls: number) =>
      measures({
        requests: calls,
        uncached: calls * 10,
        read: 0,
        write: 0,
        output: 0,
        costs: [calls * 10, 0, 0, 0, 0],
      });
    const dear = (calls: number) =>
      measures({
        requests: calls,
        uncached: calls * 10,
        read: 0,
        write: 0,
        output: 0,
        costs: [calls * 100, 0, 0, 0, 0],
      });
    const why = explain([
      { agentId: 1, modelId: 1, before: cheap(90), after: cheap(50) },
      { agentId: 1, modelId: 2, before: dear(10), after: dear(50) },
    ]);
    expect(why.parts.requests).toBe(0n);
    expect(why.parts.model_mix).toBe(why.change);
  });

  it("keeps charges without calls apart", () => {
    const fee: Usage = {
      requests: 0,
      uncached: 0,
      read: 0,
      write: 0,
      output: 0,
      costs: [0, 0, 0, 0, 5000],
    };
    const why = explain([{ agentId: 0, modelId: 0, before: undefined, after: measures(fee) }]);
    expect(why.parts.charges_without_calls).toBe(5000n);
  });
});
