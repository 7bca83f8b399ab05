import type { EstimateReport, PricedChange } from "#core/estimates/report-schema.ts";

/** Reports of every state that a comment has, made by hand so that their figures are known. */

export const model: PricedChange = {
  path: "app/answer.py",
  line: 12,
  kind: "model",
  status: "changed",
  from: "gpt-4o-mini",
  to: "gpt-4o",
  role: "model",
  where: "answer > create() > model",
  confidence: "sure",
  why: "model names a model",
  uses: [],
  rates: {
    state: "priced",
    note: "genai-prices",
    lines: [
      { tokenClass: "input", from: "0.15", to: "2.5", percent: 1566.7 },
      { tokenClass: "output", from: "0.6", to: "10", percent: 1566.7 },
    ],
  },
  effect: null,
  perCall: { basis: "rates", percent: 1566.7 },
};

export const prompt: PricedChange = {
  ...model,
  path: "prompts/refund.md",
  line: 3,
  kind: "prompt",
  from: "1240 tokens",
  to: "1710 tokens",
  role: "prompt",
  where: "prompt file",
  why: "the file is a prompt",
  model: "claude-sonnet-4-5",
  tokens: {
    from: 1_240,
    to: 1_710,
    countedBy: "3.5 characters a token",
    error: 0.2,
    unknownParts: 2,
  },
  effect: 0,
  perCall: {
    basis: "traffic",
    median: delta("0.0061", "0.0075", "0.0014", 23),
    p90: delta("0.019", "0.0204", "0.0014", 7.4),
  },
};
delete (prompt as { rates?: unknown }).rates;

export const parameter: PricedChange = {
  ...model,
  path: "app/agent.ts",
  line: 40,
  kind: "params",
  from: "5",
  to: "25",
  role: "step limit",
  where: "run > maxSteps",
  why: "maxSteps sets the step limit",
  perCall: {
    basis: "unknown",
    reason: "what a changed step limit adds depends on the calls, and none are known",
    atMost: null,
  },
};
delete (parameter as { rates?: unknown }).rates;

export function delta(before: string, after: string, difference: string, percent: number | null) {
  return {
    state: "priced" as const,
    before,
    after,
    difference,
    percent,
    classes: [
      {
        tokenClass: "input" as const,
        before: { tokens: 1_533, cost: before },
        after: { tokens: 2_003, cost: after },
      },
    ],
  };
}

export function report(over: Partial<EstimateReport> = {}): EstimateReport {
  const changes = over.changes ?? [model];
  const of = (kind: string): number => changes.filter((one) => one.kind === kind).length;
  return {
    version: 1,
    currency: "USD",
    at: "2026-11-23T09:00:00.000Z",
    base: "a".repeat(40),
    head: "b".repeat(40),
    visibility: "private",
    changes,
    effects: [],
    perCall: null,
    perCallPercent: changes.length === 0 ? null : 1566.7,
    month: {
      state: "unknown",
      reason: "no traffic is known of these paths",
      help: "Map the path in aispend.yaml, or connect the server.",
    },
    budgets: [],
    alternatives: [],
    evaluation: null,
    policy: { verdict: "none", rules: [], override: null },
    calibration: null,
    notes: [],
    skipped: [],
    totals: {
      files: changes.length + 2,
      filesRead: changes.length,
      filesSkipped: 2,
      changes: changes.length,
      models: of("model"),
      prompts: of("prompt"),
      params: of("params"),
      unpriced: changes.filter(({ rates }) => rates?.state === "unpriced").length,
      promptTokens: 0,
    },
    ...over,
  };
}

export const measured = report({
  changes: [prompt],
  effects: [
    {
      traffic: {
        source: "measured",
        label: "workflow refunds",
        subject: { workflow: "refunds" },
        fallback: false,
        from: "2026-10-24",
        until: "2026-11-22",
        callsPerMonth: 221_000,
        models: ["claude-sonnet-4-5"],
        distribution: "calls",
      },
      changes: [0],
      perCall: {
        median: delta("0.0061", "0.0075", "0.0014", 23),
        p90: delta("0.019", "0.0204", "0.0014", 7.4),
      },
      month: delta("2829", "3141", "312", 11),
      sureDifference: "312",
      assumptions: ["every call of workflow refunds is taken to carry the prompt"],
    },
  ],
  perCall: {
    median: delta("0.0061", "0.0075", "0.0014", 23),
    p90: delta("0.019", "0.0204", "0.0014", 7.4),
  },
  perCallPercent: 23,
  month: {
    state: "known",
    before: "2829",
    after: "3141",
    difference: "312",
    percent: 11,
    calls: 221_000,
    sources: ["measured"],
    missing: [],
  },
  budgets: [
    {
      label: "payments",
      period: "month",
      limit: "12000",
      spent: "8310",
      forecastPercent: { from: 93, to: 96 },
      forecast: { from: "11160", to: "11520" },
      exhaustion: { from: null, to: null },
      crosses: false,
      crossesSurely: false,
      accountable: { name: "Olga Owner", github: "olga-owner" },
    },
  ],
  alternatives: [
    {
      kind: "cache",
      effect: 0,
      text: "the added text is static; put it behind the cache marker",
      perCallDifference: "0.00014",
      monthDifference: "31",
    },
  ],
  calibration: { within: 9, of: 11, percent: 15 },
  skipped: [
    { path: "package-lock.json", reason: "lock file" },
    { path: "README.md", reason: "documentation" },
  ],
});
