import { describe, expect, it } from "vitest";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { parseDay } from "#core/time.ts";
import { rateChanges } from "./detection/rate-change.ts";
import { makeEstimate } from "./estimate.ts";
import { publicReport } from "./public-report.ts";
import type { EstimateReport } from "./report-schema.ts";
import { Repository } from "./repository-schema.ts";
import type { Change, DiffReport, TrafficProfile } from "./schema.ts";
import { makeSnapshot } from "./snapshot.ts";
import type { BudgetState, Quote } from "./traffic-schema.ts";
import type { TrafficSources } from "./volume.ts";

const book = buildPriceBook(loadCatalogue());
const at = new Date("2026-11-23T09:00:00Z");
const today = parseDay("2026-11-23");

/** The example of messages.md: 221,000 calls of claude-sonnet-4-5 that cost $2,829. */
const refunds: TrafficProfile = {
  source: "measured",
  label: "workflow refunds",
  from: "2026-10-24",
  until: "2026-11-22",
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  calls: 221_000,
  median: { input: 1_533, output: 100 },
  p90: { input: 4_000, output: 466 },
  total: { input: 500_000_000, output: 88_600_000 },
};

const payments: BudgetState = {
  label: "team payments",
  period: "month",
  limit: "12000",
  spent: "8310",
  complete: "8100",
  start: "2026-11-01",
  end: "2026-12-01",
  today: "2026-11-23",
  outlook: {
    p10: "10800",
    p50: "11160",
    p90: "11900",
    p99: "12600",
    historyDays: 60,
    path: Array.from({ length: 8 }, (_, index) => (index + 1) / 8),
  },
  accountable: { name: "Ana Ruiz", github: "ana" },
};

const quote = (profiles: TrafficProfile[], budgets: BudgetState[] = []): Quote => ({
  version: 1,
  asOf: at.toISOString(),
  subjects: [
    { subject: { workflow: "refunds" }, profiles, budgets: budgets.map((_, index) => index) },
  ],
  project: null,
  refused: [],
  budgets,
  terms: { prices: [], discounts: [], uplifts: [] },
  calibration: { within: 9, of: 11, percent: 15 },
});

const change = (one: Partial<Change>): Change => ({
  path: "prompts/refund.md",
  line: 3,
  kind: "prompt",
  status: "changed",
  from: null,
  to: null,
  role: "prompt",
  where: "prompt file",
  confidence: "sure",
  why: "the file is a prompt",
  uses: [],
  ...one,
});

const grown = change({
  from: "1240 tokens",
  to: "1710 tokens",
  tokens: { from: 1_240, to: 1_710, countedBy: "o200k_base", error: 0, unknownParts: 0 },
});

const swap = (from: string, to: string, more: Partial<Change> = {}): Change =>
  change({
    path: "app/refund.py",
    kind: "model",
    role: "model",
    from,
    to,
    rates: rateChanges(book, at)(from, to),
    ...more,
  });

const mapped = (more: object = {}): Repository =>
  Repository.parse({
    paths: [
      { path: "prompts/refund*", workflow: "refunds" },
      { path: "app/**", workflow: "refunds" },
    ],
    ...more,
  });

function estimate(
  changes: Change[],
  sources: Partial<TrafficSources> = {},
  visibility: EstimateReport["visibility"] = "private",
): EstimateReport {
  const totals = {
    files: 1,
    filesRead: 1,
    filesSkipped: 0,
    changes: changes.length,
    models: 0,
    prompts: 0,
    params: 0,
    unpriced: 0,
    promptTokens: 0,
  };
  const diff: DiffReport = { version: 1, base: "a", head: "b", changes, skipped: [], totals };
  const whole = { repository: mapped(), quote: undefined, snapshot: undefined, today, ...sources };
  return makeEstimate({ book, at, diff, sources: whole, visibility });
}

const measured = { quote: quote([refunds], [payments]) };

describe("a prompt that grows on measured traffic", () => {
  const report = estimate([grown], measured);

  it("costs what messages.md shows, per call and per month", () => {
    expect(report.perCall?.median).toMatchObject({ before: "0.006099", after: "0.007509" });
    expect(report.perCall?.p90).toMatchObject({ before: "0.01899", after: "0.0204" });
    expect(report.month).toMatchObject({
      state: "known",
      before: "2829",
      after: "3140.61",
      difference: "311.61",
      percent: 11,
      calls: 221_000,
      sources: ["measured"],
    });
  });

  it("moves the budget by a whole month of it, and names who is accountable", () => {
    expect(report.budgets).toEqual([
      expect.objectContaining({
        label: "team payments",
        forecastPercent: { from: 93, to: 96 },
        forecast: { from: "11160", to: "11471.61" },
        exhaustion: { from: null, to: null },
        crosses: false,
        accountable: { name: "Ana Ruiz", github: "ana" },
      }),
    ]);
  });

  it("offers the cache marker at a tenth of the price", () => {
    expect(report.alternatives).toEqual([
      expect.objectContaining({ perCallDifference: "0.000141", monthDifference: "31.161" }),
    ]);
  });

  it("shows each class of tokens, which add up to the call", () => {
    const { median } = report.perCall ?? {};
    expect(median).toMatchObject({
      classes: [
        { tokenClass: "input", before: { tokens: 1_533, cost: "0.004599" } },
        { tokenClass: "output", before: { tokens: 100, cost: "0.0015" } },
      ],
    });
  });

  it("carries how earlier estimates turned out", () => {
    expect(report.calibration).toEqual({ within: 9, of: 11, percent: 15 });
  });
});

