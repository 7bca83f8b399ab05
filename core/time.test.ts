import { describe, expect, it } from "vitest";
import {
  addMonths,
  type Day,
  eachDay,
  instantOf,
  isoWeekday,
  localDay,
  parseDay,
  startOfDay,
  startOfQuarter,
  startOfWeek,
} from "./time.ts";

const day = (text: string) => text as Day;

describe("time", () => {
  it("computes the local day in zones with half and quarter hours", () => {
    const instant = new Date("2026-03-01T18:29:59Z");
    expect(localDay(instant, "Asia/Kolkata")).toBe("2026-03-01");
    expect(localDay(new Date("2026-03-01T18:30:00Z"), "Asia/Kolkata")).toBe("2026-03-02");
    expect(localDay(new Date("2026-03-01T18:14:59Z"), "Asia/Kathmandu")).toBe("2026-03-01");
    expect(localDay(new Date("2026-03-01T18:15:00Z"), "Asia/Kathmandu")).toBe("2026-03-02");
  });

  it("starts both change days of New York at the right instant", () => {
    expect(startOfDay(day("2026-03-08"), "America/New_York").toISOString()).toBe(
      "2026-03-08T05:00:00.000Z",
    );
    expect(startOfDay(day("2026-03-09"), "America/New_York").toISOString()).toBe(
      "2026-03-09T04:00:00.000Z",
    );
    expect(startOfDay(day("2026-11-01"), "America/New_York").toISOString()).toBe(
      "2026-11-01T04:00:00.000Z",
    );
    expect(startOfDay(day("2026-11-02"), "America/New_York").toISOString()).toBe(
      "2026-11-02T05:00:00.000Z",
    );
  });

  it("takes the end of a gap for a skipped time and the first of a doubled one", () => {
    expect(instantOf(day("2026-03-08"), "02:30", "America/New_York").toISOString()).toBe(
      "2026-03-08T07:00:00.000Z",
    );
    expect(instantOf(day("2026-11-01"), "01:30", "America/New_York").toISOString()).toBe(
      "2026-11-01T05:30:00.000Z",
    );
  });

  it("knows weeks, months and quarters", () => {
    expect(isoWeekday(day("2026-11-22"))).toBe(7);
    expect(startOfWeek(day("2026-11-22"))).toBe("2026-11-16");
    expect(addMonths(day("2026-11-22"), -11)).toBe("2025-12-01");
    expect(startOfQuarter(day("2026-11-22"))).toBe("2026-10-01");
    expect(eachDay({ start: day("2028-02-28"), end: day("2028-03-01") })).toEqual([
      "2028-02-28",
      "2028-02-29",
    ]);
  });

  it("refuses days that the calendar lacks", () => {
    expect(() => parseDay("2026-02-29")).toThrow(/is not a day/);
    expect(() => parseDay("2026-2-3")).toThrow(/is not a day/);
  });
});
