import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDay } from "#core/time.ts";
import { cleanText } from "./grammar/clean-text.ts";
import { wordsOf } from "./grammar/words.ts";
import { readSpendWords } from "./spend/spend-words.ts";
import { spellName } from "./subject.ts";

const TODAY = parseDay("2026-11-22");

/** The name that is read back from "workflow NAME last week by model". */
function readBack(name: string): string | undefined {
  const text = cleanText(`${spellName(name)} last week by model`);
  const { subjects, by, period } = readSpendWords("workflow", wordsOf(text), TODAY);
  const [subject] = subjects;
  if (subject?.kind !== "named" || by !== "model" || period === undefined) return undefined;
  return subjects.length === 1 ? subject.name : undefined;
}

describe("the spelling of a name", () => {
  it.each([
    ["payments", "payments"],
    ["gpt-4.1", "gpt-4.1"],
    ["2026-roadmap", "2026-roadmap"],
    ["Support copilot", '"Support copilot"'],
    ["today", '"today"'],
    ["me", '"me"'],
    ["team", '"team"'],
    ["2026-09", '"2026-09"'],
    ["may", '"may"'],
    ["12", '"12"'],
    ['say "hi"', `'say "hi"'`],
    ["R&D", '"R&D"'],
  ])("%s is typed as %s", (name, typed) => {
    expect(spellName(name)).toBe(typed);
  });

  it("is read back as the same name, whatever words of the grammar it holds", () => {
    const word = fc.constantFrom(
      ..."team payments by model on in vs today last week 14 days 2026-09 the me top all may".split(
        " ",
      ),
    );
    const name = fc
      .array(fc.oneof(word, fc.string({ minLength: 1, maxLength: 8 })), {
        minLength: 1,
        maxLength: 4,
      })
      .map((words) => cleanText(`x ${words.join(" ")}`).slice(2))
      .filter((text) => text !== "" && !/['"]/.test(text));
    fc.assert(
      fc.property(name, (text) => {
        expect(readBack(text)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });
});
