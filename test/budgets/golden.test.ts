import { describe, expect, it } from "vitest";
import { alertAnswer } from "#apps/chat/budgets/alert-answer.ts";
import { approvalBody } from "#apps/chat/budgets/approval-message.ts";
import { budgetAnswer } from "#apps/chat/budgets/budget-answer.ts";
import { forecastAnswer } from "#apps/chat/forecasts/forecast-answer.ts";
import { whatIfAnswer } from "#apps/chat/forecasts/whatif-answer.ts";
import { askButton } from "#apps/chat/refusal.ts";
import type { AnswerBody } from "#apps/chat/spend/spend-answer.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { burnOf } from "#core/budgets/burn.ts";
import type { Progress } from "#core/budgets/progress.ts";
import { Budget } from "#core/budgets/schema.ts";
import { changesOf, type ToldSignal } from "#core/budgets/signals.ts";
import { accuracyOf } from "#core/forecasts/accuracy.ts";
import { driverValue, readChange, scenarioTable } from "#core/forecasts/scenario.ts";
import { parseDay } from "#core/time.ts";
import { expectGolden } from "#test/golden.ts";

const TODAY = parseDay("2026-11-22");
const PERIOD = { start: parseDay("2026-11-01"), end: parseDay("2026-12-01") };
const USD = 1_000_000_000n;
const PATH = Array.from({ length: 9 }, (_, index) => (index + 1) / 9);

const AS_OF = { asOf: "2026-11-22T13:55:00Z", asOfSaid: "Sun 14:55" };

const BUDGET = Budget.parse({
  orgId: 1,
  id: 45,
  subject: { kind: "scope", id: 12 },
  kind: "budget",
  period: "month",
  unit: "usd",
  amount: 12_000n * USD,
  thresholds: [50, 80, 100],
  state: "live",
  origin: "chat",
  setBy: 3,
  reason: "110% of October",
  validFrom: "2026-11-02",
  createdAt: new Date("2026-11-02T10:00:00Z"),
});

/** $395.71 a day: $8,310 on the 22nd, as in messages.md. */
function progress(perDay: bigint, p50: bigint, p90: bigint): Progress {
  const daily = [...new Array<bigint>(21).fill(perDay), 0n];
  const outlook = {
    p10: (p50 * 9n) / 10n,
    p50,
    p90,
    p99: (p90 * 12n) / 10n,
    historyDays: 120,
    path: PATH,
  };
  const { amount: limit } = BUDGET;
  return {
    budget: BUDGET,
    daily,
    burn: burnOf({ period: PERIOD, limit, today: TODAY, daily, outlook }),
  };
}

const CALM = progress(395_714_285_715n, 11_200n * USD, 12_600n * USD);
const LOW = progress(200_000_000_000n, 6_000n * USD, 6_600n * USD);
const FAST = progress(500_000_000_000n, 16_000n * USD, 17_500n * USD);
const OVER = progress(580_000_000_000n, 17_000n * USD, 18_000n * USD);

function alert(
  of: Progress,
  told: readonly ToldSignal[],
  telling: "announced" | "now" = "announced",
) {
  const { burn } = of;
  const thresholds = [50, 80, 100];
  const changes = changesOf({
    burn,
    thresholds,
    unit: "usd",
    period: "month",
    warnDays: 5,
    told,
    today: TODAY,
  });
  const setting = {
    said: "payments",
    command: "team payments",
    owner: "Ada Byron",
    today: TODAY,
    asOf: AS_OF,
  };
  return alertAnswer({ progress: of, changes, told }, setting, telling);
}

const told = (signal: ToldSignal["signal"], resolved = false): ToldSignal => ({
  signal,
  amount: BUDGET.amount,
  resolved,
});

