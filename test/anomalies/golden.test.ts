import { describe, expect, it } from "vitest";
import { findingAnswer } from "#apps/chat/anomalies/finding-answer.ts";
import type { FindingSetting } from "#apps/chat/anomalies/finding-setting.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { type EvidenceInput, Finding } from "#core/anomalies/schema.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { expectGolden } from "#test/golden.ts";

const USD = 1_000_000_000n;
const at = (time: string) => new Date(`2026-11-19T${time}:00Z`);
const HOUR = Math.floor(at("02:00").getTime() / 3_600_000);

const setting: FindingSetting = {
  now: at("02:10"),
  timeZone: "Europe/Berlin",
  said: "checkout-agent",
  command: "agent checkout-agent",
  where: undefined,
  owner: "Ada Byron",
  onCall: ["Sam Search"],
  personName: (id) => (id === 7 ? "Sam Search" : "Ada Byron"),
  contributorName: ({ kind }) =>
    ({ key: "ci-nightly-7", model: "claude-sonnet-4-5", environment: "ci" })[kind as "key"] ?? "-",
  key: {
    said: "ci-nightly-7",
    block: "block key ci-nightly-7",
    alsoStops: ["dispute-tagger"],
    servesCustomers: false,
  },
  blocked: undefined,
};

const hours = Array.from({ length: 12 }, (_, index) => ({
  hour: HOUR - 11 + index,
  cost: index >= 10 ? 42.1 : 3.4 + (index % 3) * 0.4,
  low: 2.9,
  high: 4.6,
}));

const days = Array.from({ length: 14 }, (_, index) => ({
  day: 20_775 - 13 + index,
  cost: index === 13 ? 400 : 98 + (index % 5) * 3,
  low: 96,
  high: 112,
}));

const LOOP: EvidenceInput = {
  observed: 4_120,
  usual: 480,
  requests: 4_120,
  usualRequests: 390,
  callers: 2,
  usualCallers: 2,
  unchanged: ["tokens", "price"],
  contributors: [
    { kind: "key", id: 1, share: 0.96 },
    { kind: "model", id: 2, share: 1 },
    { kind: "environment", id: 3, share: 0.96 },
  ],
  hours,
  detected: true,
};

const base = {
  orgId: 1,
  id: 81,
  class: "runaway_loop",
  subject: { kind: "scope", key: "12" },
  scopeId: 12,
  state: "open",
  since: at("01:00"),
  lastSeenAt: at("01:00"),
  excess: 41n * USD,
  rate: 38n * USD,
  evidence: LOOP,
  pushedAt: at("02:10"),
  openedAt: at("02:10"),
  updatedAt: at("02:10"),
  edits: 0,
};

const finding = (change: object) => Finding.parse({ ...base, ...change });
const message = (change: object, around: Partial<FindingSetting> = {}) =>
  findingAnswer(finding(change), { ...setting, ...around });
const evidence = (of: EvidenceInput) => ({ evidence: { hours, detected: true, ...of } });
const noKey = { key: undefined };

const ACKNOWLEDGED = { acknowledgedBy: 7, acknowledgedAt: at("02:13") };
const onKey = { class: "ownerless_key", subject: { kind: "key", key: "9" } } as const;
const KEY = {
  said: "hackday-0917",
  command: "key hackday-0917",
  where: "Acme",
  key: { said: "hackday-0917", block: undefined, alsoStops: [], servesCustomers: false },
};

const onAccount = {
  subject: { kind: "account", key: "4" },
  since: new Date("2026-11-15T00:00:00Z"),
  excess: 96n * USD,
  rate: USD,
} as const;
const BYPASS = {
  why: "$96.00 of $480 billed to openai-main was seen by no gateway.",
  facts: [
    { label: "Billed", value: "$480" },
    { label: "Metered", value: "$384" },
  ],
};
const UNIT_DRIFT = {
  why:
    "disputes costs $0.41 per resolved dispute, 14% above $0.36; longer prompts, another mix of " +
    "models or retries do that.",
  facts: [{ label: "Was", value: "$0.36 per resolved dispute" }],
};

