import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDay } from "../time.ts";
import { planFigures, planMonths, planReport } from "./plan.ts";

describe("an annual plan", () => {
  it("of one amount is spread over the months by their days, to the nano", () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, 10n ** 17n),
        fc.integer({ min: 2024, max: 2032 }),
        (whole, year) => {
          const figures = planFigures(year, [whole]);
          expect(figures.reduce((sum, { amount }) => sum + amount, 0n)).toBe(whole);
          expect(figures.map(({ month }) => month)).toEqual(planMonths(year));
        },
      ),
    );
    expect(
      planFigures(2026, [365n])
        .map(({ amount }) => amount)
        .slice(0, 3),
    ).toEqual([31n, 28n, 31n]);
  });

  it("has a variance for months that are over, and none for the one that runs", () => {
    const figures = new Map(
      planFigures(2026, new Array<bigint>(12).fill(100n)).map((one) => [one.month, one.amount]),
    );
    const report = planReport(2026, figures, parseDay("2026-03-10"), {
      of: () => 110n,
      recordedFrom: parseDay("2025-11-03"),
    });
    expect(
      report.months.slice(0, 4).map(({ state, variance, actual }) => [state, variance, actual]),
    ).toEqual([
      ["over", 10n, 110n],
      ["over", 10n, 110n],
      ["running", undefined, 110n],
      ["to_come", undefined, 0n],
    ]);
    expect(report).toMatchObject({ planned: 1_200n, plannedSoFar: 200n, actualSoFar: 220n });
  });

  it("has no variance where a month has no figure", () => {
    const report = planReport(2026, new Map(), parseDay("2026-03-10"), {
      of: () => 110n,
      recordedFrom: parseDay("2025-11-03"),
    });
    expect(report.months.every(({ variance }) => variance === undefined)).toBe(true);
  });

  it("compares no month that the records do not hold as a whole", () => {
    const figures = new Map(
      planFigures(2026, new Array<bigint>(12).fill(100n)).map((one) => [one.month, one.amount]),
    );
    const report = planReport(2026, figures, parseDay("2026-04-10"), {
      of: () => 110n,
      recordedFrom: parseDay("2026-02-20"),
    });
    expect(
      report.months.slice(0, 4).map(({ state, variance, since }) => [state, variance, since]),
    ).toEqual([
      ["unrecorded", undefined, undefined],
      ["over", undefined, "2026-02-20"],
      ["over", 10n, undefined],
      ["running", undefined, undefined],
    ]);
    expect(report).toMatchObject({ plannedSoFar: 100n, actualSoFar: 110n });
  });

  it("knows nothing of a year without records", () => {
    const nothing = { of: () => 0n, recordedFrom: undefined };
    const { months } = planReport(2026, new Map(), parseDay("2026-03-10"), nothing);
    expect(months[1]?.state).toBe("unrecorded");
  });
});
