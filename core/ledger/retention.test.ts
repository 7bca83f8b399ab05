import { describe, expect, it } from "vitest";
import { retentionCutoffs } from "./retention.ts";

describe("retention", () => {
  it("cuts whole local days, whole UTC days of hours and whole months", () => {
    const policy = { timeZone: "Asia/Kolkata", entryMonths: 13, hourDays: 60, personDays: 90 };
    expect(retentionCutoffs(policy, new Date("2026-11-30T20:00:00Z"))).toEqual({
      persons: "2026-09-02",
      hours: new Date("2026-10-01T00:00:00Z"),
      entries: "2025-11-01",
    });
  });
});
