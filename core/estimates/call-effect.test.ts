import fc from "fast-check";
import { expect, it } from "vitest";
import { parseUsd, sumNano } from "#core/money.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { combineEffects, effectOfChange } from "./call-effect.ts";
import { priceCalls } from "./call-price.ts";
import type { Change, TrafficProfile } from "./schema.ts";

const book = buildPriceBook(loadCatalogue());
const at = new Date("2026-11-22T00:00:00Z");

const profile: TrafficProfile = {
  source: "measured",
  label: "workflow refunds",
  from: "2026-10-24",
  until: "2026-11-22",
  provider: "openai",
  model: "gpt-4o",
  calls: 1_000,
  median: { input: 1_000, cacheRead: 800, output: 400, reasoning: 100 },
  p90: { input: 2_000, cacheRead: 1_600, output: 900, reasoning: 500 },
  total: { input: 1_000_000, cacheRead: 800_000, output: 400_000, reasoning: 100_000 },
};

const parameter = (role: string, from: string | null, to: string | null): Change => ({
  path: "app.py",
  line: 1,
  kind: "params",
  status: from === null ? "added" : to === null ? "removed" : "changed",
  from,
  to,
  role,
  where: "create()",
  confidence: "sure",
  why: "",
  uses: [],
});

/** Nano-dollars that the median call moves by, or why that is not known. */
function moved(change: Change): bigint | string {
  const found = effectOfChange(change, profile);
  if (found.state === "unknown") return found.reason;
  const { median } = priceCalls(book, profile, found.effect, at);
  return median.state === "priced" ? median.difference : median.reason;
}

it("prices what a parameter surely does to the calls that there are", () => {
  // gpt-4o: $2.50 input, $1.25 cached, $10 output.
  expect(moved(parameter("output limit", "1000", "300"))).toBe(-1_000_000n);
  expect(moved(parameter("output limit", null, "300"))).toBe(-1_000_000n);
  expect(moved(parameter("completions", "1", "3"))).toBe(8_000_000n);
  expect(moved(parameter("completions", null, "2"))).toBe(4_000_000n);
  expect(moved(parameter("thinking budget", "200", "40"))).toBe(-600_000n);
  expect(moved(parameter("service tier", "default", "batch"))).toBeLessThan(0n);
  expect(moved(parameter("cache", "ephemeral", null))).toBe(1_000_000n);
});

it("adds nothing for a limit that no answer reached", () => {
  expect(moved(parameter("output limit", "4000", "8000"))).toBe(0n);
});

it("invents nothing for what only running shows, and bounds it where it can", () => {
  expect(effectOfChange(parameter("output limit", "900", "2000"), profile)).toEqual({
    state: "unknown",
    reason: "the old output limit of 900 held answers short",
    atMostOutput: 1_100,
  });
  for (const role of ["retries", "fan-out", "step limit", "retrieval size", "reasoning effort"]) {
    expect(moved(parameter(role, "2", "6"))).toMatch(/shows at run time only/);
  }
  expect(moved(parameter("service tier", "auto", "turbo"))).toMatch(/run time only/);
  expect(moved(parameter("cache", null, "ephemeral"))).toMatch(/shows after the change/);
});

it("takes added text as cached as the input around it is", () => {
  const effect = combineEffects([{ promptTokens: 100 }, { promptTokens: 400 }]);
  const { median } = priceCalls(book, profile, effect, at);
  // Of 500 tokens 400 at $1.25 and 100 at $2.50.
  expect(median).toMatchObject({ difference: 750_000n });
});

it("prices classes that add up to the call, whatever the traffic and the change", () => {
  const count = fc.integer({ min: 0, max: 200_000 });
  const tokens = fc.record({ fresh: count, read: count, answer: count, thought: count });
  const effect = fc.record({
    promptTokens: fc.integer({ min: -300_000, max: 300_000 }),
    outputLimit: fc.option(count, { nil: undefined }),
    cacheOff: fc.boolean(),
    model: fc.option(fc.constantFrom("gpt-4o-mini", "claude-haiku-4-5"), { nil: undefined }),
  });
  fc.assert(
    fc.property(tokens, effect, ({ fresh, read, answer, thought }, change) => {
      const median = {
        input: fresh + read,
        cacheRead: read,
        output: answer + thought,
        reasoning: thought,
      };
      const { median: price } = priceCalls(book, { ...profile, median }, change, at);
      if (price.state === "unpriced") throw new Error(price.reason);
      const sum = (side: "before" | "after"): bigint =>
        sumNano(price.classes.map((one) => parseUsd(one[side].cost)));
      expect([sum("before"), sum("after")]).toEqual([price.before, price.after]);
      expect(price.classes.every(({ after }) => after.tokens >= 0)).toBe(true);
      expect(price.difference).toBe(price.after - price.before);
    }),
  );
});