describe("where the traffic comes from", () => {
  const declared = mapped({
    volumes: [
      {
        workflow: "refunds",
        model: "claude-sonnet-4-5",
        calls_per_month: 1_000,
        tokens_per_call: { input: 1_000, output: 100 },
      },
    ],
  });
  const snapshot = makeSnapshot(
    [{ subject: { workflow: "refunds" }, profiles: [{ ...refunds, calls: 2_000 }] }],
    parseDay("2026-10-30"),
  );

  it("is the ledger before the snapshot before what was declared", () => {
    const of = (sources: Partial<TrafficSources>) =>
      estimate([grown], { repository: declared, ...sources }).effects[0]?.traffic;
    expect(of({ ...measured, snapshot })).toMatchObject({ source: "measured" });
    expect(of({ snapshot })).toMatchObject({ source: "snapshot", callsPerMonth: 2_000 });
    expect(of({})).toMatchObject({ source: "declared", callsPerMonth: 1_000 });
  });

  it("passes over a snapshot of more than 90 days, says so, and takes it where it is told to", () => {
    const old = { ...snapshot, date: "2026-08-01" };
    const report = estimate([grown], { snapshot: old });
    expect(report.month).toMatchObject({ state: "unknown" });
    expect(report.notes[0]).toMatch(/snapshot of 2026-08-01 is 114 days old; 90 are allowed/);
    const told = mapped({ snapshot: { max_age_days: 120 } });
    expect(estimate([grown], { snapshot: old, repository: told }).month.state).toBe("known");
  });

  it("states no month without any, and says how to get one", () => {
    const report = estimate([grown]);
    expect(report.month).toMatchObject({
      state: "unknown",
      reason: "no traffic is known of workflow refunds",
      help: expect.stringMatching(/snapshot .* or declare a volume/),
    });
    expect(report.perCall).toBeNull();
  });

  it("takes the project's figures for a path without a mapping, and labels them", () => {
    const profile = { ...refunds, label: "project payments/disputes" };
    const subject = { scope: "payments/disputes" };
    const project = { subject, profiles: [profile], budgets: [] };
    const asked = { ...quote([]), subjects: [], project };
    const sources = {
      repository: Repository.parse({ project: "payments/disputes" }),
      quote: asked,
    };
    const [effect] = estimate([grown], sources).effects;
    expect(effect?.traffic).toMatchObject({ label: "project payments/disputes", fallback: true });
  });

  it("leaves what has no traffic out of the month, and names it", () => {
    const other = { ...grown, path: "elsewhere/prompt.md" };
    expect(estimate([grown, other], measured).month).toMatchObject({
      state: "partly",
      difference: "311.61",
      missing: [`elsewhere/prompt.md:${other.line}`],
    });
  });
});

describe("a model that changes", () => {
  const cheap: TrafficProfile = { ...refunds, provider: "openai", model: "gpt-4o-mini" };

  it("moves the calls of that model alone", () => {
    const both = { quote: quote([refunds, { ...cheap, calls: 500_000 }]) };
    const report = estimate([swap("claude-sonnet-4-5", "claude-haiku-4-5")], both);
    // $3 and $15 become $1 and $5: 2/3 less of $2,829.
    expect(report.month).toMatchObject({ difference: "-1886" });
    expect(report.changes[0]?.perCall).toMatchObject({ basis: "traffic" });
  });

  it("is combined with a prompt of the same file: effects on the same calls do not add", () => {
    const model = swap("claude-sonnet-4-5", "claude-haiku-4-5");
    const prompt = { ...grown, path: "app/refund.py", model: "claude-haiku-4-5" };
    const report = estimate([model, prompt], measured);
    // 221,000 x 470 tokens at haiku's $1, not at sonnet's $3.
    expect(report.month).toMatchObject({ difference: "-1782.13" });
    expect(report.effects).toHaveLength(1);
  });

  it("has no month where the new model has no price, and never another model's", () => {
    const report = estimate([swap("claude-sonnet-4-5", "gpt-9-ultra")], measured);
    expect(report.effects[0]?.month).toMatchObject({ state: "unpriced" });
    expect(report.month).toMatchObject({ state: "unknown" });
  });

  it("shows the rates alone where no traffic is known", () => {
    const report = estimate([swap("gpt-4o", "gpt-4o-mini")]);
    expect(report.changes[0]?.perCall).toEqual({ basis: "rates", percent: -94 });
    expect(report.perCallPercent).toBe(-94);
  });

  it("says of a new call site that no call was made yet", () => {
    const added = swap("gpt-4o", "gpt-4o", { from: null, status: "added" });
    const report = estimate([added], measured);
    expect(report.effects).toEqual([]);
    expect(report.month).toMatchObject({ state: "unknown" });
  });
});

