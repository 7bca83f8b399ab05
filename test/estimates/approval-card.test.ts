import { describe, expect, it } from "vitest";
import { approvalCard, pullsAnswer } from "#apps/chat/pulls/approval-card.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import type { Approval } from "#core/estimates/approval.ts";
import { expectGolden } from "#test/golden.ts";

const TEAMS = { origin: undefined, teamsClient: true };
const ORG = { personName: () => "Fin Okafor", timeZone: "Europe/Berlin" };

const pending: Approval = {
  id: 12,
  repository: "acme/shop",
  pullRequest: 812,
  headSha: "a".repeat(40),
  rules: ["models", "month_increase"],
  scopeId: 7,
  requestedBy: [],
  cardOf: 12,
  sentence: "acme/shop #812 fails its policy, about +$312 a month (+11%)",
  facts: [
    { label: "Policy", value: "more a month than allowed; a model that is not on the list" },
    { label: "Models", value: "gpt-9-ultra" },
    { label: "workflow refunds", value: "$2,829 > $3,141 a month, 221,000 measured calls" },
    { label: "team payments", value: "forecast 93% > 96% of $12,000" },
  ],
  state: "pending",
  askedAt: new Date("2026-11-22T14:00:00Z"),
  decidedBy: null,
  decidedAt: null,
  reason: null,
  selfApproval: false,
};
const decided = { decidedBy: 2, decidedAt: new Date("2026-11-22T14:30:00Z") };

const CARDS: Readonly<Record<string, Approval>> = {
  "approval-pending": pending,
  "approval-approved": { ...pending, ...decided, state: "approved", reason: "launch week" },
  "approval-denied": { ...pending, ...decided, state: "denied", reason: "cache the prefix first" },
  "approval-replaced": { ...pending, decidedAt: decided.decidedAt, state: "superseded" },
};

describe.each(Object.entries(CARDS))("%s", (name, approval) => {
  const body = approvalCard(approval, ORG);
  const answer = Answer.parse({ ...body, audience: { kind: "room" } });
  const golden = (kind: string): URL => new URL(`golden/${name}.${kind}`, import.meta.url);

  it("reads as its golden files, and keeps to Slack's limits", () => {
    expectGolden(`${markdown(answer)}\n`, golden("md"));
    expectGolden(`${plainText(answer)}\n`, golden("txt"));
    const message = renderMessage(answer, { native: true });
    expect(MessageLimits.safeParse(message).error).toBeUndefined();
    expectGolden(`${JSON.stringify(message, null, 2)}\n`, golden("slack.json"));
    expectGolden(`${JSON.stringify(renderAnswer(answer, TEAMS), null, 2)}\n`, golden("teams.json"));
  });
});

it("lists what waits, and says where nothing does", () => {
  const many = Array.from({ length: 21 }, (_, index) => ({ ...pending, id: 40 - index }));
  expect(pullsAnswer(many).sentence).toContain("more than 20 pull requests wait");
  expect(pullsAnswer(many).table?.rows).toHaveLength(20);
  expect(pullsAnswer([]).sentence).toContain("No pull request waits");
});
