import { describe, expect, it } from "vitest";
import { expectGolden } from "#test/golden.ts";
import { hostile, monthly, PERSON, ROOM, refusal, weekly } from "#test/slack/sample-answers.ts";
import { markdown } from "./markdown.ts";

describe("an answer in GitHub Markdown", () => {
  it.each([
    ["weekly", weekly(ROOM)],
    ["monthly", monthly(ROOM)],
    ["refusal", refusal(PERSON)],
    ["hostile", hostile(ROOM)],
  ])("reads as the golden file says: %s", (name, answer) => {
    expectGolden(markdown(answer), new URL(`golden/${name}.md`, import.meta.url));
  });

  it("starts with the sentence and ends with where the figures come from", () => {
    const lines = markdown(weekly(ROOM)).trimEnd().split("\n");
    expect(lines[0]).toContain("payments spent $2,914");
    expect(lines.at(-1)).toBe(
      "<sub>demonstration data; metered, 97% attributed, as of Mon 08:55</sub>",
    );
  });

  it("notifies nobody, references nothing and keeps every name in its cell", () => {
    const text = markdown(hostile(ROOM));
    expect(text).not.toMatch(/@(here|octocat|U999)/);
    expect(text).not.toMatch(/#1\b/);
    expect(text).not.toContain("<script");
    expect(text).not.toContain("https://");
    const cells = text.split("\n").filter((line) => line.startsWith("|"));
    for (const line of cells) expect(line.match(/(?<!\\)\|/g)).toHaveLength(3);
  });
});
