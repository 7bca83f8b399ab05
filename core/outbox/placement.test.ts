import { describe, expect, it } from "vitest";
import { type Delivered, type PlacementRules, placeMessage, quietUntil } from "./placement.ts";

const NOON = new Date("2026-11-18T12:00:00Z");
const NIGHT = new Date("2026-11-18T23:30:00Z");
const rules: PlacementRules = {
  timeZone: "UTC",
  mutedKinds: [],
  quietHours: { from: "20:00", until: "07:00" },
};

function top(reference: string, kind = "anomaly"): Delivered {
  return { kind, reference, under: undefined };
}

const three = [top("1", "weekly"), top("2"), top("3", "weekly")];
const report = { kind: "weekly", urgency: "report", placement: "post" } as const;
const urgent = { kind: "cap_reached", urgency: "urgent", placement: "post" } as const;
const asked = { kind: "answer", urgency: "asked", placement: "post" } as const;

describe("an unasked message", () => {
  it("is posted while fewer than three stand in the channel that day", () => {
    const history = { lead: undefined, unaskedToday: three.slice(0, 2) };
    expect(placeMessage(report, rules, history, NOON)).toEqual({ act: "post" });
  });

  it("beyond three threads under the newest of its kind, else under the newest", () => {
    const history = { lead: undefined, unaskedToday: three };
    const under = (reference: string) => ({ act: "thread", reference, leads: true });
    expect(placeMessage({ ...report, kind: "anomaly" }, rules, history, NOON)).toEqual(under("2"));
    expect(placeMessage(report, rules, history, NOON)).toEqual(under("3"));
    expect(placeMessage(urgent, rules, history, NOON)).toEqual(under("3"));
  });

  it("of a muted kind is not sent, unless it breaks through", () => {
    const muted = { ...rules, mutedKinds: ["weekly", "cap_reached"] };
    const history = { lead: undefined, unaskedToday: [] };
    expect(placeMessage(report, muted, history, NOON)).toEqual({ act: "mute" });
    expect(placeMessage(urgent, muted, history, NOON)).toEqual({ act: "post" });
  });

  it("waits for the end of quiet hours, unless it breaks through", () => {
    const history = { lead: undefined, unaskedToday: [] };
    const morning = new Date("2026-11-19T07:00:00Z");
    expect(placeMessage(report, rules, history, NIGHT)).toEqual({ act: "wait", until: morning });
    expect(placeMessage(urgent, rules, history, NIGHT)).toEqual({ act: "post" });
  });
});

it("what was asked for comes at once, however much was said that day", () => {
  const history = { lead: undefined, unaskedToday: three };
  expect(placeMessage(asked, rules, history, NIGHT)).toEqual({ act: "post" });
});

describe("a follow-up", () => {
  const thread = { ...report, placement: "thread" } as const;
  const update = { ...report, placement: "update" } as const;

  it("stands under its first message, also when that one stands under another", () => {
    const placed = placeMessage(thread, rules, { lead: top("9"), unaskedToday: three }, NOON);
    expect(placed).toEqual({ act: "thread", reference: "9", leads: false });
    const lead = { kind: "weekly", reference: "9", under: "4" };
    expect(placeMessage(thread, rules, { lead, unaskedToday: [] }, NOON)).toEqual({
      act: "thread",
      reference: "4",
      leads: false,
    });
  });

  it("edits its first message in place, at night and when its kind is muted too", () => {
    const muted = { ...rules, mutedKinds: ["weekly"] };
    const lead = { kind: "weekly", reference: "9", under: "4" };
    expect(placeMessage(update, muted, { lead, unaskedToday: three }, NIGHT)).toEqual({
      act: "update",
      reference: "9",
    });
  });

  it("whose first message never arrived is posted itself", () => {
    const history = { lead: undefined, unaskedToday: [] };
    expect(placeMessage(update, rules, history, NOON)).toEqual({ act: "post" });
    expect(placeMessage(thread, rules, history, NOON)).toEqual({ act: "post" });
  });
});

describe("quiet hours", () => {
  const until = (from: string, end: string, zone: string, now: string) =>
    quietUntil({ from, until: end }, zone, new Date(now))?.toISOString();

  it("end at the local time, across midnight and across a change of the clocks", () => {
    expect(until("20:00", "07:00", "UTC", "2026-11-18T06:59:59Z")).toBe("2026-11-18T07:00:00.000Z");
    expect(until("20:00", "07:00", "UTC", "2026-11-18T07:00:00Z")).toBeUndefined();
    expect(until("20:00", "07:00", "UTC", "2026-11-18T20:00:00Z")).toBe("2026-11-19T07:00:00.000Z");
    expect(until("20:00", "07:00", "America/New_York", "2026-10-31T23:59:00-04:00")).toBe(
      "2026-11-01T12:00:00.000Z",
    );
    expect(until("20:00", "07:00", "America/New_York", "2026-03-07T23:59:00-05:00")).toBe(
      "2026-03-08T11:00:00.000Z",
    );
  });

  it("within one day, and none at all", () => {
    expect(until("12:00", "13:00", "UTC", "2026-11-18T12:30:00Z")).toBe("2026-11-18T13:00:00.000Z");
    expect(until("12:00", "13:00", "UTC", "2026-11-18T13:30:00Z")).toBeUndefined();
    expect(until("00:00", "00:00", "UTC", "2026-11-18T00:00:00Z")).toBeUndefined();
  });

  it("end once, also when the clocks show their end twice", () => {
    // 01:00 New York comes twice on 1 November: at 05:00Z and at 06:00Z.
    expect(until("22:00", "01:30", "America/New_York", "2026-11-01T06:10:00Z")).toBeUndefined();
  });
});