it("prices by the organisation's own terms, and by list prices where everybody may read it", () => {
  const asked = quote([refunds]);
  const discounts = [{ name: "agreement", percent: "10", provider: "anthropic" }];
  const sources = { quote: { ...asked, terms: { ...asked.terms, discounts } } };
  expect(estimate([grown], sources).month).toMatchObject({ difference: "280.449" });
  expect(estimate([grown], sources, "public").month).toMatchObject({ difference: "311.61" });
});

describe("the policy of the base", () => {
  const judge = (
    policy: object[],
    changes: Change[],
    sources: Partial<TrafficSources> = measured,
  ) => estimate(changes, { ...sources, repository: mapped({ policy }) }).policy;

  it("warns by default and fails where it is told to", () => {
    const rule = { rule: "month_increase", above: 300 };
    expect(judge([rule], [grown])).toMatchObject({
      verdict: "warned",
      rules: [{ outcome: "warned", text: "$312 more a month; $300 are allowed" }],
    });
    expect(judge([{ ...rule, action: "fail" }], [grown]).verdict).toBe("failed");
    expect(judge([{ ...rule, above: 312, action: "fail" }], [grown]).verdict).toBe("passed");
  });

  it("never fails on a finding that is only possible", () => {
    const possible = { ...grown, confidence: "possible" as const };
    const rule = { rule: "month_increase", above: 300, action: "fail" };
    expect(judge([rule], [possible])).toMatchObject({
      verdict: "warned",
      rules: [{ certainty: "possible" }],
    });
  });

  it("knows all of its rules", () => {
    const fail = { action: "fail" };
    const rules = [
      { rule: "month_increase_percent", above: 10, ...fail },
      { rule: "call_increase", above: "0.001", ...fail },
      { rule: "call_increase_percent", above: 20, ...fail },
      { rule: "prompt_tokens", above: 1_500, ...fail },
    ];
    expect(judge(rules, [grown]).rules.map(({ outcome }) => outcome)).toEqual(
      rules.map(() => "failed"),
    );
    const models = [
      { rule: "unpriced_model", ...fail },
      { rule: "models", allow: ["claude-*"], ...fail },
    ];
    expect(judge(models, [swap("claude-sonnet-4-5", "gpt-9-ultra")]).rules).toMatchObject([
      { outcome: "failed", text: "gpt-9-ultra at app/refund.py:3 has no price" },
      { outcome: "failed", text: "gpt-9-ultra at app/refund.py:3 is not on the list" },
    ]);
    expect(judge(models, [swap("gpt-9-ultra", "claude-haiku-4-5")]).verdict).toBe("passed");
  });

  it("fails on a budget that this change crosses, and not on one that was over before", () => {
    const rule = { rule: "budget_crossing", action: "fail" };
    const limit = { quote: quote([refunds], [{ ...payments, limit: "11200" }]) };
    expect(judge([rule], [grown], limit)).toMatchObject({
      verdict: "failed",
      rules: [{ text: "team payments goes from 100% to 102% of $11,200" }],
    });
    const over = { quote: quote([refunds], [{ ...payments, limit: "11000" }]) };
    expect(judge([rule], [grown], over).verdict).toBe("passed");
  });

  it("tells a prompt that was too long before, and fails only who made it so", () => {
    const rule = { rule: "prompt_tokens", above: 1_000, action: "fail" };
    expect(judge([rule], [grown]).verdict).toBe("warned");
    const guessed = { ...grown, tokens: { ...tokensOf(grown), from: 900, to: 1_100, error: 0.2 } };
    expect(judge([rule], [guessed])).toMatchObject({ verdict: "warned" });
  });
});

function tokensOf({ tokens }: Change): NonNullable<Change["tokens"]> {
  if (tokens === undefined) throw new Error("the change has tokens");
  return tokens;
}

it("leaves volume, spend, budgets, scopes and people out of what everybody may read", () => {
  for (const visibility of ["public", "unknown"] as const) {
    const policy = [{ rule: "month_increase", above: 300, action: "fail" }];
    const sources = { ...measured, repository: mapped({ policy }) };
    const shown = publicReport(estimate([grown], sources, visibility));
    const text = JSON.stringify(shown);
    for (const secret of [
      "221",
      "2829",
      "3140",
      "311.61",
      "31.161",
      "payments",
      "refunds",
      "Ana",
    ]) {
      expect(text).not.toContain(secret);
    }
    expect(shown.month).toEqual({ state: "hidden", percent: 11 });
    expect(shown.policy.verdict).toBe("failed");
    expect(shown.perCall?.median).toMatchObject({ difference: "0.00141" });
  }
});
