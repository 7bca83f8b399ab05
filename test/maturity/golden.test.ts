import { expect, it } from "vitest";
import { maturityAnswer } from "#apps/chat/maturity/maturity-answer.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { assess } from "#core/maturity/maturity.ts";
import { parseDay } from "#core/time.ts";
import { expectGolden } from "#test/golden.ts";

const USD = 1_000_000_000n;

/** A company of some size on its way from L1 to L2. */
const FACTS: Parameters<typeof assess>[0] = {
  period: { start: parseDay("2026-10-24"), end: parseDay("2026-11-23") },
  now: new Date("2026-11-22T14:30:00Z"),
  targets: {
    attributionCoverage: 95,
    forecastAccuracy: 10,
    budgetVariance: 5,
    cacheHitRate: undefined,
  },
  shares: {
    cost: 110_000n * USD,
    requests: 2_886_000n,
    unpriced: 1_204n,
    teamCost: 107_140n * USD,
    costCentreCost: 96_400n * USD,
    keyedCost: 41_000n * USD,
    inputTokens: 9_000n,
    cacheReadTokens: 3_700n,
    inputCost: 78_000n * USD,
    lastRecordedAt: new Date("2026-11-22T13:55:00Z"),
  },
  workflowCost: 105_600n * USD,
  productCost: 99_000n * USD,
  providers: [
    { provider: "anthropic", cost: 60_000n * USD, catalogued: true },
    { provider: "openai", cost: 50_000n * USD, catalogued: true },
  ],
  teams: [
    { id: 1, kind: "team", name: "payments", cost: USD, hasBudget: true, hasKey: true },
    { id: 2, kind: "team", name: "search", cost: USD, hasBudget: false, hasKey: false },
  ],
  agents: [
    { id: 3, kind: "agent", name: "checkout-agent", cost: USD, hasBudget: false, hasKey: true },
  ],
  kept: {
    accounts: 4,
    ownerless: [],
    connections: 2,
    codingToolDays: 0,
    showbacks: 8,
    reviews: 1,
    forecasts: 12,
    planMonths: 0,
    hardCaps: 0,
    gateways: 0,
    virtualKeys: 2,
    auditEntries: 4_120n,
    routingLevers: 0,
    experiments: 2,
    promoted: 1,
    workflowTargets: 1,
    acknowledged: 3,
    products: 2,
    ciSpend: true,
    ciKeys: 0,
  },
  alerts: [[50, 80, 100]],
  cache: { projects: 12, scored: 9 },
  vacant: 1,
  counted: 3,
  earning: [],
};

it("reads as the golden files say, in Markdown, plain text, Slack and Teams", () => {
  const body = maturityAnswer("Acme", assess(FACTS), []);
  const answer = Answer.parse({ ...body, audience: { kind: "person", personId: 1 } });
  const golden = (kind: string) => new URL(`golden/maturity.${kind}`, import.meta.url);
  const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  expectGolden(markdown(answer), golden("md"));
  expectGolden(plainText(answer), golden("txt"));
  const slack = renderMessage(answer, { native: true });
  expect(MessageLimits.safeParse(slack).error).toBeUndefined();
  expectGolden(asJson(slack), golden("slack.json"));
  expectGolden(
    asJson(renderAnswer(answer, { origin: undefined, teamsClient: true })),
    golden("teams.json"),
  );
  expect(plainText(answer)).not.toMatch(/undefined|null|NaN|nano/);
  expect(answer.sentence.length).toBeLessThanOrEqual(260);
});
