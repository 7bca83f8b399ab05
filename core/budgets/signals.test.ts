import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NANO_PER_USD } from "../money.ts";
import { addDays, parseDay } from "../time.ts";
import { type Burn, burnOf } from "./burn.ts";
import { changesOf, type SignalInput, signalsOf, type ToldSignal } from "./signals.ts";

const USD = NANO_PER_USD;
const PERIOD = { start: parseDay("2026-11-01"), end: parseDay("2026-12-01") };
const TODAY = parseDay("2026-11-21");
const EVEN: readonly number[] = Array.from({ length: 10 }, (_, index) => (index + 1) / 10);

/** Twenty days that add up to `spent` dollars, and `p50` dollars to be expected. */
function burn(limit: bigint, spent: bigint, p50 = spent, historyDays = 60): Burn {
  const likely = p50 * USD;
  return burnOf({
    period: PERIOD,
    limit: limit * USD,
    today: TODAY,
    daily: [spent * USD, ...new Array<bigint>(20).fill(0n)],
    outlook: { p10: likely, p50: likely, p90: likely, p99: likely, historyDays, path: EVEN },
  });
}

function input(of: Burn, told: readonly ToldSignal[] = []): SignalInput {
  return {
    burn: of,
    thresholds: [50, 80, 100],
    unit: "usd",
    period: "month",
    warnDays: 5,
    told,
    today: TODAY,
  };
}

function told(signal: ToldSignal["signal"], dollars: bigint, resolved = false): ToldSignal {
  return { signal, amount: dollars * USD, resolved };
}

describe("what is told of a budget", () => {
  it("is each threshold once: the highest speaks for those passed at the same time", () => {
    const first = changesOf(input(burn(1_000n, 850n)));
    expect(first.crossed).toEqual(["used:50", "used:80"]);
    expect(first.announced).toBe("used:80");
    const again = changesOf(
      input(burn(1_000n, 860n), [told("used:50", 1_000n), told("used:80", 1_000n)]),
    );
    expect(again).toEqual({ crossed: [], announced: undefined, resolved: [], reopened: [] });
    const next = changesOf(
      input(burn(1_000n, 1_000n), [told("used:50", 1_000n), told("used:80", 1_000n)]),
    );
    expect(next.crossed).toEqual(["used:100"]);
  });

  it("is that it will be used up in about 5 days, before it is", () => {
    // 80 dollars a day are to come, so 12,000 are reached on the fifth day from today.
    expect(signalsOf(input(burn(12_000n, 9_000n, 15_000n)))).toEqual(["used:50", "exhaustion"]);
    expect(changesOf(input(burn(12_000n, 9_000n, 15_000n))).announced).toBe("exhaustion");
    expect(signalsOf(input(burn(12_000n, 9_000n, 12_500n)))).toEqual(["used:50"]);
    expect(signalsOf(input(burn(12_000n, 9_000n, 15_000n, 6)))).toEqual(["used:50"]);
    expect(signalsOf(input(burn(12_000n, 12_001n, 15_000n)))).not.toContain("exhaustion");
  });

  it("is not pushed where the projected excess is under $25 a day", () => {
    // $100 of $90: $2.50 a day too much.
    expect(signalsOf(input(burn(90n, 80n, 100n)))).toEqual(["used:50", "used:80"]);
  });

  it("is taken back when it is no longer true, and said again in place, not anew", () => {
    const raised = changesOf(input(burn(2_000n, 850n), [told("used:80", 1_000n)]));
    expect(raised.resolved).toEqual([told("used:80", 1_000n)]);
    const corrected = [told("used:50", 1_000n), told("used:80", 1_000n, true)];
    const back = changesOf(input(burn(1_000n, 850n), corrected));
    expect(back).toMatchObject({ crossed: [], reopened: [told("used:80", 1_000n, true)] });
  });

  it("is another fact under another amount, unless the old one still stands", () => {
    const lowered = changesOf(
      input(burn(900n, 850n), [told("used:50", 1_000n), told("used:80", 1_000n)]),
    );
    expect(lowered.crossed).toEqual([]);
    const raised = changesOf(
      input(burn(2_000n, 1_700n), [told("used:50", 1_000n, true), told("used:80", 1_000n, true)]),
    );
    expect(raised.announced).toBe("used:80");
  });

  it("tells every threshold at most once in a period that only grows", () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(0n, 400n), { maxLength: 20 }), (steps) => {
        const known: ToldSignal[] = [];
        let spent = 0n;
        let messages = 0;
        for (const step of steps) {
          spent += step;
          const { announced, crossed, resolved } = changesOf(input(burn(1_000n, spent), known));
          expect(resolved).toEqual([]);
          if (announced !== undefined) messages += 1;
          known.push(...crossed.map((signal) => told(signal, 1_000n)));
        }
        expect(new Set(known.map(({ signal }) => signal)).size).toBe(known.length);
        expect(messages).toBeLessThanOrEqual(3);
        expect(known.some(({ signal }) => signal === "used:100")).toBe(spent >= 1_000n);
      }),
    );
  });
});

it("lays the days of the test out as it says", () => {
  expect(addDays(TODAY, EVEN.length)).toBe("2026-12-01");
});
