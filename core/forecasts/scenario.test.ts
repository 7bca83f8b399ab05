import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatUsd } from "../money.ts";
import { fraction } from "../pricing/fraction.ts";
import { percentText } from "../pricing/mix.ts";
import { type Drivers, driverValue, projectedCost, readChange, scenarioTable } from "./scenario.ts";

/** domain.md section 4: the support copilot's inputs. */
const BASE: Drivers = {
  calls: driverValue("1,240,000", "calls"),
  tokensPerCall: driverValue("7,010", "tokens"),
  rate: driverValue("0.0048", "rate"),
};

describe("the scenario table of the domain", () => {
  const table = scenarioTable(BASE, [
    { name: "flat usage, no action" },
    { name: "adoption +40%", calls: readChange("+40%", "calls") },
    {
      name: "+40%, context unmanaged",
      calls: readChange("+40%", "calls"),
      tokens: readChange("9100", "tokens"),
    },
    {
      name: "+40%, levers applied",
      calls: readChange("+40%", "calls"),
      tokens: readChange("3900", "tokens"),
      rate: readChange("0.0042", "rate"),
    },
  ]);

  it("prints every figure to the cent", () => {
    expect(formatUsd(table.today.projected)).toBe("$41,723.52");
    expect(
      table.lines.map(({ projected, changePercent, drivers }) => [
        formatUsd(projected),
        changePercent,
        drivers.calls.numerator,
      ]),
    ).toEqual([
      ["$41,723.52", 0n, 1_240_000n],
      ["$58,412.93", 40n, 1_736_000n],
      ["$75,828.48", 82n, 1_736_000n],
      ["$28,435.68", -32n, 1_736_000n],
    ]);
  });

  it("has the addressable swing", () => {
    expect(table.swing).toMatchObject({
      from: "+40%, context unmanaged",
      to: "+40%, levers applied",
    });
    expect(formatUsd(table.swing?.amount ?? 0n)).toBe("$47,392.80");
  });

  it("has the rate of the ledger where the month is $41,800", () => {
    const tokens = 1_240_000n * 7_010n;
    const rate = fraction(41_800n * 1_000n, tokens);
    expect(formatUsd(projectedCost({ ...BASE, rate }))).toBe("$41,800.00");
    expect((Number(rate.numerator) / Number(rate.denominator)).toFixed(7)).toBe("0.0048088");
  });
});

describe("the routing table of the domain", () => {
  it.each([
    ["60", "46.0%"],
    ["85", "23.5%"],
    ["0", "100.0%"],
    ["100", "10.0%"],
  ])("with %s%% to a model ten times cheaper costs %s", (share, expected) => {
    const { lines } = scenarioTable(BASE, [
      {
        name: "routed",
        route: {
          share: driverValue(share, "share"),
          model: "budget",
          rate: driverValue("0.00048", "rate"),
        },
      },
    ]);
    expect(percentText(lines[0]?.blend?.costShare ?? fraction(0n, 1n))).toBe(expected);
  });
});

describe("a scenario", () => {
  it("of what is not a number is refused with an example", () => {
    for (const bad of ["", "x", "-5", "1e999", "40%%"]) {
      expect(() => readChange(bad, "calls")).toThrow("is not a number of calls");
    }
    expect(() =>
      scenarioTable(BASE, [{ name: "less", calls: readChange("-101%", "calls") }]),
    ).toThrow("calls cannot be under 0");
  });

  it("multiplies: the change of the cost is the product of the changes", () => {
    const percent = fc.integer({ min: -99, max: 500 });
    fc.assert(
      fc.property(percent, percent, percent, (calls, tokens, rate) => {
        const by = (value: number) => readChange(`${value}%`, "calls");
        const { lines } = scenarioTable(BASE, [
          { name: "all", calls: by(calls), tokens: by(tokens), rate: by(rate) },
        ]);
        const factor = BigInt(100 + calls) * BigInt(100 + tokens) * BigInt(100 + rate);
        const expected = (41_723_520_000_000n * factor) / 1_000_000n;
        const difference = (lines[0]?.projected ?? 0n) - expected;
        expect(difference <= 1n && difference >= -1n).toBe(true);
      }),
    );
  });
});
