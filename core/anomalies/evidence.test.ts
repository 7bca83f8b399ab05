import { describe, expect, it } from "vitest";
import { hourOf, NOON, pastHours } from "#test/anomalies/sample-hours.ts";
import { chartHours, contributorsOf, evidenceOf, withExcess } from "./evidence.ts";

const signal = {
  kind: "request_spike",
  hour: NOON,
  excessUsd: 5,
  observed: 1_000,
  usual: 110,
} as const;

describe("evidence", () => {
  it("charts the last twelve hours with what is usual at their time of day", () => {
    const hours = [...pastHours(336), hourOf(NOON, { requests: 1_000 })];
    const chart = chartHours(hours, NOON);
    expect(chart.map(({ hour }) => hour - NOON)).toEqual([
      -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0,
    ]);
    const last = chart.at(-1);
    expect(last?.cost).toBeGreaterThan(5 * (last?.high ?? 0));
    expect(chart.every(({ high, low }) => low > 0 && low <= high)).toBe(true);
  });

  it("charts a rest as a rest: no spend, and none usual", () => {
    const nightly = pastHours(336).filter(({ hour }) => hour % 24 === 2);
    const chart = chartHours([...nightly, hourOf(NOON)], NOON);
    expect(chart.at(-1)).toMatchObject({ low: 0, high: 0 });
    expect(chartHours([], NOON)).toHaveLength(12);
  });

  it("says what stayed as it was, and never the cause itself", () => {
    const hours = [...pastHours(336), hourOf(NOON, { requests: 1_000 })];
    const loop = evidenceOf(hours, 336, { signal, detected: true });
    expect(loop.unchanged).toEqual(["tokens", "price"]);
    const bloated = [...pastHours(336), hourOf(NOON, { input: 9_000 })];
    const bloat = { ...signal, kind: "token_bloat" } as const;
    expect(evidenceOf(bloated, 336, { signal: bloat, detected: true }).unchanged).toEqual([
      "requests",
      "price",
    ]);
  });

  it("names what rose, by its share of the rise", () => {
    const parts = [
      { kind: "key", id: 1, cost: 48, usual: 0 },
      { kind: "key", id: 2, cost: 6, usual: 4 },
      { kind: "key", id: 3, cost: 1, usual: 9 },
      { kind: "key", id: 0, cost: 9, usual: 1 },
    ] as const;
    expect(contributorsOf(parts)).toEqual([{ kind: "key", id: 1, share: 0.96 }]);
    expect(contributorsOf([])).toEqual([]);
  });

  it("counts an hour once, however often it is judged", () => {
    const first = withExcess([], 10, 5);
    expect(first).toEqual({ hours: [{ hour: 10, usd: 5 }], added: 5 });
    expect(withExcess(first.hours, 10, 7)).toEqual({ hours: [{ hour: 10, usd: 7 }], added: 2 });
    const many = Array.from({ length: 12 }, (_, hour) => ({ hour, usd: 1 }));
    expect(withExcess(many, 12, 1).hours).toHaveLength(12);
  });
});
