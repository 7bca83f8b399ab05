import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AispendError } from "#core/errors.ts";
import { parseDay } from "#core/time.ts";
import { cleanText } from "./grammar/clean-text.ts";
import { wordsOf } from "./grammar/words.ts";
import { COMMANDS } from "./registry.ts";
import { routesOf } from "./route.ts";

const TODAY = parseDay("2026-11-22");

function readings(text: string): string[] {
  return routesOf(COMMANDS, wordsOf(cleanText(text))).map(({ command }) => command.name);
}

/** True when every reading of the text parses or is refused by a message of ours. */
function isAnswered(text: string): boolean {
  try {
    for (const { command, words } of routesOf(COMMANDS, wordsOf(cleanText(text)))) {
      command.parse(words, { today: TODAY });
    }
    return true;
  } catch (error) {
    if (error instanceof AispendError) return error.message !== "";
    throw error;
  }
}

describe("reading a question", () => {
  it("takes a command by its name first, then plain words", () => {
    expect(readings("team payments")).toEqual(["team", "spend"]);
    expect(readings("how much did payments spend")).toEqual(["spend"]);
    expect(readings("why is payments up")).toEqual(["why", "why"]);
    expect(readings("taem payments")).toEqual(["spend", "team"]);
  });

  it("takes every example of a command as a question of that command", () => {
    for (const { name, examples = [] } of COMMANDS) {
      for (const [ask] of examples) {
        const [first] = routesOf(COMMANDS, wordsOf(cleanText(ask)));
        expect([ask, first?.command.name]).toEqual([ask, name]);
        expect(() => first?.command.parse(first.words, { today: TODAY })).not.toThrow();
      }
    }
  });

  it("has a command for every name, each once, each with usage and summary", () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(COMMANDS.filter(({ isFirst }) => isFirst === true)).toHaveLength(6);
    for (const { name, usage, summary } of COMMANDS) {
      expect(usage.startsWith(name)).toBe(true);
      expect(usage.length).toBeLessThanOrEqual(45);
      expect(summary.length).toBeLessThanOrEqual(45);
    }
  });

  it("never fails on what can be typed", () => {
    const vocabulary = `team project agent org model why owners top price unattributed me link help
      code whoami how much did what is the by vs on in for last this week month 14 days 2026-09
      2026-99-99 2026-09-01..2026-09-15 .. ... ' " since between and from to q3 may monday 1-15 sep
      % $ @ #`;
    const word = fc.constantFrom(...vocabulary.split(/\s+/));
    const text = fc.oneof(
      fc.array(word, { maxLength: 20 }).map((words) => words.join(" ")),
      fc.string({ maxLength: 400 }),
      fc.string({ unit: "binary", maxLength: 200 }),
    );
    fc.assert(
      fc.property(text, (typed) => isAnswered(typed)),
      { numRuns: 1_000 },
    );
  });

  it("reads the longest question without going around in circles", () => {
    for (const piece of ["last ", "by ", "2026-09-01..", "<at>", '"', "a'", "on the "]) {
      expect(isAnswered(piece.repeat(300).slice(0, 300).trim())).toBe(true);
    }
  });
});

describe("docs/commands.md", () => {
  it("lists every command as help does", () => {
    const guide = readFileSync(new URL("../../docs/commands.md", import.meta.url), "utf8");
    for (const { usage, summary } of COMMANDS) {
      expect(guide).toContain(`| \`${usage.replaceAll("|", "\\|")}\` | ${summary} |`);
    }
  });
});
