import { describe, expect, it } from "vitest";
import { experimentAnswer, experimentsAnswer } from "#apps/chat/experiments/experiment-answer.ts";
import { askButton } from "#apps/chat/refusal.ts";
import type { AnswerBody } from "#apps/chat/spend/spend-answer.ts";
import { unitAnswer } from "#apps/chat/units/unit-answer.ts";
import { unitLine } from "#apps/chat/units/unit-words.ts";
import { unitsAnswer } from "#apps/chat/units/units-answer.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { findDrift, type UnitWeek } from "#core/outcomes/drift.ts";
import { judge } from "#core/outcomes/eval-gate.ts";
import type { Experiment } from "#core/outcomes/experiment.ts";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { addDays, parseDay } from "#core/time.ts";
import { expectGolden } from "#test/golden.ts";

const USD = 1_000_000_000n;
const CENT = 10_000_000n;

const NOW: UnitCost = {
  workflowId: 5,
  workflow: "refunds",
  outcome: "resolved dispute",
  isNamed: true,
  successes: 7_108n,
  failures: 412n,
  cost: 7_108n * 41n * CENT,
  harnessCost: 0n,
  hasHarness: false,
  costPerOutcome: 41n * CENT,
  evalScore: 0.954,
  value: undefined,
  revenue: undefined,
  target: 40n * CENT,
  humanBaseline: 6n * USD,
  requests: 221_000n,
  projectIds: [3],
};
const BEFORE: UnitCost = { ...NOW, costPerOutcome: 36n * CENT };
const EARNING: UnitCost = {
  ...NOW,
  workflow: "Support copilot",
  harnessCost: 400n * USD,
  hasHarness: true,
  revenue: 12_000n * USD,
  costPerOutcome: 38n * CENT,
};
const WEEKS: UnitWeek[] = [36, 35, 36, 37, 36, 38, 39, 41, 43, 45, 46, 47].map((cents, index) => ({
  start: addDays(parseDay("2026-08-24"), 7 * index),
  cost: BigInt(cents) * CENT * 1_700n,
  successes: 1_700n,
}));
const SETTING = {
  said: "refunds",
  command: "workflow refunds",
  question: "unit workflow refunds",
  periodSaid: "1-22 Nov",
  within: "from 1 to 22 Nov",
  beforeSaid: "in 1-22 Oct",
  cost: NOW.cost,
  requests: NOW.requests,
  today: parseDay("2026-11-22"),
  asOf: { asOf: "2026-11-22T13:55:00Z", asOfSaid: "Sun 14:55" },
  actions: [askButton("why workflow refunds", "Why")],
};
const DISTINCT = {
  sessions: { count: 18_204n, cost: (NOW.cost * 62n) / 100n },
  users: { count: 9_120n, cost: NOW.cost },
  customers: { count: 14n, cost: NOW.cost },
};
const NOBODY = { count: 0n, cost: 0n };

const JUDGED = judge(
  { name: "baseline", costPerCall: 33_600_000n, passed: 950n, cases: 1_000n, counted: true },
  [
    {
      name: "aggressive compression",
      costPerCall: 12_100_000n,
      passed: 880n,
      cases: 1_000n,
      counted: true,
    },
    {
      name: "gated compression + routing",
      costPerCall: 14_900_000n,
      passed: 954n,
      cases: 1_000n,
      counted: true,
    },
  ],
);
const OPEN: Experiment = {
  id: 12,
  name: "compression and routing",
  workflowId: 5,
  workflow: "refunds",
  scopeId: 3,
  state: "open",
  recordedBy: 7,
  recordedAt: new Date("2026-11-02T10:00:00Z"),
  promoted: null,
  decidedBy: null,
  decidedAt: null,
  reason: null,
  beforeRequests: null,
  beforeCost: null,
  afterRequests: null,
  afterCost: null,
  afterDays: null,
  judged: JUDGED,
};
const PROMOTED: Experiment = {
  ...OPEN,
  state: "promoted",
  promoted: 2,
  decidedBy: 9,
  decidedAt: new Date("2026-11-09T10:00:00Z"),
  beforeRequests: 221_000n,
  beforeCost: 221_000n * 33_600_000n,
  afterRequests: 90_000n,
  afterCost: 90_000n * 15_100_000n,
  afterDays: 12,
};

const MESSAGES: Readonly<Record<string, AnswerBody>> = {
  unit: unitAnswer(
    { now: NOW, before: BEFORE, distinct: DISTINCT, weeks: WEEKS, drift: findDrift(WEEKS) },
    SETTING,
  ),
  "unit-margin": unitAnswer(
    { now: EARNING, before: undefined, distinct: DISTINCT, weeks: [], drift: undefined },
    { ...SETTING, said: "Support copilot", command: 'workflow "Support copilot"' },
  ),
  "unit-unknown": unitAnswer(
    {
      now: undefined,
      before: undefined,
      distinct: { sessions: NOBODY, users: { count: 3n, cost: NOW.cost }, customers: NOBODY },
      weeks: [],
      drift: undefined,
    },
    SETTING,
  ),
  experiment: experimentAnswer(OPEN, () => "Grace Hopper"),
  "experiment-promoted": experimentAnswer(PROMOTED, () => "Grace Hopper"),
  experiments: experimentsAnswer("experiment", undefined, [PROMOTED, { ...OPEN, id: 11 }], []),
  units: unitsAnswer({
    question: "unit",
    periodSaid: "from 1 to 22 Nov",
    units: [EARNING, NOW],
    margins: [
      {
        product: "checkout",
        revenue: 12_000n * USD,
        value: undefined,
        cost: 4_400n * USD,
        margin: 7_600n * USD,
      },
    ],
    actions: [askButton("top workflows")],
  }),
};

const golden = (name: string, kind: string) => new URL(`golden/${name}.${kind}`, import.meta.url);
const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

describe.each(Object.entries(MESSAGES))("%s", (name, body) => {
  const answer = Answer.parse({ ...body, audience: { kind: "room" } });

  it("reads as the golden files say, in Markdown, plain text, Slack and Teams", () => {
    expectGolden(markdown(answer), golden(name, "md"));
    expectGolden(plainText(answer), golden(name, "txt"));
    const slack = renderMessage(answer, { native: true });
    expect(MessageLimits.safeParse(slack).error).toBeUndefined();
    expectGolden(asJson(slack), golden(name, "slack.json"));
    const card = renderAnswer(answer, { origin: undefined, teamsClient: true });
    expectGolden(asJson(card), golden(name, "teams.json"));
  });

  it("has a first line that stands alone, without jargon", () => {
    expect(answer.sentence.length).toBeLessThanOrEqual(260);
    expect(plainText(answer)).not.toMatch(/undefined|null|NaN|nano/);
  });
});

it("says the line of the weekly showback as messages.md has it", () => {
  expect(unitLine(NOW, BEFORE)).toBe(
    "$0.41 per resolved dispute (was $0.36, target $0.40; excludes harness)",
  );
});
