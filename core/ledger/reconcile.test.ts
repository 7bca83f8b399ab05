import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BilledGroup, type MeteredGroup, reconcileDay } from "./reconcile.ts";

const undated = (name: string) => name.replace(/-\d{4}-\d\d-\d\d$/, "");
const DOLLAR = 1_000_000_000n;

function billed(over: Partial<BilledGroup> = {}): BilledGroup {
  return {
    ...{ provider: "openai", project: "proj-a", key: "", model: "gpt-4o", isUsage: true },
    ...{ amount: 10n * DOLLAR, tokens: 1_000_000n },
    ...over,
  };
}

function metered(over: Partial<MeteredGroup> = {}): MeteredGroup {
  return {
    ...{ key: "", model: "gpt-4o", cost: 10n * DOLLAR, tokens: 1_000_000n },
    ...{ requests: 100n, unpricedRequests: 0n },
    ...over,
  };
}

const causes = (b: BilledGroup[], m: MeteredGroup[]) =>
  reconcileDay(b, m, undated).groups.flatMap((group) => group.causes);

describe("billed less metered", () => {
  it("is nothing where both say the same, however the model is spelled", () => {
    const day = reconcileDay([billed({ model: "gpt-4o-2024-08-06" })], [metered()], undated);
    expect(day.groups).toHaveLength(1);
    expect(day.groups[0]).toMatchObject({ difference: 0n, causes: [] });
  });

  it("tells traffic that nobody metered from tokens that went missing and from another price", () => {
    expect(causes([billed()], [])).toEqual([{ cause: "bypass", amount: 10n * DOLLAR }]);
    const missing = metered({ cost: 9n * DOLLAR, tokens: 900_000n });
    expect(causes([billed()], [missing])).toEqual([{ cause: "missed", amount: DOLLAR }]);
    const dearer = metered({ cost: 8n * DOLLAR });
    expect(causes([billed()], [dearer])).toEqual([{ cause: "price", amount: 2n * DOLLAR }]);
    const both = metered({ cost: 8n * DOLLAR, tokens: 900_000n });
    expect(causes([billed()], [both])).toEqual([
      { cause: "missed", amount: DOLLAR },
      { cause: "price", amount: DOLLAR },
    ]);
  });

  it("names fees, missing prices, cents and what is not on the bill", () => {
    const fee = billed({ isUsage: false, model: "vector storage", tokens: undefined });
    expect(causes([fee], [])).toEqual([{ cause: "charge", amount: 10n * DOLLAR }]);
    const unpriced = metered({ cost: 0n, unpricedRequests: 100n });
    expect(causes([billed()], [unpriced])).toEqual([{ cause: "unpriced", amount: 10n * DOLLAR }]);
    const near = metered({ cost: 10n * DOLLAR - 1n });
    expect(causes([billed()], [near])).toEqual([{ cause: "rounding", amount: 1n }]);
    expect(causes([billed()], [metered(), metered({ model: "o3", cost: DOLLAR })])).toEqual([
      { cause: "not_billed", amount: -DOLLAR },
    ]);
    const untold = billed({ tokens: undefined });
    expect(causes([untold], [metered({ cost: 9n * DOLLAR })])).toEqual([
      { cause: "unexplained", amount: DOLLAR },
    ]);
  });

  it("goes by the key where the bill knows it, else by the model's tokens", () => {
    const bills = [
      billed({ key: "k1", amount: 3n * DOLLAR, tokens: 300n }),
      billed({ key: "k2", amount: DOLLAR, tokens: 100n }),
    ];
    const keyed = reconcileDay(
      bills,
      [metered({ key: "k2", cost: DOLLAR, tokens: 100n })],
      undated,
    );
    expect(keyed.groups.map((group) => group.metered)).toEqual([0n, DOLLAR]);
    const shared = reconcileDay(
      bills,
      [metered({ key: "virtual", cost: 4n * DOLLAR, tokens: 400n })],
      undated,
    );
    expect(shared.groups.map((group) => group.difference)).toEqual([0n, 0n]);
  });

  it("waits while the cost of reported usage is not out", () => {
    expect(reconcileDay([billed({ amount: undefined })], [metered()], undated).waiting).toBe(true);
    expect(reconcileDay([billed()], [metered()], undated).waiting).toBe(false);
  });

  it("adds up to the bill less the meter, and each line's causes to its difference", () => {
    const amount = fc.bigInt({ min: -5n * DOLLAR, max: 50n * DOLLAR });
    const name = fc.constantFrom("gpt-4o", "gpt-4o-2024-08-06", "o3", "o4-mini");
    const key = fc.constantFrom("", "k1", "k2");
    const count = fc.bigInt({ min: 0n, max: 1_000_000n });
    const bill = fc.record({
      ...{ provider: fc.constant("openai"), project: fc.constantFrom("", "p") },
      ...{ key, model: name, isUsage: fc.boolean(), amount },
      tokens: fc.option(count, { nil: undefined }),
    });
    const meter = fc.record({
      ...{ key, model: name, cost: amount, tokens: count },
      ...{ requests: count, unpricedRequests: fc.constantFrom(0n, 3n) },
    });
    fc.assert(
      fc.property(fc.array(bill, { maxLength: 6 }), fc.array(meter, { maxLength: 6 }), (b, m) => {
        const day = reconcileDay(b, m, undated);
        const total = (values: readonly bigint[]) => values.reduce((sum, one) => sum + one, 0n);
        expect(day.billed).toBe(total(b.map((one) => one.amount)));
        expect(day.metered).toBe(total(m.map((one) => one.cost)));
        const differences = day.groups.map((group) => group.difference);
        expect(total(differences)).toBe(day.billed - day.metered);
        for (const group of day.groups) {
          expect(total(group.causes.map((one) => one.amount))).toBe(group.difference);
        }
      }),
      { numRuns: 300 },
    );
  });
});
