import { describe, expect, it } from "vitest";
import { readOrganisationFile, sayProblems } from "./read-file.ts";

const HEAD = `organisation: { key: acme, name: Acme, accountable_for_ai_cost: ana }
people: [{ key: ana }, { key: ben }, { key: chi }]
functions: { finance: ana, engineering: ben, governance: ana, product: ben }
`;

function problemsOf(text: string): string[] {
  const read = readOrganisationFile(text);
  return read.ok ? [] : sayProblems("f", read.problems).split("\n");
}

const extended = (text: string): string[] => problemsOf(HEAD + text);

describe("exactly one Accountable", () => {
  it("refuses two in one activity at the line of the second", () => {
    expect(extended("raci:\n  set_ai_budget:\n    finance: A\n    product: A\n")).toEqual([
      "f:7: 'set AI budget and forecast' of the organisation has 2 Accountable: finance " +
        "and product. Keep one A; write R, C or I for the other.",
    ]);
  });

  it("refuses an activity without one, also below the organisation", () => {
    expect(extended("raci:\n  review_kpis: { finance: R }\n")).toEqual([
      "f:5: 'review KPIs and SLOs' of the organisation has no Accountable. Give exactly " +
        "one function an A.",
    ]);
    expect(
      extended(
        "teams:\n  - key: a\n    projects:\n      - key: b\n        raci:\n          " +
          "attribute_spend: { product: C }\n",
      ),
    ).toEqual([expect.stringMatching(/^f:9: 'attribute spend to workflows' of a\/b has no Acc/)]);
  });

  it("refuses a function that is Accountable and that nobody holds", () => {
    expect(problemsOf(HEAD.replace("finance: ana, ", ""))).toEqual([
      "f:3: nobody holds finance, which is Accountable for 'set AI budget and forecast', " +
        "'review KPIs and SLOs' of the organisation. Write functions: with finance: and the " +
        "key of one person at the top level.",
    ]);
    expect(
      extended("teams:\n  - key: a\n    raci:\n      apply_levers: { security: A }\n"),
    ).toEqual([expect.stringMatching(/^f:7: nobody holds security, .* of a\. Write .* in a\.$/)]);
  });

  it("refuses more than one person for it, where the words are that made it so", () => {
    expect(extended("teams:\n  - key: a\n    functions: { engineering: [ana, ben] }\n")).toEqual([
      expect.stringMatching(
        /^f:6: engineering is Accountable for .* of a and names 2 people: ana, ben/,
      ),
    ]);
    const security = HEAD.replace("functions: {", "functions: { security: [ana, ben],");
    expect(problemsOf(security)).toEqual([]);
    expect(
      problemsOf(
        `${security}teams:\n  - key: a\n    raci:\n      set_cost_policy: { security: A }\n`,
      ),
    ).toEqual([expect.stringMatching(/^f:7: security is Accountable for .* names 2 people/)]);
  });

  it("takes AR for one function that is both, and a scope that overrides its parent", () => {
    expect(
      extended(
        "raci:\n  apply_levers: { engineering: AR, product: I }\nteams:\n  - key: a\n    " +
          "functions: { product: chi }\n    raci: { define_outcome: { engineering: A } }\n",
      ),
    ).toEqual([]);
  });
});

describe("circles", () => {
  it("refuses delegations that lead back on a day on which all of them hold", () => {
    const people = (until: string) => `people:
  - { key: ana, delegates: [{ to: ben, from: 2026-01-01, until: 2026-01-31 }] }
  - { key: ben, delegates: [{ to: chi, from: 2026-01-10, until: 2026-01-20 }] }
  - { key: chi, delegates: [{ to: ana, from: 2026-01-05, until: ${until} }] }
`;
    const file = (until: string) => HEAD.replace(/people: .*\n/, people(until));
    expect(problemsOf(file("2026-01-12"))).toEqual([
      expect.stringMatching(/circle on 2026-01-10: ana > ben > chi > ana\. Let one of them/),
    ]);
    expect(problemsOf(file("2026-01-09"))).toEqual([]);
  });

  it("refuses a delegation to oneself, backwards in time, or two at once", () => {
    const file = (delegates: string) =>
      HEAD.replace("{ key: ana }", `{ key: ana, delegates: [${delegates}] }`);
    expect(problemsOf(file("{ to: ana, from: 2026-01-01, until: 2026-01-02 }"))).toEqual([
      expect.stringMatching(/ana delegates to themselves/),
    ]);
    expect(problemsOf(file("{ to: ben, from: 2026-01-02, until: 2026-01-01 }"))).toEqual([
      expect.stringMatching(/ends on 2026-01-01, before it begins/),
    ]);
    const two =
      "{ to: ben, from: 2026-01-01, until: 2026-01-05 }, { to: chi, from: 2026-01-05, " +
      "until: 2026-01-09 }";
    expect(problemsOf(file(two))).toEqual([
      expect.stringMatching(/two delegates at once, ben and chi/),
    ]);
    expect(problemsOf(file(two.replace("from: 2026-01-05", "from: 2026-01-06")))).toEqual([]);
  });

  it("refuses products that belong to each other", () => {
    expect(
      extended(
        "products:\n  - { key: a, part_of: b }\n  - { key: b, part_of: c }\n  - { key: c, " +
          "part_of: a }\n",
      ),
    ).toEqual(["f:5: products go in a circle: a > b > c > a. Take part_of out of one of them."]);
    expect(extended("products: [{ key: a, part_of: a }]\n")).toEqual([
      expect.stringMatching(/circle: a > a/),
    ]);
  });
});

