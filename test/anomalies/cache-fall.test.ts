import { describe, expect, it } from "vitest";
import { cacheFall } from "#core/anomalies/cache-fall.ts";
import { baselineAt } from "#core/anomalies/detectors.ts";
import type { AgentHour } from "#core/anomalies/hour.ts";
import { DEFAULT_THRESHOLDS } from "#core/anomalies/thresholds.ts";
import { seeded } from "#test/ledger/entries.ts";
import { hourOf, NOON, pastHours, type Sample } from "./sample-hours.ts";

const WEEK = 7 * 24;

function fall(past: readonly AgentHour[], now: Sample) {
  const hours = [...past, hourOf(NOON, now)];
  const baseline = baselineAt(hours, hours.length - 1);
  return baseline && cacheFall(baseline, DEFAULT_THRESHOLDS);
}

describe("a fall of the cache's hit rate", () => {
  it("is found in the first hour, and costs what the cache would have saved", () => {
    const signal = fall(pastHours(WEEK, { cached: 0.6 }), { cached: 0.05 });
    expect(signal).toMatchObject({ kind: "cache_fall", observed: 0.05 });
    expect(signal?.usual).toBeCloseTo(0.6, 6);
    // 200,000 tokens, 55% of them at $3 instead of $0.30 a million.
    expect(signal?.excessUsd).toBeCloseTo((200_000 * 0.55 * 2.7) / 1e6, 6);
  });

  it("is found when half of it is gone, and not when a tenth is", () => {
    const past = pastHours(WEEK, { cached: 0.7 });
    expect(fall(past, { cached: 0.35 })?.kind).toBe("cache_fall");
    expect(fall(past, { cached: 0.62 })).toBeUndefined();
  });

  it("is none where caching carries little, or where there never was any", () => {
    expect(fall(pastHours(WEEK, { cached: 0.1 }), { cached: 0 })).toBeUndefined();
    expect(fall(pastHours(WEEK), { cached: 0 })).toBeUndefined();
  });

  it("says nothing on a few requests: they are pooled until they tell", () => {
    const past = pastHours(WEEK, { cached: 0.6 });
    expect(fall(past, { cached: 0, requests: 4 })).toBeUndefined();
    const broken = pastHours(2, { cached: 0, requests: 9 }, NOON);
    const few = [...pastHours(WEEK, { cached: 0.6 }, NOON - 2), ...broken];
    expect(fall(few, { cached: 0, requests: 9 })?.kind).toBe("cache_fall");
  });

  it("is none in an agent whose hit rate swings by nature", () => {
    const random = seeded(7);
    const noisy = (end: number) =>
      Array.from({ length: WEEK }, (_, index) =>
        hourOf(end - WEEK + index, { cached: 0.1 + 0.8 * random(), requests: 20 }),
      );
    let alarms = 0;
    for (let run = 0; run < 200; run += 1) {
      if (fall(noisy(NOON), { cached: 0.1 + 0.8 * random(), requests: 20 }) !== undefined) {
        alarms += 1;
      }
    }
    expect(alarms).toBeLessThanOrEqual(1);
  });

  it("stays silent on noise of thirty requests an hour, and finds a fall among it in the first hour", () => {
    const random = seeded(11);
    const draw = (rate: number, requests: number) => {
      let hits = 0;
      for (let index = 0; index < requests; index += 1) if (random() < rate) hits += 1;
      return hits / requests;
    };
    let alarms = 0;
    let hits = 0;
    for (let run = 0; run < 100; run += 1) {
      const past = Array.from({ length: WEEK }, (_, index) =>
        hourOf(NOON - WEEK + index, { cached: draw(0.6, 30), requests: 30 }),
      );
      if (fall(past, { cached: draw(0.6, 30), requests: 30 }) !== undefined) alarms += 1;
      if (fall(past, { cached: draw(0.05, 30), requests: 30 }) !== undefined) hits += 1;
    }
    expect(alarms).toBe(0);
    expect(hits).toBeGreaterThanOrEqual(95);
  });

  it("is normal again once the lower rate is two weeks old", () => {
    expect(fall(pastHours(336, { cached: 0.05 }), { cached: 0.05 })).toBeUndefined();
  });
});
