import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { baselineAt, detect } from "#core/anomalies/detectors.ts";
import { type AgentHour, addModelHour } from "#core/anomalies/hour.ts";
import { isOnTime, judgeAt } from "#core/anomalies/judge.ts";
import { listedSignals } from "#core/anomalies/published.ts";
import { DEFAULT_THRESHOLDS } from "#core/anomalies/thresholds.ts";
import { hourOf, NOON, pastHours, type Sample } from "./sample-hours.ts";

const DAYS = 14 * 24;

function found(past: readonly AgentHour[], ...now: Sample[]) {
  const hours = [...past, hourOf(NOON, ...now)];
  const baseline = baselineAt(hours, hours.length - 1);
  return baseline === undefined ? [] : detect(baseline, DEFAULT_THRESHOLDS);
}
const kinds = (past: readonly AgentHour[], ...now: Sample[]) =>
  found(past, ...now).map(({ kind }) => kind);

describe("a price change", () => {
  it("is found by what is charged over the list, and costs what is above it", () => {
    const [signal] = found(pastHours(DAYS), { charged: 1.5 });
    expect(signal).toMatchObject({ kind: "price_change", usual: 1 });
    expect(signal?.excessUsd).toBeCloseTo(hourOf(NOON).cost / 2, 6);
  });

  it("is none when list and charge move alike, as with a dated price of the catalogue", () => {
    expect(kinds(pastHours(DAYS), { price: 4.5 })).toEqual([]);
  });

  it("is held against the past of the same measure: our book, or what the source reports", () => {
    const reported = pastHours(DAYS, { reported: 1.2 });
    expect(kinds(reported, { reported: 1.25 })).toEqual([]);
    expect(kinds(reported, { reported: 2.4 })).toEqual(["price_change"]);
    // A source that begins to report another figure than our book's changes no price.
    expect(kinds(pastHours(DAYS), { reported: 2 })).toEqual([]);
  });

  it("is not guessed without a list price, nor from a handful of hours", () => {
    expect(kinds(pastHours(DAYS, { listed: false }), { charged: 3, listed: false })).toEqual([]);
    expect(kinds(pastHours(4), { charged: 3 })).toEqual([]);
  });
});

describe("a model mix", () => {
  it("is found when a rare and dearer model takes over", () => {
    const now = [{ requests: 40 }, { requests: 60, model: "opus", price: 15 }];
    expect(kinds(pastHours(DAYS), ...now)).toEqual(["model_mix"]);
  });

  it("is none for a model that is cheaper, or that was no rarity", () => {
    const cheap = [{ requests: 40 }, { requests: 60, model: "haiku", price: 1 }];
    expect(kinds(pastHours(DAYS), ...cheap)).toEqual([]);
    const both = pastHours(DAYS).map(({ hour }) =>
      hourOf(hour, { requests: 50 }, { requests: 50, model: "opus", price: 15 }),
    );
    expect(kinds(both, { requests: 100, model: "opus", price: 15 })).toEqual([]);
  });
});

describe("bloat", () => {
  it("is found by input per request, and only its share of the cost is excess", () => {
    const [signal] = found(pastHours(DAYS), { input: 8_000 });
    expect(signal?.kind).toBe("token_bloat");
    const cost = hourOf(NOON, { input: 8_000 }).cost;
    expect(signal?.excessUsd).toBeGreaterThan(0.6 * cost);
    expect(signal?.excessUsd).toBeLessThan(cost);
  });

  it("is none for a single large request, nor after a day at the new level", () => {
    expect(kinds(pastHours(DAYS), { requests: 1, input: 90_000 })).toEqual([]);
    const shifted = [
      ...pastHours(DAYS - 24, {}, NOON - 24),
      ...pastHours(24, { input: 8_000 }, NOON),
    ];
    expect(kinds(shifted, { input: 8_000 })).toEqual([]);
  });
});

describe("a jump of requests", () => {
  it("is found far above the same hours of two weeks", () => {
    expect(kinds(pastHours(DAYS), { requests: 1_000 })).toEqual(["request_spike"]);
    expect(kinds(pastHours(DAYS), { requests: 250 })).toEqual([]);
  });

  it("is none in an agent that does it every night, also the hour after clocks change", () => {
    const nightly = (hour: number) => (hour % 24 === 2 ? 2_000 : 20);
    const past = pastHours(DAYS).map(({ hour }) => hourOf(hour, { requests: nightly(hour) }));
    const night = past.slice(0, past.findLastIndex(({ hour }) => hour % 24 === 1) + 1);
    const last = night.at(-1)?.hour ?? 0;
    for (const shift of [1, 2]) {
      const hours = [...night, hourOf(last + shift, { requests: 2_000 })];
      expect(judgeAt(hours, hours.length - 1, DEFAULT_THRESHOLDS)).toEqual([]);
    }
  });

  it("needs nine like hours: of an agent that is two days old it says nothing", () => {
    expect(kinds(pastHours(36), { requests: 5_000 })).toEqual([]);
  });
});

