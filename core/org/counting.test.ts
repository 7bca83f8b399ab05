import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countingOf } from "./counting.ts";

const seen = (source: string, provider: string, nativeProject?: string, key?: string) => ({
  source,
  provider,
  nativeProject,
  key,
});

describe("what a source counts", () => {
  it("counts everything where the file says nothing", () => {
    expect(countingOf([]).counts(seen("litellm", "openai"))).toBe(true);
  });

  it("lets the claimed traffic count from its source alone", () => {
    const { counts } = countingOf([
      { source: "litellm", countsFor: [{ provider: "openai" }] },
      { source: "otlp", countsFor: "nothing" },
    ]);
    expect(counts(seen("litellm", "OpenAI"))).toBe(true);
    expect(counts(seen("otlp", "openai"))).toBe(false);
    expect(counts(seen("import:july.csv", "openai"))).toBe(false);
  });

  it("lets a listed source count nowhere else, and an unlisted one where nobody claims", () => {
    const { counts } = countingOf([{ source: "litellm", countsFor: [{ provider: "openai" }] }]);
    expect(counts(seen("litellm", "anthropic"))).toBe(false);
    expect(counts(seen("import:july.csv", "anthropic"))).toBe(true);
  });

  it("goes by the most specific claim: key, then project, then provider, then everything", () => {
    const { counts } = countingOf([
      { source: "all", countsFor: "everything" },
      { source: "provider", countsFor: [{ provider: "openai" }] },
      { source: "project", countsFor: [{ project: "proj_1" }] },
      { source: "key", countsFor: [{ key: "k1" }] },
    ]);
    const counting = (provider: string, project?: string, key?: string) =>
      ["all", "provider", "project", "key"].filter((source) =>
        counts(seen(source, provider, project, key)),
      );
    expect(counting("mistral")).toEqual(["all"]);
    expect(counting("openai")).toEqual(["provider"]);
    expect(counting("openai", "proj_1")).toEqual(["project"]);
    expect(counting("openai", "proj_1", "k1")).toEqual(["key"]);
    expect(counting("mistral", "proj_2", "k1")).toEqual(["key"]);
  });

  it("takes patterns of sources and of traffic", () => {
    const { counts } = countingOf([{ source: "import:*", countsFor: [{ provider: "azure/*" }] }]);
    expect(counts(seen("import:a.csv", "azure/openai"))).toBe(true);
    expect(counts(seen("litellm", "azure/openai"))).toBe(false);
    expect(counts(seen("litellm", "openai"))).toBe(true);
  });

  it("never counts one piece of traffic from two of the listed sources", () => {
    const name = fc.constantFrom("a", "b", "c");
    const claim = fc
      .record({ provider: name, project: name, key: name }, { requiredKeys: [] })
      .filter((traffic) => Object.keys(traffic).length > 0);
    const sources = fc.uniqueArray(
      fc.record({
        source: fc.constantFrom("s", "t", "u"),
        countsFor: fc.oneof(
          fc.constant<"everything">("everything"),
          fc.constant<"nothing">("nothing"),
          fc.array(claim, { minLength: 1, maxLength: 4 }),
        ),
      }),
      { selector: ({ source }) => source },
    );
    fc.assert(
      fc.property(
        sources,
        name,
        fc.option(name),
        fc.option(name),
        (listed, provider, project, key) => {
          const { counts } = countingOf(listed);
          const counting = ["s", "t", "u"]
            .filter((source) => listed.some((one) => one.source === source))
            .filter((source) =>
              counts(seen(source, provider, project ?? undefined, key ?? undefined)),
            );
          expect(counting.length).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