const BASE = {
  calls: driverValue("1240000", "calls"),
  tokensPerCall: driverValue("7010", "tokens"),
  rate: driverValue("0.0048", "rate"),
};
const ROUTE = {
  share: driverValue("60", "share"),
  model: "budget-model",
  rate: driverValue("0.00048", "rate"),
};
const TABLE = scenarioTable(BASE, [
  { name: "adoption +40%", calls: readChange("+40%", "calls") },
  {
    name: "+40%, context unmanaged",
    calls: readChange("+40%", "calls"),
    tokens: readChange("9100", "tokens"),
  },
  {
    name: "+40%, levers applied",
    calls: readChange("+40%", "calls"),
    tokens: readChange("3900", "tokens"),
    rate: readChange("0.0042", "rate"),
  },
  { name: "route 60%", route: ROUTE },
]);

const scored = {
  p10: 90n * USD,
  p50: 100n * USD,
  p90: 130n * USD,
  p99: 160n * USD,
  runRate: 120n * USD,
  actual: 104n * USD,
};

const MESSAGES: Readonly<Record<string, AnswerBody>> = {
  "alert-half": alert(CALM, []),
  "alert-exhaustion": alert(FAST, [told("used:50"), told("used:80")]),
  "alert-used-up": alert(OVER, [told("used:50"), told("used:80"), told("exhaustion")]),
  "alert-resolved": alert(LOW, [told("used:50"), told("used:80")], "now"),
  approval: approvalBody({
    said: "payments",
    command: "team payments",
    budget: { ...BUDGET, amount: 60_000n * USD },
    requester: "Fin Okafor",
  }),
  budget: budgetAnswer({
    said: "payments",
    command: "team payments",
    today: TODAY,
    own: [CALM],
    below: [{ ...FAST, said: "disputes" }],
    caps: [],
    pending: [],
    nameOf: () => "Fin Okafor",
    actions: [askButton("why team payments", "Why")],
    isBound: false,
    asOf: AS_OF,
  }),
  forecast: forecastAnswer({
    said: "payments",
    command: "team payments",
    words: { horizon: "month", assumptions: { adoptionPerMonth: 0, tokens: 0, mix: 0 } },
    prediction: {
      ...CALM.burn,
      p10: 10_080n * USD,
      p50: 11_200n * USD,
      p90: 12_600n * USD,
      p99: 15_120n * USD,
      runRate: 11_871n * USD,
      path: PATH,
      historyDays: 120,
      history: {
        firstDay: parseDay("2026-07-25"),
        firstWeekday: 6,
        daily: new Array<number>(120).fill(395e9),
      },
    },
    daily: CALM.daily,
    isBound: false,
    accuracy: accuracyOf([scored, scored, scored]),
    budget: CALM,
    spread: undefined,
    today: TODAY,
    actions: [askButton("budget team payments", "Budget")],
    asOf: AS_OF,
  }),
  whatif: whatIfAnswer({
    said: "support",
    command: "whatif team support ...",
    base: BASE,
    baseSaid: "as typed",
    basis: "assumed",
    table: TABLE,
    routes: new Map([["route 60%", ROUTE]]),
    notes: [],
    actions: [],
  }),
};

const ROOM = { kind: "room" } as const;
const golden = (name: string, kind: string) => new URL(`golden/${name}.${kind}`, import.meta.url);
const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

describe.each(Object.entries(MESSAGES))("%s", (name, body) => {
  const answer = Answer.parse({ ...body, audience: ROOM });

  it("reads as the golden files say, in Markdown, plain text, Slack and Teams", () => {
    expectGolden(markdown(answer), golden(name, "md"));
    expectGolden(plainText(answer), golden(name, "txt"));
    const slack = renderMessage(answer, { native: true });
    expect(MessageLimits.safeParse(slack).error).toBeUndefined();
    expectGolden(asJson(slack), golden(name, "slack.json"));
    const card = renderAnswer(answer, { origin: undefined, teamsClient: true });
    expectGolden(asJson(card), golden(name, "teams.json"));
  });

  it("has a first line that stands alone: who, how much, and no jargon", () => {
    expect(answer.sentence).toMatch(/payments|support/);
    expect(answer.sentence).toMatch(/\$\d/);
    expect(answer.sentence).not.toMatch(/P\d\d|quantile|nano/);
  });
});
