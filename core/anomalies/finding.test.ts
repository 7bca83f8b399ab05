import { describe, expect, it } from "vitest";
import {
  expectedLimit,
  goesOn,
  isAboveFloor,
  isSuppressed,
  isWeighty,
  isWorthTelling,
  normalSince,
  projectedPerDay,
  pushFloor,
  sameSince,
} from "./finding.ts";
import type { Suppression } from "./schema.ts";

const USD = 1_000_000_000n;

describe("the floor of what is pushed", () => {
  it("is $25 a day or one percent of the monthly budget, whichever is more", () => {
    expect(pushFloor(undefined)).toBe(25n * USD);
    expect(pushFloor(1_000n * USD)).toBe(25n * USD);
    expect(pushFloor(12_000n * USD)).toBe(120n * USD);
  });

  it("is held against a day at the present rate", () => {
    expect(projectedPerDay(38n * USD)).toBe(912n * USD);
    expect(isAboveFloor(1_041_666_666n, undefined)).toBe(false);
    expect(isAboveFloor(1_041_666_667n, undefined)).toBe(true);
    expect(isAboveFloor(4n * USD, 12_000n * USD)).toBe(false);
    expect(isAboveFloor(5n * USD, 12_000n * USD)).toBe(true);
  });

  it("asks of a mere jump of requests that it goes on, or has cost a day's floor", () => {
    const of = (excess: bigint, goesOn: boolean, isJump = true) =>
      isWorthTelling({ rate: 5n * USD, excess, isJump, goesOn }, undefined);
    expect(of(5n * USD, false)).toBe(false);
    expect(of(5n * USD, true)).toBe(true);
    expect(of(25n * USD, false)).toBe(true);
    expect(of(5n * USD, false, false)).toBe(true);
    const low = { rate: 1n * USD, excess: 99n * USD, isJump: true, goesOn: true };
    expect(isWorthTelling(low, undefined)).toBe(false);
    expect(goesOn([{ hour: 7 }], 10)).toBe(true);
    expect(goesOn([{ hour: 6 }, { hour: 10 }], 10)).toBe(false);
  });

  it("times ten concerns whoever is Accountable", () => {
    expect(isWeighty({ rate: 10n * USD }, undefined)).toBe(false);
    expect(isWeighty({ rate: 11n * USD }, undefined)).toBe(true);
  });
});

describe("what is expected", () => {
  const subject = { kind: "scope" as const, key: "12" };
  const mark: Suppression = {
    class: "runaway_loop",
    subject,
    until: new Date("2026-12-01T00:00:00Z"),
    rateLimit: expectedLimit(10n * USD),
  };

  it("is silent up to three times its cost an hour, of that class and subject alone", () => {
    const of = (rate: bigint) => ({ class: "runaway_loop" as const, subject, rate });
    expect(isSuppressed(of(30n * USD), [mark])).toBe(true);
    expect(isSuppressed(of(30n * USD + 1n), [mark])).toBe(false);
    expect(isSuppressed({ ...of(1n), class: "token_bloat" }, [mark])).toBe(false);
    const other = { kind: "key" as const, key: "12" };
    expect(isSuppressed({ ...of(1n), subject: other }, [mark])).toBe(false);
  });
});

describe("time", () => {
  it("resolves after two judged hours, and takes up the same within twelve", () => {
    const judged = new Date("2026-11-22T14:00:00Z");
    expect(normalSince(judged)).toEqual(new Date("2026-11-22T12:00:00Z"));
    expect(sameSince(judged)).toEqual(new Date("2026-11-22T02:00:00Z"));
  });
});
