import { describe, expect, it } from "vitest";
import { isTimeZone } from "#core/time.ts";
import { parseTimeFormat, timeReader } from "./timestamp.ts";

function read(format: string, text: string): string | undefined {
  return timeReader(parseTimeFormat(format, isTimeZone))(text);
}

describe("times of a file", () => {
  it("are instants where the text has its offset", () => {
    const texts = [
      "2026-07-07T00:00:01.374Z",
      "2026-07-07 00:00:01.374 UTC",
      "2026-07-07T02:00:01.374+02:00",
      "2026-07-06 19:00:01.374-0500",
    ];
    expect(texts.map((text) => read("", text))).toEqual(
      texts.map(() => "2026-07-07T00:00:01.374Z"),
    );
  });

  it("are read by the zone of the mapping where it has none, over both changes of the clocks", () => {
    expect(read("", "2026-07-07 00:00:01")).toBeUndefined();
    const zone = "iso@America/New_York";
    expect(read(zone, "2026-03-08T01:59:59.5")).toBe("2026-03-08T06:59:59.500Z");
    expect(read(zone, "2026-03-08T03:00")).toBe("2026-03-08T07:00:00.000Z");
    expect(read(zone, "2026-11-01T01:30:00")).toBe("2026-11-01T05:30:00.000Z");
    expect(read("iso@Asia/Kathmandu", "2026-03-02")).toBe("2026-03-01T18:15:00.000Z");
  });

  it("count from 1970 in four units", () => {
    expect(read("epoch_s", "1763827200.57")).toBe("2025-11-22T16:00:00.570Z");
    expect(read("epoch_ms", "1763827200570")).toBe("2025-11-22T16:00:00.570Z");
    expect(read("epoch_us", "1763827200570999")).toBe("2025-11-22T16:00:00.570Z");
    expect(read("epoch_ns", "1763827200570999999")).toBe("2025-11-22T16:00:00.570Z");
  });

  it("follow a pattern", () => {
    const format = "DD/MM/YYYY HH:mm:ss.SSS@Europe/Berlin";
    expect(read(format, "22/11/2026 10:30:05.25")).toBe("2026-11-22T09:30:05.250Z");
    expect(read("MM.DD.YYYY@UTC", "11.22.2026")).toBe("2026-11-22T00:00:00.000Z");
  });

  it("that no calendar or clock shows are none", () => {
    for (const text of ["2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-07-07T24:00:00Z"]) {
      expect(read("", text), text).toBeUndefined();
    }
    for (const text of ["", "yesterday", "0", "-5", "1e30"]) {
      expect(read("epoch_s", text), text).toBeUndefined();
    }
    expect(read("DD/MM/YYYY@UTC", "31/02/2026")).toBeUndefined();
    expect(read("DD/MM/YYYY HH:mm@UTC", "01/02/2026 25:00")).toBeUndefined();
  });

  it("need a format that says what it means", () => {
    for (const format of ["YYYY-MM", "DD/MM/YYYY", "iso@Mars/Olympus", "seconds"]) {
      expect(() => parseTimeFormat(format, isTimeZone), format).toThrow(
        /is not a|says no time zone/,
      );
    }
  });
});
