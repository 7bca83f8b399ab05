import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseUsd, sumNano } from "#core/money.ts";
import { readCharge } from "./charge.ts";
import { Charge } from "./charge-schema.ts";

const charge = (over: object) =>
  Charge.parse({
    category: "platform_fee",
    provider: "acme",
    item: "Platform",
    amount: "100",
    month: "2026-11",
    ...over,
  });

function events(over: object) {
  const read = readCharge(charge(over), "id");
  if (read.state !== "events") throw new Error(`${JSON.stringify(read)} has no entries`);
  return read.events;
}

describe("a charge without tokens", () => {
  it("spreads a fee over its days, and the parts add up to it whatever it is", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), (nano) => {
        const amount = `${nano / 1_000_000_000n}.${String(nano % 1_000_000_000n).padStart(9, "0")}`;
        const parts = events({ amount });
        expect(parts).toHaveLength(30);
        expect(sumNano(parts.map(({ reportedCost }) => parseUsd(reportedCost ?? "")))).toBe(nano);
        expect(new Set(parts.map(({ externalId }) => externalId)).size).toBe(30);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["seat", "seat", "100"],
    ["credit", "credit", "-100"],
    ["refund", "refund", "-100"],
    ["tax", "tax", "100"],
  ])("books a %s once, as %s of %s", (category, kind, reportedCost) => {
    expect(events({ category })).toMatchObject([
      {
        kind,
        operation: category,
        reportedCost,
        requestCount: 0,
        occurredAt: "2026-11-01T12:00:00.000Z",
      },
    ]);
  });

  it("multiplies hours and price exactly", () => {
    const [event] = events({
      category: "gpu_hours",
      amount: undefined,
      quantity: "120.5",
      unitPrice: 2.49,
      month: undefined,
      day: "2026-11-03",
    });
    expect(event).toMatchObject({
      kind: "infrastructure",
      operation: "gpu_hours",
      reportedCost: "300.045",
    });
  });

  it("keeps prepaid credit out of cost, and takes draw-downs off it", () => {
    const bought = readCharge(charge({ category: "prepaid", expiresOn: "2027-11-01" }), "p1");
    expect(bought).toMatchObject({
      state: "credit",
      credit: { amount: 100_000_000_000n, boughtOn: "2026-11-01" },
    });
    const drawn = readCharge(charge({ category: "draw_down", amount: 30 }), "p2");
    expect(drawn).toMatchObject({ state: "credit", credit: { amount: -30_000_000_000n } });
  });

  it.each([
    [{ amount: "-5" }, "amount"],
    [{ amount: "many" }, "amount"],
    [{ amount: 0 }, "amount"],
    [{ quantity: 3 }, "amount"],
    [{ amount: undefined }, "amount"],
    [{ day: "2026-11-03" }, "day"],
    [{ month: undefined, day: "2026-02-30" }, "day"],
    [{ month: undefined, from: "2026-11-03" }, "to"],
    [{ month: undefined, from: "2026-11-03", to: "2026-11-02" }, "to"],
    [{ month: undefined, from: "2026-11-03", to: "2028-11-02" }, "to"],
    [{ category: "seat", month: undefined, day: "2026-11-03" }, "month"],
    [{ expiresOn: "2027-01-01" }, "expiresOn"],
    [{ category: "prepaid", expiresOn: "2026-10-01" }, "expiresOn"],
  ])("refuses %j and names %s", (over, field) => {
    expect(readCharge(charge(over), "id")).toMatchObject({ state: "refused", field });
  });
});