describe("the floor", () => {
  it("keeps quiet about cents, and about a small part of a dear agent", () => {
    const cheap = pastHours(DAYS, { price: 0.01 });
    expect(kinds(cheap, { price: 0.01, requests: 1_000 })).toEqual([]);
    const dear = pastHours(DAYS, { requests: 100_000 });
    expect(kinds(dear, { requests: 100_000, charged: 1.14 })).toEqual([]);
  });
});

describe("what is listed by published rules", () => {
  const listed = (past: readonly AgentHour[], ...now: Sample[]) => {
    const hours = [...past, hourOf(NOON, ...now)];
    const baseline = baselineAt(hours, hours.length - 1);
    return baseline === undefined ? [] : listedSignals(baseline, DEFAULT_THRESHOLDS);
  };

  it("is a day 30% over its week at a flat volume, as price or as mix", () => {
    const week = pastHours(DAYS - 23, {}, NOON - 23);
    const dearer = [...week, ...pastHours(23, { charged: 1.35 })];
    expect(listed(dearer, { charged: 1.35 })).toMatchObject([{ kind: "price_change" }]);
    const mixed = [...week, ...pastHours(23, { price: 4.2 })];
    expect(listed(mixed, { price: 4.2 })).toMatchObject([{ kind: "model_mix" }]);
    const busier = [...week, ...pastHours(23, { requests: 140 })];
    expect(listed(busier, { requests: 140 })).toEqual([]);
  });

  it("is three times the tokens per request", () => {
    expect(listed(pastHours(DAYS), { input: 6_500 })).toMatchObject([{ kind: "token_bloat" }]);
    expect(listed(pastHours(DAYS), { input: 5_500 })).toEqual([]);
  });
});

describe("hours that come late or not at all", () => {
  it("count as on time within an hour of their end", () => {
    const end = (NOON + 1) * 3_600_000;
    expect(isOnTime(NOON, end + 3_600_000)).toBe(true);
    expect(isOnTime(NOON, end + 3_600_001)).toBe(false);
  });

  it("find their place in the past whatever the order in which they come", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80 }), (order) => {
        const hours: AgentHour[] = [];
        for (const hour of order) addModelHour(hours, hour, hourOf(hour).models[0] ?? never());
        const sorted = [...new Set(order)].sort((a, b) => a - b);
        expect(hours.map(({ hour }) => hour)).toEqual(sorted);
        const requests = hours.reduce((sum, hour) => sum + hour.requests, 0);
        expect(requests).toBe(100 * order.length);
      }),
    );
  });

  it("leave gaps that are lived with", () => {
    const gappy = pastHours(DAYS).filter(({ hour }) => hour % 5 !== 0);
    expect(kinds(gappy, { requests: 1_000 })).toEqual(["request_spike"]);
    expect(kinds(gappy, {})).toEqual([]);
    expect(kinds([], { requests: 1_000 })).toEqual([]);
  });
});

function never(): never {
  throw new Error("an hour has a model");
}

describe("no look-ahead", () => {
  const anyHour = fc.record({
    gap: fc.integer({ min: 1, max: 4 }),
    requests: fc.integer({ min: 0, max: 2_000 }),
    input: fc.integer({ min: 1, max: 20_000 }),
    charged: fc.constantFrom(1, 1, 1, 1.5),
    cached: fc.constantFrom(0, 0.5, 0.6),
    model: fc.constantFrom("sonnet", "sonnet", "opus"),
  });

  it("later hours never change the verdict on an earlier one", () => {
    fc.assert(
      fc.property(fc.array(anyHour, { minLength: 1, maxLength: 60 }), (samples) => {
        const hours = pastHours(200, { cached: 0.5 });
        let at = NOON;
        for (const { gap, ...sample } of samples) {
          hours.push(hourOf(at, { ...sample, price: sample.model === "opus" ? 15 : 3 }));
          at += gap;
        }
        const early = 200 + Math.floor(samples.length / 2);
        const whole = judgeAt(hours, early, DEFAULT_THRESHOLDS);
        expect(judgeAt(hours.slice(0, early + 1), early, DEFAULT_THRESHOLDS)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });
});
