import { describe, expect, it } from "vitest";
import type { AnomalyKind, Signal } from "./detectors.ts";
import { isNews, type LastSeen } from "./silence.ts";
import { concernsTeam } from "./team.ts";
import { DEFAULT_THRESHOLDS } from "./thresholds.ts";

const HOUR = 1_000;
const flat = (dollars: number) =>
  new Map(Array.from({ length: 200 }, (_, index) => [HOUR - index, dollars]));

/** An excess of a kind in the newest hours, the last one in HOUR; twice what is usual. */
function concerns(
  kind: AnomalyKind,
  usd: readonly number[],
  { team = flat(11), agent = flat(1), growth = 1 } = {},
): boolean {
  const excess = usd.map((one, index) => ({ hour: HOUR - usd.length + 1 + index, usd: one }));
  const excessUsd = usd.at(-1) ?? 0;
  const signal: Signal = { kind, hour: HOUR, excessUsd, observed: 1 + growth, usual: 1 };
  return concernsTeam(signal, excess.slice(0, -1), team, agent, DEFAULT_THRESHOLDS);
}

describe("the roll-up of a team", () => {
  it("is concerned by a third of what the rest spends, in the hour or over three", () => {
    expect(concerns("token_bloat", [3.4])).toBe(false);
    expect(concerns("token_bloat", [3.5])).toBe(true);
    expect(concerns("token_bloat", [3.4, 3.4, 3.4])).toBe(false);
    expect(concerns("token_bloat", [4, 4, 3])).toBe(true);
  });

  it("does not take a team that rests for one that spends nothing", () => {
    const team = new Map([...flat(11), [HOUR, 1]]);
    expect(concerns("token_bloat", [2], { team })).toBe(false);
  });

  it("hears of a new price at once where a usual day of the agent costs a tenth of the rest's more", () => {
    // Nothing to speak of is spent at night; a day of the agent is $24, of the rest $240.
    const agent = new Map([...flat(1), [HOUR, 0.01]]);
    for (const kind of ["price_change", "model_mix"] as const) {
      expect(concerns(kind, [0.005], { agent, growth: 1.1 })).toBe(true);
      expect(concerns(kind, [0.005], { agent, growth: 0.9 })).toBe(false);
    }
    expect(concerns("token_bloat", [0.005], { agent, growth: 1.1 })).toBe(false);
  });

  it("hears of longer prompts that go on where a day of them costs a tenth of the rest's more", () => {
    const agent = new Map([...flat(1), [HOUR, 0.01]]);
    expect(concerns("token_bloat", [0.006, 0.006], { agent })).toBe(true);
    expect(concerns("token_bloat", [0.004, 0.004], { agent })).toBe(false);
  });

  it("leaves a burst of an hour alone, and hears of a jump that goes on or has cost enough", () => {
    expect(concerns("request_spike", [10])).toBe(false);
    expect(concerns("request_spike", [10, 10])).toBe(true);
    expect(concerns("request_spike", [1, 1])).toBe(false);
    expect(concerns("request_spike", [25])).toBe(true);
  });
});

describe("silence", () => {
  it("tells once until the condition was away for twelve hours", () => {
    const seen: LastSeen = new Map();
    const told = [0, 1, 13, 26].map((hour) => isNews(seen, "agent loop", hour, 12));
    expect(told).toEqual([true, false, false, true]);
    expect(isNews(seen, "another", 26, 12)).toBe(true);
  });
});