describe("names that lead nowhere, or to two places", () => {
  const TEAMS = "teams: [{ key: a, projects: [{ key: b }] }]\n";

  it.each([
    ["products: [{ key: p, projects: [a/c] }]", /no project 'a\/c'\. Did you mean a\/b\?/],
    ["products: [{ key: p, projects: [a] }]", /'a' is not a project\. Write it as team\/project/],
    ["products: [{ key: p, part_of: shop }]", /no product 'shop'\. Add shop to products/],
    [
      "products: [{ key: p, projects: [a/b] }, { key: q, projects: [a/b] }]",
      /'a\/b' is there twice/,
    ],
    ["products: [{ key: p, workflows: [w] }, { key: q, workflows: [w] }]", /'w' is there twice/],
    ["products: [{ key: p }, { key: p }]", /product 'p' is there twice/],
    ["accounts: [{ key: x, provider: openai, owner: zed }]", /no person 'zed'/],
    [
      "accounts: [{ key: x, provider: openai }, { key: x, provider: openai }]",
      /'x' is there twice/,
    ],
    [
      "accounts: [{ key: x, provider: P, id: i }, { key: y, provider: p, id: i }]",
      /account 'p i' is there twice/,
    ],
    ["accounts: [{ key: x, provider: p, projects: [{ id: i, scope: a/z }] }]", /no project 'a\/z'/],
    [
      "accounts: [{ key: x, provider: p, projects: [{ id: i, scope: a }, { id: i, scope: a/b }] }]",
      /'i' is there twice/,
    ],
    ["keys: [{ key: k, provider: p }]", /needs either id or sha256, and not both/],
    ["keys: [{ key: k, provider: p, id: i, account: nope }]", /no account 'nope'/],
    ["keys: [{ key: k, provider: p, id: i, scope: z }]", /no team 'z'/],
    [
      "keys: [{ key: k, provider: p, id: i }, { key: l, provider: p, id: i }]",
      /the key 'i' is there twice/,
    ],
    ["keys: [{ key: k, provider: p, sha256: abc }]", /is not a sha256 in 64 lower-case hex digits/],
    [
      "keys: [{ key: k, provider: p, id: sk-proj-abcdefghijklmnop1234 }]",
      /looks like a secret key.*Revoke it/,
    ],
    ["seat_plans: [{ key: s, provider: p, scope: a/b/c }]", /no agent 'a\/b\/c'/],
    [
      "seat_plans: [{ key: s, provider: p, seats: 1.5 }]",
      /seats is a number \(1.5\)\. Write a whole number/,
    ],
    ["payment_methods: [{ key: m, owner: zed }]", /no person 'zed'/],
    [
      "sources: [{ source: s, counts_for: all }]",
      /counts_for 'all' is not known.*everything, nothing/,
    ],
    [
      "sources: [{ source: s, counts_for: nothing }, { source: s, counts_for: nothing }]",
      /source 's' is there twice/,
    ],
    [
      "sources: [{ source: s, counts_for: everything }, { source: t, counts_for: everything }]",
      /the traffic 'everything' is there twice/,
    ],
    [
      "sources: [{ source: s, counts_for: [{ provider: P }] }, { source: t, counts_for: [{ " +
        "provider: p }] }]",
      /the traffic/,
    ],
    ["sources: [{ source: s, counts_for: [{}] }]", /names no provider, project or key/],
    ["attribution_rules: [{ key: r, when: {}, scope: a }]", /names no condition/],
    ["attribution_rules: [{ key: r, when: { model: x } }]", /sets nothing/],
    ["attribution_rules: [{ key: r, when: { model: x }, scope: b }]", /no team 'b'/],
    [
      "attribution_rules: [{ key: r, when: { model: x }, scope: a }, { key: r, when: { " +
        "model: y }, scope: a }]",
      /rule 'r' is there twice/,
    ],
    [
      "attribution_rules: [{ key: r, when: { model: x }, scope: a }, { key: q, when: { " +
        "model: X }, scope: a }]",
      /the condition/,
    ],
    [
      "prices: { own: [{ model: m, input: free }] }",
      /prices.own\[1\].input 'free' 'free' is not a price|is not a price/,
    ],
    ["prices: { own: [{ model: m, input: 1 }, { model: m, input: 1 }] }", /the entry of own/],
    [
      "prices: { discounts: [{ name: d, percent: 10, from: 2026-02-01, until: 2026-01-01 }] }",
      /'until' must be a later day/,
    ],
    [
      "functions2: { finance: ana }",
      /'functions2' is not known in the file\. Did you mean functions\?/,
    ],
    ["on_call: [ana, ana]", /ana is named twice/],
    ["on_call: zed", /no person 'zed'/],
  ])("refuses %s", (text, expected) => {
    const problems = problemsOf(`${HEAD}${TEAMS}${text}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(problems[0]).toMatch(/^f:5: /);
  });

  it("takes the same key in two teams, and the same project id in two accounts", () => {
    expect(
      extended(
        "teams: [{ key: a, projects: [{ key: web }] }, { key: b, projects: [{ key: web }] " +
          "}]\naccounts: [{ key: x, provider: p, projects: [{ id: i, scope: a }] }, { key: " +
          "y, provider: p, projects: [{ id: i, scope: b }] }]\n",
      ),
    ).toEqual([]);
  });
});
