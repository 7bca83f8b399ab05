import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wallClock } from "../time.ts";
import { lastSlot, type Schedule, slotsBetween } from "./schedule.ts";

const NEW_YORK = "America/New_York";

function slots(schedule: Schedule, timeZone: string, after: string, upTo: string): string[] {
  return slotsBetween(schedule, timeZone, new Date(after), new Date(upTo), 1000).map((slot) =>
    slot.toISOString().slice(0, 16),
  );
}

describe("daily slots", () => {
  const morning: Schedule = { every: "day", at: "09:00" };

  it("keep their local time across both changes of the clocks", () => {
    expect(slots(morning, NEW_YORK, "2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z")).toEqual([
      "2026-03-07T14:00",
      "2026-03-08T13:00",
      "2026-03-09T13:00",
    ]);
    expect(slots(morning, NEW_YORK, "2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z")).toEqual([
      "2026-10-31T13:00",
      "2026-11-01T14:00",
      "2026-11-02T14:00",
    ]);
  });

  it("are half-open: the slot at `after` is past, the slot at `upTo` is due", () => {
    const at = "2026-05-05T09:00:00Z";
    expect(slots(morning, "UTC", at, "2026-05-06T09:00:00Z")).toEqual(["2026-05-06T09:00"]);
    expect(slots(morning, "UTC", at, at)).toEqual([]);
    expect(slots(morning, "UTC", "2026-05-05T08:59:59Z", at)).toEqual(["2026-05-05T09:00"]);
  });

  it("at a time that the clocks skip are due at the end of the gap, once", () => {
    const night: Schedule = { every: "day", at: "02:30" };
    expect(slots(night, NEW_YORK, "2026-03-07T12:00:00Z", "2026-03-09T12:00:00Z")).toEqual([
      "2026-03-08T07:00",
      "2026-03-09T06:30",
    ]);
  });

  it("at a time that the clocks show twice are due at the first, once", () => {
    const night: Schedule = { every: "day", at: "01:30" };
    expect(slots(night, NEW_YORK, "2026-10-31T12:00:00Z", "2026-11-02T12:00:00Z")).toEqual([
      "2026-11-01T05:30",
      "2026-11-02T06:30",
    ]);
  });

  it("at a midnight that does not exist are due when the day begins", () => {
    // Cairo moved from 00:00 to 01:00 on 24 April 2026.
    const midnight: Schedule = { every: "day", at: "00:00" };
    const found = slots(midnight, "Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-25T12:00:00Z");
    expect(found).toEqual(["2026-04-23T22:00", "2026-04-24T21:00"]);
  });
});

describe("weekly slots", () => {
  it("fall on Monday 09:00 of the organisation, also where Monday begins on Sunday in UTC", () => {
    const monday: Schedule = { every: "week", weekday: 1, at: "09:00" };
    expect(slots(monday, "Asia/Kolkata", "2026-11-01T00:00:00Z", "2026-11-17T00:00:00Z")).toEqual([
      "2026-11-02T03:30",
      "2026-11-09T03:30",
      "2026-11-16T03:30",
    ]);
    const early: Schedule = { every: "week", weekday: 1, at: "03:00" };
    expect(slots(early, "Asia/Kathmandu", "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z")).toEqual([
      "2026-11-01T21:15",
    ]);
  });
});

describe("monthly slots", () => {
  const last: Schedule = { every: "month", day: 31, at: "18:00" };

  it("of the 31st fall on the last day of every month, leap years included", () => {
    expect(slots(last, "UTC", "2027-12-31T18:00:00Z", "2028-06-01T00:00:00Z")).toEqual([
      "2028-01-31T18:00",
      "2028-02-29T18:00",
      "2028-03-31T18:00",
      "2028-04-30T18:00",
      "2028-05-31T18:00",
    ]);
    expect(slots(last, "UTC", "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z")).toEqual([
      "2027-02-28T18:00",
    ]);
    expect(slots(last, "UTC", "2100-02-01T00:00:00Z", "2100-03-01T00:00:00Z")).toEqual([
      "2100-02-28T18:00",
    ]);
  });

  it("can be quarterly", () => {
    const quarterly: Schedule = { every: "month", day: 1, at: "09:00", months: [1, 4, 7, 10] };
    expect(slots(quarterly, "UTC", "2026-01-01T09:00:00Z", "2027-01-01T09:00:00Z")).toEqual([
      "2026-04-01T09:00",
      "2026-07-01T09:00",
      "2026-10-01T09:00",
      "2027-01-01T09:00",
    ]);
  });
});

