import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AttributionRule, findRule, ruleTest } from "./attribution-rule.ts";
import { globTest } from "./glob.ts";

const FACTS = {
  provider: "openai",
  model: "gpt-4o-mini",
  key: undefined,
  account: "org-1",
  nativeProject: "proj_1",
  tags: { environment: "CI", workflow: "nightly" },
};

describe("an attribution rule", () => {
  it.each([
    [{ provider: "OpenAI" }, true],
    [{ model: "gpt-4o*" }, true],
    [{ model: "gpt-4o" }, false],
    [{ account: "org-1", native_project: "proj_*" }, true],
    [{ environment: "ci", workflow: "nightly" }, true],
    [{ environment: "ci", workflow: "daily" }, false],
    [{ key: "*" }, false],
    [{ customer: "*" }, false],
  ])("%j matches: %s", (conditions, matches) => {
    expect(ruleTest(conditions)(FACTS)).toBe(matches);
  });

  it("is the first of the file's order that matches", () => {
    const rule = (key: string, model: string): AttributionRule => ({
      key,
      matches: ruleTest({ model }),
      chain: undefined,
      sets: {},
    });
    const rules = [rule("none", "claude*"), rule("first", "gpt*"), rule("second", "*")];
    expect(findRule(rules, FACTS)?.key).toBe("first");
    expect(findRule([], FACTS)).toBeUndefined();
  });
});

describe("a pattern", () => {
  it.each([
    ["*", "", true],
    ["a*c", "abc", true],
    ["a*c", "ac", true],
    ["ab*bc", "abc", false],
    ["*b*b*", "abba", true],
    ["*bb*b", "abb", false],
    ["a.c", "abc", false],
    ["**a", "A", true],
  ])("%s on %s: %s", (pattern, text, matches) => {
    expect(globTest(pattern)(text)).toBe(matches);
  });

  it("agrees with the regular expression of the same meaning", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(
      fc.property(letters, text, (pattern, value) => {
        const same = new RegExp(`^${pattern.replace(/\*+/g, ".*")}$`).test(value);
        expect(globTest(pattern)(value)).toBe(same);
      }),
      { numRuns: 500 },
    );
  });
});
