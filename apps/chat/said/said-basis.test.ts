import { describe, expect, it } from "vitest";
import { nanoUsd } from "#core/money.ts";
import { sourceBasis } from "./said-basis.ts";

const dollars = (amount: number) => nanoUsd(BigInt(amount) * 1_000_000_000n);

function total(cost: number, billed: number, reconciliation: number) {
  return {
    cost: dollars(cost),
    billedCost: dollars(billed),
    reconciliationCost: dollars(reconciliation),
  };
}

describe("what a total rests on", () => {
  it("is metered where no bill is in it", () => {
    expect(sourceBasis(total(12, 0, 0))).toEqual({ basis: "metered" });
    expect(sourceBasis(total(0, 0, 0))).toEqual({ basis: "metered" });
  });

  it("is billed where nothing metered it", () => {
    expect(sourceBasis(total(12, 12, 0))).toEqual({ basis: "billed" });
  });

  it("names both amounts where it is mixed, and is called after the larger", () => {
    const metered = sourceBasis(total(120, 20, 0));
    expect(metered).toEqual({ basis: "metered", note: "$100 metered, $20.00 billed" });
    expect(sourceBasis(total(120, 100, 0)).basis).toBe("billed");
  });

  it("is reconciled as soon as a difference to a bill is in it, even one that lowers it", () => {
    const reconciled = sourceBasis(total(98, 0, -2));
    expect(reconciled.basis).toBe("reconciled");
    expect(reconciled.note).toBe("$100 metered, -$2.00 reconciliation");
  });
});
