import { describe, expect, it } from "vitest";
import { classOfSpike } from "./launch.ts";

const crowd = (callers: number | undefined, usualCallers: number | undefined) =>
  classOfSpike({ requests: 1_000, usualRequests: 100, callers, usualCallers });

describe("a jump of requests", () => {
  it("is a launch when the callers jump alike, or nearly", () => {
    expect(crowd(200, 20)).toBe("launch");
    expect(crowd(110, 20)).toBe("launch");
  });

  it("is a loop when the callers do not, are few, or are not known", () => {
    expect(crowd(22, 20)).toBe("runaway_loop");
    expect(crowd(2, 2)).toBe("runaway_loop");
    expect(crowd(4, undefined)).toBe("runaway_loop");
    expect(crowd(undefined, undefined)).toBe("runaway_loop");
  });

  it("of an agent that nobody used before is a launch when many come", () => {
    expect(crowd(40, undefined)).toBe("launch");
  });
});
