import { describe, expect, it } from "vitest";
import { expectGolden } from "#test/golden.ts";
import {
  hostile,
  keyRequest,
  monthly,
  PERSON,
  ROOM,
  refusal,
  weekly,
} from "#test/slack/sample-answers.ts";
import { cutLine } from "./plain-line.ts";
import { plainText } from "./plain-text.ts";
import { sourceLine } from "./source-line.ts";

describe("an answer as plain text", () => {
  it.each([
    ["weekly", weekly(ROOM)],
    ["monthly", monthly(ROOM)],
    ["refusal", refusal(PERSON)],
    ["key-request", keyRequest(PERSON)],
    ["hostile", hostile(ROOM)],
  ])("reads as the golden file says: %s", (name, answer) => {
    expectGolden(plainText(answer), new URL(`golden/${name}.txt`, import.meta.url));
  });

  it("starts with the sentence that stands alone", () => {
    expect(plainText(weekly(ROOM)).split("\n")[0]).toBe(weekly(ROOM).sentence);
  });

  it("lets no name drive the terminal or fake a line", () => {
    const text = plainText(hostile(ROOM));
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(text).not.toMatch(/^fake/m);
  });

  it("leaves a gap where a value is unknown, not the smallest bar", () => {
    const bars = plainText(monthly(ROOM))
      .split("\n")
      .find((line) => line.endsWith("gpt-4o"));
    expect(bars?.charAt(11)).toBe(" ");
    expect(bars?.charAt(10)).not.toBe(" ");
  });
});

describe("where the figures come from", () => {
  it("says basis, attribution and time in one line", () => {
    const { source } = weekly(ROOM);
    expect(sourceLine({ source, demonstration: false })).toBe(
      "metered, 97% attributed, as of Mon 08:55",
    );
  });

  it("says the time in UTC where the organisation's words are missing", () => {
    const source = { basis: "billed", asOf: "2026-11-23T07:55:12Z" } as const;
    expect(sourceLine({ source, demonstration: false })).toBe("billed, as of 2026-11-23 07:55 UTC");
  });

  it("keeps a decimal that says something", () => {
    const source = { basis: "metered", attributedPercent: "97.4" } as const;
    expect(sourceLine({ source, demonstration: false })).toBe("metered, 97.4% attributed");
  });

  it("says nothing where there is no figure", () => {
    expect(sourceLine({ demonstration: false })).toBeUndefined();
    expect(sourceLine({ demonstration: false, source: { basis: "none" } })).toBeUndefined();
  });
});

describe("cutting a line", () => {
  it("never splits a character and never exceeds the limit", () => {
    expect(cutLine("payments", 8)).toBe("payments");
    expect(cutLine("payments", 5)).toBe("paym…");
    expect(cutLine("😀😀😀", 4)).toBe("😀…");
  });
});
