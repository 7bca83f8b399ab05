import { expect, it } from "vitest";
import { parseDay } from "#core/time.ts";
import { spendChange } from "./review-sections.ts";

it("says where the records begin inside the month before", () => {
  const report = {
    before: { start: parseDay("2026-08-01"), end: parseDay("2026-09-01") },
    beforeSince: parseDay("2026-08-25"),
    today: parseDay("2026-10-02"),
    total: { cost: 450_000_000_000n },
    totalBefore: { cost: 100_000_000_000n },
  };
  expect(spendChange(report)).toBe("up $350 (4.5 times as much) on August (recorded since 25 Aug)");
});
