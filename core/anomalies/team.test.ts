import { describe, expect, it } from "vitest";
import { isNews, type LastSeen } from "./silence.ts";
import { concernsTeam } from "./team.ts";
import { DEFAULT_THRESHOLDS } from "./thresholds.ts";

const HOUR = 1_000;
const flat = (dollars: number) =>
  new Map(Array.from({ length: 200 }, (_, index) => [HOUR - index, dollars]));

describe("the roll-up of a team", () => {
  const team = flat(11);
  const agent = flat(1);

  it("is concerned by a third of what the rest spends, in the hour or over three", () => {
    const of = (...usd: number[]) =>
      usd.map((one, index) => ({ hour: HOUR - usd.length + 1 + index, usd: one }));
    expect(concernsTeam(of(3.4), team, agent, DEFAULT_THRESHOLDS)).toBe(false);
    expect(concernsTeam(of(3.5), team, agent, DEFAULT_THRESHOLDS)).toBe(true);
    expect(concernsTeam(of(3.4, 3.4, 3.4), team, agent, DEFAULT_THRESHOLDS)).toBe(false);
    expect(concernsTeam(of(4, 4, 3), team, agent, DEFAULT_THRESHOLDS)).toBe(true);
    expect(concernsTeam([], team, agent, DEFAULT_THRESHOLDS)).toBe(false);
  });

  it("does not take a team that rests for one that spends nothing", () => {
    const resting = new Map([...team, [HOUR, 1]]);
    const excess = [{ hour: HOUR, usd: 2 }];
    expect(concernsTeam(excess, resting, agent, DEFAULT_THRESHOLDS)).toBe(false);
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
