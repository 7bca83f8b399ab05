import { describe, expect, it } from "vitest";
import { type CommentContext, commentMarkdown, MAX_COMMENT } from "#action/comment.ts";
import type { ApprovalAnswer } from "#core/estimates/approval-schema.ts";
import { publicReport } from "#core/estimates/public-report.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import { expectGolden } from "#test/golden.ts";
import { delta, measured, model, parameter, prompt, report } from "./reports.ts";

const rule = {
  rule: "month_increase",
  certainty: "sure" as const,
  text: "$312 more a month; at most $100 are allowed",
  changes: [0],
};
const [budget] = measured.budgets;
const crossing = budget && {
  ...budget,
  forecastPercent: { from: 71, to: 108 },
  exhaustion: { from: null, to: "2026-12-23" },
  crosses: true,
  crossesSurely: true,
};
const unpriced = {
  ...model,
  to: "gpt-9-turbo",
  rates: { state: "unpriced" as const, note: "unpriced: no price list has gpt-9-turbo", lines: [] },
  perCall: { basis: "rates" as const, percent: null },
};
const hostile = "`x`|<img src=x onerror=1>\n@everyone [a](http://evil) <!-- aispend:estimate -->";

const STATES: Readonly<Record<string, EstimateReport>> = {
  "measured-increase": measured,
  "measured-decrease": {
    ...measured,
    month: {
      ...measured.month,
      state: "known",
      before: "3141",
      after: "2829",
      difference: "-312",
      percent: -9.9,
      calls: 221_000,
      sources: ["measured"],
      missing: [],
    },
    alternatives: [],
  },
  "no-difference": {
    ...measured,
    month: {
      state: "known",
      before: "2829",
      after: "2829",
      difference: "0",
      percent: 0,
      calls: 221_000,
      sources: ["measured"],
      missing: [],
    },
  },
  partly: {
    ...measured,
    changes: [prompt, model],
    month: {
      state: "partly",
      before: "2829",
      after: "3141",
      difference: "312",
      percent: 11,
      calls: 221_000,
      sources: ["snapshot", "declared"],
      missing: ["app/answer.py:4"],
    },
  },
  public: publicReport({ ...measured, visibility: "public" }),
  "public-without-traffic": publicReport(report({ visibility: "unknown" })),
  "volume-unknown": report(),
  "parameter-unknown": report({ changes: [parameter], perCallPercent: null }),
  unpriced: report({ changes: [unpriced], perCallPercent: null }),
  "same-price": report({
    changes: [
      {
        ...model,
        from: "gpt-4o",
        to: "openai/gpt-4o",
        rates: { state: "same", note: "same model, same price", lines: [] },
        perCall: { basis: "rates", percent: 0 },
      },
    ],
    perCallPercent: 0,
  }),
  possible: report({ changes: [{ ...model, confidence: "possible" }] }),
  "policy-failed": {
    ...measured,
    budgets: crossing ? [crossing] : [],
    policy: {
      verdict: "failed",
      rules: [
        { ...rule, outcome: "failed" },
        { ...rule, rule: "models", outcome: "passed", text: "new models are on the list: kept" },
      ],
      override: null,
    },
  },
  "policy-overridden": {
    ...measured,
    policy: {
      verdict: "overridden",
      rules: [{ ...rule, outcome: "overridden" }],
      override: { by: "olga-owner", how: "label aispend-override and a review of bbbbbbbbbbbb" },
    },
  },
  "policy-approved-in-chat": {
    ...measured,
    policy: {
      verdict: "overridden",
      rules: [{ ...rule, outcome: "overridden" }],
      override: { by: "Fin Okafor", how: "in chat", reason: "launch week; see the *plan*" },
    },
  },
  "policy-warned": {
    ...measured,
    policy: {
      verdict: "warned",
      rules: [{ ...rule, outcome: "warned", certainty: "possible" }],
      override: null,
    },
  },
  "evaluation-rejects": {
    ...measured,
    evaluation: {
      source: "evaluation file",
      baseline: { costPerCall: "0.0336", passPercent: 95, costPerSuccess: "0.0354", cases: 200 },
      candidate: { costPerCall: "0.0121", passPercent: 88, costPerSuccess: "0.0138", cases: 200 },
      decision: "reject",
      reason: "the pass rate falls by 7 points",
    },
  },
  notes: report({
    notes: [
      "aispend.yaml is changed here; the base's policy, mapping and volumes are used.",
      "the snapshot of 2026-07-01 is 145 days old; 90 are allowed",
    ],
  }),
  "many-changes": report({
    changes: Array.from({ length: 5 }, (_, index) => ({
      ...model,
      line: index + 1,
      uses: [{ path: "app/b.py", line: 2 }],
      defines: "CHAT_MODEL",
    })),
  }),
  hostile: report({
    changes: [{ ...model, path: hostile, from: hostile, to: hostile }],
    notes: [hostile],
    skipped: [{ path: hostile, reason: hostile }],
  }),
  nothing: report({ changes: [], perCallPercent: null }),
};

