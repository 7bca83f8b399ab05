import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseOrganisationFile, readOrganisationFile, sayProblems } from "./read-file.ts";

const EXAMPLE = readFileSync(new URL("../../../aispend.example.yaml", import.meta.url), "utf8");

const SMALL = `organisation:
  key: acme
  name: Acme
  accountable_for_ai_cost: ana
people:
  - key: ana
    email: ana@acme.example
  - key: ben
functions:
  finance: ana
  engineering: ben
  governance: ana
  product: ben
teams:
  - key: payments
    projects:
      - key: disputes
        agents:
          - key: triage
  - key: search
`;

function problemsOf(text: string, known?: ReadonlySet<string>): string[] {
  const read = readOrganisationFile(text, known);
  return read.ok ? [] : sayProblems("f", read.problems).split("\n");
}

/** The small file with one line replaced, and the problems that this makes. */
function withLine(line: string, replacement: string): string[] {
  expect(SMALL).toContain(`${line}\n`);
  return problemsOf(SMALL.replace(`${line}\n`, `${replacement}\n`));
}

describe("aispend.yaml", () => {
  it("reads the example and the smallest organisation", () => {
    expect(problemsOf(EXAMPLE)).toEqual([]);
    expect(problemsOf(SMALL)).toEqual([]);
    expect(parseOrganisationFile(SMALL, "f").organisation).toMatchObject({
      time_zone: "UTC",
      retention: { entry_months: 13, hour_days: 60, person_days: 90 },
      privacy: { person_detail: "self" },
      approvals: { self_approval: false },
    });
  });

  it("refuses a repository's own file with one clear word", () => {
    const [problem, ...more] = problemsOf("repository:\n  paths:\n    - src: payments\n");
    expect(problem).toMatch(/^f:1: this aispend.yaml belongs to a repository/);
    expect(problem).toMatch(/Apply the organisation's own aispend.yaml instead/);
    expect(more).toEqual([]);
    expect(problemsOf(`${SMALL}repository: {}\n`)).toEqual([
      expect.stringMatching(/belongs into the aispend.yaml of that repository/),
    ]);
  });

  it.each([
    ["", "the file is empty"],
    ["# nothing\n", "the file is empty"],
    ["- a\n- b\n", "is not a group of fields"],
    ["just text\n", "is not a group of fields"],
    ["a: [1, 2\nb: 3\n", "f:2: "],
    ["a: &x 1\nb: *x\n", "f:2: *x is an alias"],
    ["a: &x [*x]\n", "f:1: *x is an alias"],
  ])("says what %j is", (text, expected) => {
    expect(problemsOf(text).join("\n")).toContain(expected);
  });

  it("reports everything at once, in the order of the lines", () => {
    const text = SMALL.replace("  name: Acme", "  nam: Acme\n  time_zone: Europe/Berlinn")
      .replace("ana@acme.example", "ana.acme")
      .replace("  finance: ana", "  finance: anna")
      .replace("  - key: search", "  - key: payments\n    cost_centre: 4711");
    expect(problemsOf(text)).toEqual([
      "f:1: organisation.name is missing. Write name: ...",
      expect.stringMatching(
        /^f:3: 'nam' is not known in organisation. Did you mean name\? Known here: key, name/,
      ),
      "f:4: 'Europe/Berlinn' is no time zone. Did you mean Europe/Berlin, Europe/Tallinn " +
        "or Europe/Dublin?",
      "f:8: people[ana].email 'ana.acme' is not an e-mail address. Correct it.",
      "f:11: no person 'anna'. Did you mean ana?",
      "f:21: team 'payments' is there twice. Each may be there once: change or remove one of them.",
      "f:22: teams[payments].cost_centre is a number (4711). Put it in quotes, so that it " +
        'stays as written: cost_centre: "4711"',
    ]);
  });

  it("reports what is wrong in the rest when a part that must be there is missing", () => {
    const people = SMALL.slice(SMALL.indexOf("people:"));
    expect(problemsOf(`${people}  - key: payments\n`)).toEqual([
      "f:1: organisation is missing. Write organisation: ...",
      expect.stringMatching(/^f:17: team 'payments' is there twice/),
    ]);
    const nobody = SMALL.replace(/people:[\s\S]*?functions:/, "functions:");
    expect(problemsOf(`${nobody}  - key: payments\n`)).toEqual([
      "f:1: people is missing. Write people: ...",
      expect.stringMatching(/team 'payments' is there twice/),
    ]);
  });

  it("does not blame what leans on a part that could not be read", () => {
    const text = SMALL.replace("  - key: ben\n", "  - keys: ben\n");
    expect(problemsOf(text)).toEqual([
      "f:8: people[2].key is missing. Write key: ...",
      expect.stringMatching(/^f:8: 'keys' is not known in people\[2\]. Did you mean key\?/),
    ]);
  });

  it("finds the lines behind a list whose malformed entries were taken out", () => {
    const text = SMALL.replace("  - key: ana\n", "  - 17\n  - key: ana\n").replace(
      "  - key: ben\n",
      "  - key: ben\n  - key: ben\n",
    );
    expect(problemsOf(text)).toEqual([
      "f:6: people[1] is a number (17). Write a group of fields, indented below it.",
      expect.stringMatching(/^f:10: person 'ben' is there twice/),
    ]);
  });

  it.each([
    ["  - key: search", "  - key: Search", /teams\[Search\].key 'Search' is not a key. Lower-case/],
    [
      "  - key: search",
      "  - key: search\n    archetype: agentic",
      /archetype 'agentic' is not known. .*agentic_workflow/,
    ],
    ["  - key: search", "  - key: search\n    name: |\n      two\n      lines", /is not one line/],
    [
      "  key: acme",
      "  key: acme\n  quiet_hours: { from: '25:00', until: '07:00' }",
      /'25:00' is not a time/,
    ],
    [
      "  key: acme",
      "  key: acme\n  quiet_hours: { from: '07:00', until: '07:00' }",
      /begin and end at 07:00/,
    ],
    [
      "  key: acme",
      "  key: acme\n  retention: { entry_months: 0 }",
      /entry_months is too small. At least 1/,
    ],
    ["  key: acme", "  key: acme\n  privacy: { person_detail: named }", /needs a recorded basis/],
    [
      "  accountable_for_ai_cost: ana",
      "  accountable_for_ai_cost: zoe",
      /no person 'zoe'. Add zoe to people/,
    ],
    ["  - key: ben", "  - key: ben\n  - key: ana", /person 'ana' is there twice/],
    [
      "  - key: ben",
      "  - key: ben\n    email: ANA@acme.example",
      /e-mail address 'ana@acme.example' is there twice/,
    ],
    ["  - key: ben", "  - key: ben\n    left_on: 2026-02-30", /is not a day/],
    ["  finance: ana", "  finance: [ana, 7]", /finance\[2\] is a number \(7\)/],
    ["  - key: search", "  - key: search\n  - key: search", /team 'search' is there twice/],
    [
      "          - key: triage",
      "          - key: triage\n          - key: triage",
      /agent of payments\/disputes 'triage' is there twice/,
    ],
  ])("%s > %s is refused", (line, replacement, expected) => {
    const problems = withLine(line, replacement);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it("takes people of the directory who are not in the file", () => {
    const text = SMALL.replace("  product: ben", "  product: zoe@acme.example");
    expect(problemsOf(text)).toEqual([expect.stringMatching(/no person 'zoe@acme.example'/)]);
    expect(problemsOf(text, new Set(["zoe@acme.example"]))).toEqual([]);
  });

  it("refuses a file of more than 10 MB unread", () => {
    expect(problemsOf(`${SMALL}#${"x".repeat(10_000_000)}\n`)).toEqual([
      expect.stringMatching(/larger than 10 MB/),
    ]);
  });
});
