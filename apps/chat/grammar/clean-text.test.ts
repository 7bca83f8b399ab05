import { describe, expect, it } from "vitest";
import { cleanText, TEXT_LIMIT } from "./clean-text.ts";

describe("cleaning a question", () => {
  it.each([
    ["/aispend team payments", "team payments"],
    ["<@U12AB34|aispend> team payments", "team payments"],
    ["<@U12AB34>, team payments", "team payments"],
    ["<at>aispend</at> team payments", "team payments"],
    ["@aispend: team payments", "team payments"],
    ["aispend team payments", "team payments"],
    ["/aispend /aispend org", "org"],
    ["aispend-bot yesterday", "aispend-bot yesterday"],
  ])("drops the address of the bot: %s", (text, cleaned) => {
    expect(cleanText(text)).toBe(cleaned);
  });

  it("drops what cannot be seen: controls, zero-width characters and marks of direction", () => {
    expect(cleanText("team\u0000 pay\u200bme\u202ents\u2066\n\tlast\u00a0week")).toBe(
      "team payments last week",
    );
  });

  it("reads typographic quotes and dashes as typed ones", () => {
    expect(cleanText("workflow \u201cSupport copilot\u201d 1\u201315 Sep")).toBe(
      'workflow "Support copilot" 1-15 Sep',
    );
  });

  it("refuses a question that is too long, and says how long it may be", () => {
    expect(() => cleanText("a".repeat(TEXT_LIMIT + 1))).toThrow(
      `the question has ${TEXT_LIMIT + 1} characters; at most ${TEXT_LIMIT} are read`,
    );
    expect(() => cleanText("a ".repeat(1_000_000))).toThrow("at most");
    expect(cleanText("a".repeat(TEXT_LIMIT))).toHaveLength(TEXT_LIMIT);
  });
});
