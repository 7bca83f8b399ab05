import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combinedSaving, hitPermille, type LeverCell, leversOf, savingOf } from "./lever.ts";
import { gradeOf, hygieneOf } from "./lever-cache.ts";

/** Sonnet's prices: $3, $0.30, $3.75 and $15 per million tokens. */
const RATES = {
  input: 3_000_000_000n,
  cacheRead: 300_000_000n,
  cacheWrite: 3_750_000_000n,
  output: 15_000_000_000n,
};
const USD = 1_000_000_000n;

/** 10,000 calls of 10,000 tokens in and 500 out: $300 and $75. */
function cell(over: Partial<LeverCell> = {}): LeverCell {
  return {
    agentId: 7,
    modelId: 1,
    model: "claude-sonnet-4-5",
    requests: 10_000n,
    input: 100_000_000n,
    cacheRead: 0n,
    cacheWrite: 0n,
    output: 5_000_000n,
    cost: 375n * USD,
    rates: RATES,
    activeHours: 168,
    ...over,
  };
}

const kinds = (of: LeverCell) => leversOf([of]).map(({ kind }) => kind);

describe("levers of a week", () => {
  it("finds none where nothing is known that would make one", () => {
    expect(leversOf([cell()])).toEqual([]);
  });

  it("prices the fixed part of the prompt at the cache's price, with its misses written", () => {
    const fixed = { tokens: 40n, ofInput: 100n };
    const found = leversOf([cell({ fixed })]);
    // 59.5 calls an hour, 4.96 in five minutes: 99.2% hits. 40M tokens: $120 becomes $11.90 + $1.20.
    expect(hitPermille(10_000n, 168)).toBe(992);
    expect(found).toMatchObject([{ kind: "prompt_caching", saving: 106_896_000_000n }]);
  });

  it("counts what is read from the cache already as cached", () => {
    const fixed = { tokens: 40n, ofInput: 100n };
    expect(kinds(cell({ fixed, cacheRead: 40_000_000n, cost: 267n * USD }))).toEqual([]);
  });

  it("does not advise caching for calls that come too rarely to hit it", () => {
    const rare = cell({ fixed: { tokens: 40n, ofInput: 100n }, requests: 12n, activeHours: 12 });
    expect(hitPermille(12n, 12)).toBe(79);
    expect(savingOf(rare, ["prompt_caching"])).toBeLessThan(0n);
    expect(kinds(rare)).toEqual([]);
  });

  it("brings the input back to its four weeks' usual, from a tenth of growth on", () => {
    const usual = (perCall: bigint) => ({ input: perCall * 40_000n, requests: 40_000n });
    expect(leversOf([cell({ usual: usual(8_000n) })])).toMatchObject([
      { kind: "context", saving: 60n * USD, because: { now: 10_000n, usual: 8_000n } },
    ]);
    expect(kinds(cell({ usual: usual(9_100n) }))).toEqual([]);
  });

  it("cuts the output beyond what nine calls in ten need", () => {
    expect(leversOf([cell({ outputBeyond: 1_000_000n })])).toMatchObject([
      { kind: "output_length", saving: 15n * USD },
    ]);
  });

  it("takes the batch price for calls that nobody waits for", () => {
    const waiting = { cost: 100n * USD, batchCost: 50n * USD };
    expect(leversOf([cell({ waiting })])).toMatchObject([{ kind: "batch", saving: 50n * USD }]);
  });

  it("shows routing as a hypothesis with its price ratio", () => {
    const third = { ...RATES, input: 1_000_000_000n, output: 5_000_000_000n };
    const cheaper = { model: "claude-haiku-4-5", rates: third };
    expect(leversOf([cell({ cheaper })])).toMatchObject([
      {
        kind: "routing",
        saving: 125n * USD,
        isHypothesis: true,
        because: { to: "claude-haiku-4-5", ratioTenths: 30n },
      },
    ]);
  });
});

describe("levers together", () => {
  const ALL = ["prompt_caching", "context", "output_length", "batch", "routing"] as const;
  const share = fc.bigInt({ min: 0n, max: 100n });

  it("never save more than they do one by one, nor more than the week cost", () => {
    fc.assert(
      fc.property(share, share, share, share, (fixed, grown, beyond, waits) => {
        const cost = (375n * USD * waits) / 100n;
        const one = cell({
          fixed: { tokens: fixed, ofInput: 100n },
          usual: { input: 100_000_000n - grown * 900_000n, requests: 10_000n },
          outputBeyond: beyond * 40_000n,
          waiting: { cost, batchCost: cost / 2n },
          cheaper: {
            model: "small",
            rates: { input: USD, cacheRead: USD / 10n, cacheWrite: USD, output: 5n * USD },
          },
        });
        const levers = ALL.map((kind) => ({ kind, agentId: 7 }));
        const together = combinedSaving([one], levers);
        const added = ALL.reduce((sum, kind) => sum + savingOf(one, [kind]), 0n);
        // A nano-dollar for each rounding.
        expect(together).toBeLessThanOrEqual(added + 10n);
        expect(together).toBeLessThanOrEqual(one.cost);
      }),
    );
  });
});

describe("cache hygiene", () => {
  const of = (read: bigint, written: bigint) => {
    const [one] = hygieneOf([{ ...cell({ cacheRead: read, cacheWrite: written }), projectId: 3 }]);
    if (one === undefined) throw new Error("one project was given");
    return { grade: gradeOf(one), net: one.net };
  };

  it("is scored by what is read, and by what is written for it", () => {
    expect(of(0n, 0n).grade).toBe("unused");
    expect(of(60_000_000n, 1_000_000n)).toEqual({ grade: "good", net: 161_250_000_000n });
    expect(of(60_000_000n, 20_000_000n).grade).toBe("fair");
    expect(of(10_000_000n, 1_000_000n).grade).toBe("poor");
    expect(of(1_000_000n, 20_000_000n).grade).toBe("costs more than it saves");
  });
});
