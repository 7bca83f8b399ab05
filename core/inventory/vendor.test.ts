import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NANO_PER_USD } from "../money.ts";
import type { InventoryPolicy } from "../org/inventory-policy-schema.ts";
import { addDays, type Day, eachDay, parseDay } from "../time.ts";
import type { VendorReview } from "./schema.ts";
import { crossingDay, judgeVendor, yearSpend } from "./vendor.ts";

const TODAY = parseDay("2026-11-22");
const usd = (dollars: number) => BigInt(dollars) * NANO_PER_USD;
const POLICY: InventoryPolicy = {
  idle_days: 30,
  shared_days: 30,
  new_days: 7,
  contract_days: 30,
  vendor_reviews: {
    spend_a_year: ["10000", "1000"],
    due_days: 30,
    again_months: 12,
    vendors: [{ vendor: "Cursor", spend_a_year: ["500"] }],
  },
};

/** The same amount a day, for so many days up to today. */
function daily(dollars: number, count: number) {
  const period = { start: addDays(TODAY, 1 - count), end: addDays(TODAY, 1) };
  return eachDay(period).map((day) => ({ day, cost: usd(dollars) }));
}

function decided(change: Partial<VendorReview>): VendorReview {
  return {
    id: 1,
    vendor: "openai",
    cause: "spend",
    threshold: usd(1_000),
    crossedOn: "2026-08-01",
    dueOn: "2026-08-31",
    decision: "keep",
    reason: "the cheapest of three",
    spend: usd(1_500),
    nextOn: "2027-08-20",
    decidedBy: 7,
    decidedAt: new Date("2026-08-20T09:00:00Z"),
    ...change,
  };
}

function judge(
  days: readonly { day: Day; cost: bigint }[],
  reviews: VendorReview[] = [],
  vendor = "openai",
) {
  return judgeVendor({ vendor, days, reviews }, POLICY, TODAY);
}

describe("the review of a vendor", () => {
  it("is due 30 days after a year's spend crossed the lowest threshold", () => {
    // $100 a day since 14 Oct: $1,000 on 23 Oct, $4,000 today.
    const vendor = judge(daily(100, 40));
    expect(vendor).toMatchObject({ spend: usd(4_000), isOverdue: false });
    expect(vendor.due).toEqual({
      cause: "spend",
      threshold: usd(1_000),
      crossedOn: "2026-10-23",
      dueOn: "2026-11-22",
    });
  });

  it("is overdue the day after", () => {
    expect(judge(daily(100, 41)).isOverdue).toBe(true);
  });

  it("is not required below every threshold, and by a vendor's own where there is one", () => {
    expect(judge(daily(24, 41)).due).toBeUndefined();
    expect(judge(daily(24, 41), [], "cursor").due?.threshold).toBe(usd(500));
  });

  it("is answered by a decision up to what a year cost then, until the next threshold", () => {
    const cheap = judge(daily(100, 40), [decided({})]);
    expect([cheap.due, cheap.decided?.decision]).toEqual([undefined, "keep"]);
    const dear = judge(daily(300, 40), [decided({})]);
    expect(dear.due).toMatchObject({ threshold: usd(10_000), crossedOn: "2026-11-16" });
  });

  it("comes again in time for the day that the decision named", () => {
    const again = judge(daily(100, 40), [decided({ nextOn: "2026-12-10" })]);
    expect(again.due).toEqual({
      cause: "date",
      threshold: undefined,
      crossedOn: "2026-11-10",
      dueOn: "2026-12-10",
    });
    expect(judge(daily(100, 40), [decided({ nextOn: "2026-12-23" })]).due).toBeUndefined();
  });

  it("stays as it was opened, also when the ledger forgets the days of crossing", () => {
    const none = { decision: null, reason: null, spend: null, nextOn: null };
    const open = decided({ ...none, decidedBy: null, decidedAt: null });
    const vendor = judge([], [open]);
    expect(vendor.due).toMatchObject({ crossedOn: "2026-08-01", dueOn: "2026-08-31" });
    expect(vendor.isOverdue).toBe(true);
  });

  it("counts the 365 days up to today, as a sum over each of them would", () => {
    const cost = fc.record({ back: fc.nat({ max: 800 }), dollars: fc.nat({ max: 900 }) });
    fc.assert(
      fc.property(fc.uniqueArray(cost, { selector: ({ back }) => back }), (drawn) => {
        const days = drawn
          .map(({ back, dollars }) => ({ day: addDays(TODAY, -back), cost: usd(dollars) }))
          .sort((a, b) => (a.day < b.day ? -1 : 1));
        const threshold = usd(2_000);
        const first = days.find(({ day }) => yearSpend(days, day) >= threshold)?.day;
        expect(crossingDay(days, threshold, undefined)).toBe(first);
      }),
    );
  });
});