const MESSAGES = {
  "loop-open": message({}),
  "loop-acknowledged": message({ state: "acknowledged", ...ACKNOWLEDGED, excess: 49n * USD }),
  "loop-blocked": message(
    { state: "acknowledged", ...ACKNOWLEDGED },
    { blocked: { at: at("02:13"), by: "Sam Search" } },
  ),
  "loop-snoozed": message({ state: "snoozed", quietUntil: at("06:10"), quietedBy: 7 }),
  "loop-expected": message({
    state: "expected",
    quietUntil: new Date("2026-11-26T02:10:00Z"),
    quietedBy: 7,
  }),
  "loop-resolved": message({ state: "resolved", resolvedAt: at("02:20"), excess: 49n * USD }),
  "loop-labelled": message({
    state: "resolved",
    resolvedAt: at("02:20"),
    resolvedBy: 7,
    resolution: "not_an_anomaly",
    label: "not_an_anomaly",
  }),
  price: message(
    { class: "price_change", ...evidence({ observed: 1.5, usual: 1, unchanged: ["tokens"] }) },
    noKey,
  ),
  mix: message({ class: "model_mix", ...evidence({ observed: 12.4, usual: 3.1 }) }, noKey),
  bloat: message(
    {
      class: "token_bloat",
      ...evidence({ observed: 6_200, usual: 2_000, unchanged: ["requests", "price"] }),
    },
    noKey,
  ),
  cache: message({ class: "cache_fall", ...evidence({ observed: 0.12, usual: 0.64 }) }, noKey),
  "day-jump": message(
    {
      class: "spend_jump",
      since: new Date("2026-11-17T23:00:00Z"),
      lastSeenAt: new Date("2026-11-17T23:00:00Z"),
      excess: 297n * USD,
      rate: (297n * USD) / 24n,
      evidence: {
        per: "day",
        observed: 400,
        usual: 103,
        requests: 41_000,
        usualRequests: 10_400,
        unchanged: ["tokens", "price"],
        contributors: [{ kind: "model", id: 2, share: 0.97 }],
        days,
        detected: true,
      },
    },
    noKey,
  ),
  launch: message({ class: "launch", pushedAt: undefined }, noKey),
  "listed-price": message(
    {
      class: "price_change",
      pushedAt: undefined,
      ...evidence({ observed: 5.2, usual: 3.9, detected: false }),
    },
    noKey,
  ),
  "new-model": message(
    { class: "new_model", subject: { kind: "model", key: "5" }, evidence: { detected: true } },
    { ...noKey, said: "claude-opus-4-5", command: "model claude-opus-4-5", where: "payments" },
  ),
  "ownerless-key": message({ ...onKey, evidence: { detected: true } }, KEY),
  "ownerless-key-before": message(
    { ...onKey, evidence: { detected: true, beganEarlier: true } },
    KEY,
  ),
  "expired-key": message({ ...onKey, class: "expired_key", evidence: { detected: true } }, KEY),
  bypass: message(
    { class: "bypass", ...onAccount, evidence: { per: "day", ...BYPASS } },
    { ...noKey, said: "openai-main", command: undefined, where: "Acme" },
  ),
  "unit-drift": message(
    {
      class: "unit_cost_drift",
      subject: { kind: "workflow", key: "3" },
      since: new Date("2026-11-08T23:00:00Z"),
      rate: USD,
      evidence: { per: "day", ...UNIT_DRIFT },
    },
    { ...noKey, said: "disputes", command: "workflow disputes", where: "payments" },
  ),
  "source-quiet": message(
    {
      class: "source_quiet",
      subject: { kind: "source", key: "openai" },
      excess: 0n,
      rate: 0n,
      evidence: { why: "Nothing has come from openai since Wed 22:00", detected: true },
    },
    { ...noKey, said: "openai", command: undefined, where: "Acme" },
  ),
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

  it("names services and the owner, and has a first line that stands alone", () => {
    expect(answer.title).toMatch(/checkout-agent|claude-opus|hackday|openai|disputes/);
    expect(answer.title.length).toBeLessThanOrEqual(150);
    expect(answer.sentence).not.toMatch(/undefined|NaN|Infinity|P\d\d|nano/);
  });
});