describe("hourly slots", () => {
  const hourly: Schedule = { every: "hour", minute: 5 };

  it("show the minute on the local clock in zones off by half and quarter hours", () => {
    expect(slots(hourly, "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-01-01T02:30:00Z")).toEqual(
      ["2026-01-01T00:20", "2026-01-01T01:20", "2026-01-01T02:20"],
    );
  });

  it("are 23 on the short day and 25 on the long one", () => {
    const short = slots(hourly, NEW_YORK, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z");
    const long = slots(hourly, NEW_YORK, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z");
    expect([short.length, long.length]).toEqual([23, 25]);
  });
});

it("slots every few minutes divide the hour", () => {
  const quarter: Schedule = { every: "minutes", count: 15 };
  expect(slots(quarter, "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:46:00Z")).toEqual([
    "2026-01-01T00:15",
    "2026-01-01T00:30",
    "2026-01-01T00:45",
  ]);
});

const schedules = fc.oneof(
  fc.record({ every: fc.constant("minutes" as const), count: fc.constantFrom(1, 5, 15, 30) }),
  fc.record({ every: fc.constant("hour" as const), minute: fc.integer({ min: 0, max: 59 }) }),
  fc.record({ every: fc.constant("day" as const), at: time() }),
  fc.record({
    every: fc.constant("week" as const),
    weekday: fc.integer({ min: 1, max: 7 }),
    at: time(),
  }),
  fc.record({
    every: fc.constant("month" as const),
    day: fc.integer({ min: 1, max: 31 }),
    at: time(),
  }),
);
const zones = fc.constantFrom(
  "UTC",
  NEW_YORK,
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "Pacific/Apia",
);

function time() {
  return fc.integer({ min: 0, max: 1439 }).map((minute) => {
    const hour = String(Math.floor(minute / 60)).padStart(2, "0");
    return `${hour}:${String(minute % 60).padStart(2, "0")}`;
  });
}

describe("for any schedule, zone and stretch of time", () => {
  const from = new Date("2025-12-01T00:00:00Z").getTime();
  const instants = fc
    .integer({ min: 0, max: 500 * 24 * 60 })
    .map((minute) => from + minute * 60_000);

  it("cutting the stretch anywhere loses no slot and repeats none", () => {
    fc.assert(
      fc.property(
        schedules,
        zones,
        instants,
        fc.array(fc.integer({ min: 0, max: 5000 })),
        (schedule, zone, start, cuts) => {
          const stops = cuts.map((minutes) => start + minutes * 60_000).sort((a, b) => a - b);
          const end = stops.at(-1) ?? start;
          const whole = slotsBetween(schedule, zone, new Date(start), new Date(end), 1e6);
          const pieces: Date[] = [];
          let at = start;
          for (const stop of stops) {
            pieces.push(...slotsBetween(schedule, zone, new Date(at), new Date(stop), 1e6));
            at = stop;
          }
          expect(pieces).toEqual(whole);
          expect([...whole].sort((a, b) => a.getTime() - b.getTime())).toEqual(whole);
          expect(new Set(whole.map(Number)).size).toBe(whole.length);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("the newest slot is the last of all", () => {
    fc.assert(
      fc.property(
        schedules,
        zones,
        instants,
        fc.integer({ min: 0, max: 40 * 1440 }),
        (schedule, zone, start, minutes) => {
          const upTo = new Date(start + minutes * 60_000);
          const all = slotsBetween(schedule, zone, new Date(start), upTo, 1e6);
          expect(lastSlot(schedule, zone, new Date(start), upTo)).toEqual(all.at(-1));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a daily slot shows its wall time unless the clocks skipped it", () => {
    fc.assert(
      fc.property(time(), zones, instants, (at, zone, start) => {
        const upTo = new Date(start + 3 * 86_400_000);
        for (const slot of slotsBetween({ every: "day", at }, zone, new Date(start), upTo, 10)) {
          const shown = wallClock(slot, zone).time.slice(0, 5);
          const skipped = wallClock(new Date(slot.getTime() - 60_000), zone).time.slice(0, 5) < at;
          expect(shown === at || skipped).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("slots on a working day of the month", () => {
  const first: Schedule = { every: "month_workday", workday: 1, at: "09:00" };

  it("pass over the weekend that a month begins with", () => {
    // 1 August 2026 is a Saturday, 1 November a Sunday.
    expect(slots(first, "UTC", "2026-07-02T00:00:00Z", "2026-12-02T00:00:00Z")).toEqual([
      "2026-08-03T09:00",
      "2026-09-01T09:00",
      "2026-10-01T09:00",
      "2026-11-02T09:00",
      "2026-12-01T09:00",
    ]);
  });

  it("keep their local time across a change of the clocks, and are there in leap years", () => {
    expect(slots(first, NEW_YORK, "2026-10-31T00:00:00Z", "2026-11-30T00:00:00Z")).toEqual([
      "2026-11-02T14:00",
    ]);
    expect(slots(first, NEW_YORK, "2028-02-20T00:00:00Z", "2028-03-31T00:00:00Z")).toEqual([
      "2028-03-01T14:00",
    ]);
  });

  it("count on to the n-th, and find the last one after a long silence", () => {
    const third: Schedule = { ...first, workday: 3 };
    expect(slots(third, "UTC", "2026-10-31T00:00:00Z", "2026-11-30T00:00:00Z")).toEqual([
      "2026-11-04T09:00",
    ]);
    const last = lastSlot(first, "UTC", new Date("2020-01-01"), new Date("2026-12-01T08:00:00Z"));
    expect(last?.toISOString()).toBe("2026-11-02T09:00:00.000Z");
  });

  it("come in their months alone", () => {
    const quarterly: Schedule = { ...first, months: [1, 4, 7, 10] };
    expect(slots(quarterly, "UTC", "2026-01-05T00:00:00Z", "2026-12-31T00:00:00Z")).toEqual([
      "2026-04-01T09:00",
      "2026-07-01T09:00",
      "2026-10-01T09:00",
    ]);
  });
});
