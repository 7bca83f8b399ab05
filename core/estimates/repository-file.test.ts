import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathTest, subjectLabel, subjectOfPath, subjectsOf } from "./mapping.ts";
import {
  type ReadRepository,
  readRepositoryFile,
  sayRepositoryProblems,
} from "./repository-file.ts";

const FILE = `repository:
  project: payments/disputes
  paths:
    - path: prompts/refund/**
      workflow: refunds
    - path: "*.prompty"
      feature: search
  policy:
    - rule: month_increase
      above: 500
      action: fail
`;

const problems = (read: ReadRepository): string[] =>
  read.state === "refused" ? sayRepositoryProblems(read.problems) : [read.state];

describe("a repository's aispend.yaml", () => {
  it("is read with its defaults", () => {
    expect(readRepositoryFile(FILE)).toMatchObject({
      state: "read",
      repository: {
        paths: [{ workflow: "refunds" }, { feature: "search" }],
        volumes: [],
        snapshot: { max_age_days: 90 },
        policy: [{ rule: "month_increase", above: 500, action: "fail" }],
      },
    });
  });

  it("is told all of its problems, each with its line", () => {
    const text = FILE.replace("workflow: refunds", "workflw: refunds").replace("500", "lots");
    expect(problems(readRepositoryFile(text))).toEqual([
      expect.stringMatching(/^aispend\.yaml:4: .*names no scope, workflow, feature or prompt/),
      expect.stringMatching(/^aispend\.yaml:5: .*'workflw' is not known.* Did you mean workflow\?/),
      expect.stringMatching(/^aispend\.yaml:10: .*'lots' is not an amount in dollars\. Write 500/),
    ]);
  });

  it("refuses a rule it does not know, a path twice, and a mapping to nothing", () => {
    expect(problems(readRepositoryFile(FILE.replace("month_increase", "montly")))[0]).toMatch(
      /^aispend\.yaml:9: this rule is not known\. Write one of: month_increase, /,
    );
    const twice = FILE.replace('"*.prompty"', "prompts/refund/**");
    expect(problems(readRepositoryFile(twice))[0]).toMatch(
      /^aispend\.yaml:6: the path 'prompts\/refund\/\*\*' is written twice/,
    );
    const nothing = FILE.replace("\n      workflow: refunds", "");
    expect(problems(readRepositoryFile(nothing))[0]).toMatch(/:4: .*names no scope, workflow/);
  });

  it("lets an organisation's file and an empty one be, and refuses what is no YAML", () => {
    expect(readRepositoryFile("organisation: { key: acme }").state).toBe("other");
    expect(readRepositoryFile("").state).toBe("other");
    expect(readRepositoryFile("repository: [").state).toBe("refused");
    expect(readRepositoryFile("repository: &a { project: a/b }\nx: *a").state).toBe("refused");
  });
});

describe("the mapping of paths", () => {
  const read = readRepositoryFile(FILE);
  const repository = read.state === "read" ? read.repository : undefined;

  it("takes the first that fits, else the project, and says that it is not mapped", () => {
    if (repository === undefined) throw new Error("the file is read");
    const of = (path: string) => subjectOfPath(repository, path);
    expect(of("prompts/refund/a/b.md")).toEqual({
      subject: { workflow: "refunds" },
      fallback: false,
    });
    expect(of("src/app.py")).toEqual({ subject: { scope: "payments/disputes" }, fallback: true });
    expect(subjectsOf(repository).map(subjectLabel)).toEqual([
      "workflow refunds",
      "feature search",
      "project payments/disputes",
    ]);
  });

  it("reads patterns as a .gitignore from the root does", () => {
    const cases: [string, string, boolean][] = [
      ["prompts", "prompts/a/b.md", true],
      ["prompts/", "prompts/a.md", true],
      ["prompts", "prompts.md", false],
      ["*.md", "a.md", true],
      ["*.md", "docs/a.md", false],
      ["**/*.md", "docs/x/a.md", true],
      ["**/*.md", "a.md", true],
      ["a/**/z.py", "a/z.py", true],
      ["a/**/z.py", "a/b/c/z.py", true],
      ["a?.py", "ab.py", true],
      ["a?.py", "a/.py", false],
      ["**", "any/thing", true],
      ["a/**", "a/b/c", true],
      ["*a*b*", "xaybz", true],
      ["*a*b*", "xbya", false],
      ["a*.md", "a.mdx", false],
      ["src/*/x", "src/a/x/y", true],
      ["./src/(app).ts", "src/(app).ts", true],
    ];
    for (const [pattern, path, fits] of cases) {
      expect([pattern, path, pathTest(pattern)(path)]).toEqual([pattern, path, fits]);
    }
  });

  it("never hangs on a path, whatever the pattern", () => {
    const part = fc.constantFrom("a", "*", "**", "/", "?", "b.md", "**/");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
        pathTest(parts.join(""))(`${"a".repeat(120)}/${"b/".repeat(60)}c`);
      }),
      { numRuns: 60 },
    );
  });
});
