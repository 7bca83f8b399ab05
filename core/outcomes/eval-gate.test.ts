import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUsd, parseUsd } from "#core/money.ts";
import { type Configuration, judge, passRateSaid } from "./eval-gate.ts";

const of = (name: string, dollars: string, passed: bigint, cases = 1_000n): Configuration => ({
  name,
  costPerCall: parseUsd(dollars),
  passed,
  cases,
  counted: true,
});

describe("the evaluation gate", () => {
  it("prints the table of domain.md to the last digit", () => {
    const rows = judge(of("baseline", "0.0336", 950n), [
      of("aggressive compression", "0.0121", 880n),
      of("gated compression + routing", "0.0149", 954n),
    ]).map((one) => [
      one.name,
      formatUsd(one.costPerCall, 4),
      passRateSaid(one),
      formatUsd(one.costPerSuccess ?? 0n, 4),
      one.decision,
    ]);
    expect(rows).toEqual([
      ["baseline", "$0.0336", "95.0%", "$0.0354", "baseline"],
      ["aggressive compression", "$0.0121", "88.0%", "$0.0138", "reject"],
      ["gated compression + routing", "$0.0149", "95.4%", "$0.0156", "promote"],
    ]);
  });

  it("takes a pass rate at the baseline's, and no dearer success", () => {
    const baseline = of("baseline", "0.01", 950n);
    const decided = (one: Configuration) => judge(baseline, [one])[1]?.decision;
    expect(decided(of("same rate", "0.009", 19n, 20n))).toBe("promote");
    expect(decided(of("a hair below", "0.001", 949_999n, 1_000_000n))).toBe("reject");
    expect(decided(of("dearer", "0.02", 960n))).toBe("reject");
    expect(decided(of("same", "0.01", 950n))).toBe("reject");
    expect(decided(of("nothing passes", "0", 0n))).toBe("reject");
  });

  it("never promotes what passes less often, however cheap", () => {
    const count = fc.bigInt({ min: 1n, max: 10n ** 6n });
    fc.assert(
      fc.property(count, count, count, count, (passed, more, other, rest) => {
        const baseline = of("baseline", "1", passed, passed + more);
        const candidate = of("candidate", "0.000000001", other, other + rest);
        const [, judged] = judge(baseline, [candidate]);
        const falls = other * (passed + more) < passed * (other + rest);
        expect(judged?.decision === "promote").toBe(!falls);
      }),
    );
  });
});
