import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BillDay, chartDays } from "./bill-day.ts";
import { judgeBillDays } from "./bill-day-detectors.ts";
import { DEFAULT_THRESHOLDS as limits } from "./thresholds.ts";

/** A Friday. */
const FRIDAY = Math.floor(Date.UTC(2026, 10, 20) / 86_400_000);

interface Sample {
  readonly requests?: number;
  readonly input?: number;
  readonly price?: number;
  readonly charged?: number;
  readonly listed?: boolean;
}

function billDay(day: number, sample: Sample = {}): BillDay {
  const { charged = 1, input = 2_000, listed = true, price = 3, requests = 10_000 } = sample;
  const list = (requests * (input + 200) * price) / 1e6;
  return {
    day,
    cost: list * charged,
    requests,
    inputTokens: requests * input,
    outputTokens: requests * 200,
    list: listed ? list : undefined,
  };
}

const isWeekend = (day: number) => (((day + 3) % 7) + 7) % 7 > 4;

/** Eight weeks before a day: a tenth of the requests at weekends, and a small swing. */
function past(end: number, sample: Sample = {}, length = 56): BillDay[] {
  return Array.from({ length }, (_, index) => {
    const day = end - length + index;
    const swing = 1 + (((index * 7919) % 21) - 10) / 100;
    const { requests = 10_000 } = sample;
    const scaled = Math.round(requests * swing * (isWeekend(day) ? 0.1 : 1));
    return billDay(day, { ...sample, requests: scaled });
  });
}

const judged = (days: readonly BillDay[]) =>
  [...judgeBillDays(days, { limits }).values()].map(({ day, kind, detected }) => ({
    day,
    kind: detected ? kind : `listed ${kind}`,
  }));
const on = (day: number, sample: Sample, base: Sample = {}) =>
  judged([...past(day, base), billDay(day, sample)]).map(({ kind }) => kind);

describe("a day of bills", () => {
  it("is as usual within the swing of its weekday, and on a quiet weekend", () => {
    expect(judged(past(FRIDAY + 10))).toEqual([]);
    expect(on(FRIDAY, { requests: 11_500 })).toEqual([]);
    expect(on(FRIDAY + 1, { requests: 1_100 })).toEqual([]);
  });

  it("stands out by what it costs beyond its weekday: as much as a Friday is too much on a Saturday", () => {
    expect(on(FRIDAY, { requests: 30_000 })).toEqual(["spend_jump"]);
    expect(on(FRIDAY, { requests: 10_000 })).toEqual([]);
    expect(on(FRIDAY + 1, { requests: 10_000 })).toEqual(["spend_jump"]);
    const [found] = judgeBillDays([...past(FRIDAY), billDay(FRIDAY, { requests: 30_000 })], {
      limits,
    }).values();
    expect(found?.excessUsd).toBeGreaterThan(120);
    expect(found?.excessUsd).toBeLessThan(140);
    expect(found?.requests).toBe(30_000);
    expect(found?.usualRequests).toBeGreaterThan(9_000);
    expect(found?.unchanged).toEqual(["tokens", "price", "mix"]);
  });

  it("names the factor that bears it: input, a dearer model, or the price", () => {
    expect(on(FRIDAY, { input: 6_000 })).toEqual(["token_bloat"]);
    expect(on(FRIDAY, { price: 9 })).toEqual(["model_mix"]);
    expect(on(FRIDAY, { charged: 1.5 })).toEqual(["price_change"]);
    expect(on(FRIDAY, { charged: 1.2 })).toEqual(["price_change"]);
  });

  it("is found by its cost alone where the bill counts neither tokens nor requests", () => {
    const bare = (day: BillDay) => ({ ...day, requests: 0, inputTokens: 0, outputTokens: 0 });
    const unlisted = { listed: false };
    const days = [...past(FRIDAY, unlisted), billDay(FRIDAY, { requests: 30_000, ...unlisted })];
    const [found] = judgeBillDays(days.map(bare), { limits }).values();
    expect(found).toMatchObject({ kind: "spend_jump", requests: undefined, unchanged: [] });
  });

  it("lists 30% at a flat volume, and raises nothing below the floor or without two weeks", () => {
    expect(on(FRIDAY, { charged: 1.4, listed: false }, { listed: false })).toEqual([
      "listed price_change",
    ]);
    expect(on(FRIDAY, { requests: 120 }, { requests: 40 })).toEqual([]);
    expect(judged([...past(FRIDAY, {}, 13), billDay(FRIDAY, { requests: 90_000 })])).toEqual([]);
  });

  it("stands out for a week and is then the new usual", () => {
    const step = Array.from({ length: 21 }, (_, index) => {
      const day = FRIDAY + index;
      return billDay(day, { requests: isWeekend(day) ? 3_000 : 30_000 });
    });
    const found = judged([...past(FRIDAY), ...step]).map(({ day }) => day - FRIDAY);
    // Of weekends too little is known to be so sure.
    expect(found.slice(0, 3)).toEqual([0, 3, 4]);
    expect(Math.max(...found)).toBeLessThan(8);
  });

  it("takes a missing day for one without spend, and judges none that is missing", () => {
    const gaps = past(FRIDAY).filter(({ day }) => day % 9 !== 0);
    expect(judged([...gaps, billDay(FRIDAY, { requests: 30_000 })])).toHaveLength(1);
    expect(judged(gaps)).toEqual([]);
  });

  it("is decided by nothing that comes after it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 20, maxLength: 60 }),
        fc.integer({ min: 1, max: 19 }),
        (requests, cut) => {
          const days = requests.map((count, index) => billDay(FRIDAY + index, { requests: count }));
          const kept = days.slice(0, -cut);
          const all = judged(days).filter(({ day }) => day < FRIDAY + kept.length);
          expect(judged(kept)).toEqual(all);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("the chart of days", () => {
  it("has two weeks with the range of each weekday", () => {
    const chart = chartDays([...past(FRIDAY), billDay(FRIDAY, { requests: 30_000 })], FRIDAY);
    expect(chart).toHaveLength(14);
    const [friday, saturday] = [chart.at(-1), chart.at(-7)];
    expect(friday?.cost).toBeGreaterThan(2 * (friday?.high ?? 0));
    expect(saturday?.high).toBeLessThan((friday?.low ?? 0) / 1.5);
    expect(chart.every(({ high, low }) => low > 0 && low <= high)).toBe(true);
  });

  it("has no range without a past", () => {
    expect(chartDays([billDay(FRIDAY)], FRIDAY).at(-1)).toMatchObject({ low: 0, high: 0 });
  });
});