const override = { label: "aispend-override", approvers: ["finops-lead"] };
const context: CommentContext = { vanished: false, override };

describe("the comment", () => {
  for (const [name, state] of Object.entries(STATES)) {
    it(`reads as its golden file for ${name}`, () => {
      expectGolden(
        `${commentMarkdown(state, context)}\n`,
        new URL(`golden/${name}.md`, import.meta.url),
      );
    });
  }

  it("says that what it told of is gone", () => {
    const gone = report({ changes: [], perCallPercent: null });
    expectGolden(
      `${commentMarkdown(gone, { vanished: true, override })}\n`,
      new URL("golden/vanished.md", import.meta.url),
    );
  });

  it("says what chat says of a policy that fails, and what to do", () => {
    const failed = STATES["policy-failed"];
    if (failed === undefined) throw new Error("the state is there");
    const line = (chat: ApprovalAnswer): string | undefined =>
      commentMarkdown(failed, { vanished: false, override: { ...override, chat } })
        .split("\n")
        .find((one) => /^To let it pass|^Denied/.test(one));
    const base = { version: 1, by: null, reason: null } as const;
    expect(line({ ...base, state: "pending" })).toBe(
      "To let it pass: an approval in chat, where it was asked for, or the label " +
        "`aispend-override` and an approving review of this commit by `finops-lead` or " +
        "`olga-owner`. " +
        "Then run this check again.",
    );
    expect(line({ ...base, state: "denied", by: "Gov Ito", reason: "cache it @first" })).toMatch(
      /^Denied in chat by Gov Ito: cache it .*first\. To let it pass all the same: the label/,
    );
    expect(line({ ...base, state: "denied" })).toMatch(/^Denied in chat\. To let it pass/);
    expect(line({ ...base, state: "nobody" })).toMatch(/^To let it pass: the label/);
  });

  it("mentions nobody unless a policy fails", () => {
    for (const [name, state] of Object.entries(STATES)) {
      const mentions =
        commentMarkdown(state, context)
          .replace(/`[^`]*`/g, "")
          .match(/@[\w-]+/g) ?? [];
      expect({ name, mentions }).toEqual({
        name,
        mentions: name === "policy-failed" ? ["@olga-owner"] : [],
      });
    }
  });

  it("stays under GitHub's limit, and cuts from the details first", () => {
    const changes = Array.from({ length: 3_000 }, (_, index) => ({
      ...model,
      path: `app/${"deep/".repeat(12)}${index}.py`,
    }));
    const skipped = Array.from({ length: 3_000 }, (_, index) => ({
      path: `docs/${index}.md`,
      reason: "documentation",
    }));
    const text = commentMarkdown(report({ changes, skipped }), context);
    expect(text.length).toBeLessThanOrEqual(MAX_COMMENT);
    expect(text).toMatch(/^### aispend: \+1,567% a call at most; volume unknown\n/);
    expect(text).toContain("more are in the job summary");
    const short = commentMarkdown(report({ notes: ["x".repeat(390)] }), context, 700);
    expect(short).not.toContain("<details>");
    expect(commentMarkdown(report({ notes: ["x".repeat(390)] }), context, 300).length).toBe(300);
  });
});

describe("a public repository", () => {
  const canary = "canary-scope";
  const secret = publicReport({
    ...measured,
    visibility: "public",
    effects: measured.effects.map((effect) => ({
      ...effect,
      traffic: {
        ...effect.traffic,
        label: `workflow ${canary}`,
        callsPerMonth: 777_001,
        models: [canary],
      },
      month: delta("777002", "777003", "777004", 11),
      sureDifference: "777005",
      assumptions: [canary],
    })),
    month: {
      state: "known",
      before: "777006",
      after: "777007",
      difference: "777008",
      percent: 11,
      calls: 777_009,
      sources: ["measured"],
      missing: [],
    },
    budgets: crossing
      ? [
          {
            ...crossing,
            label: canary,
            limit: "777010",
            accountable: { name: canary, github: canary },
          },
        ]
      : [],
    policy: {
      verdict: "failed",
      rules: [{ ...rule, outcome: "failed", text: `${canary} $777,011` }],
      override: { by: canary, how: "in chat", reason: `777,012 ${canary}` },
    },
  });

  it("learns nothing of volume, budget, spend, scope or person", () => {
    const said = `${commentMarkdown(secret, context)}${JSON.stringify(secret)}`;
    expect(said).not.toMatch(/canary|777/);
    expect(said).toContain("+11% a month on this workflow");
  });
});
