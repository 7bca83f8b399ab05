import { describe, expect, it } from "vitest";
import { type CapSignal, capCardBody } from "#apps/chat/keys/cap-card.ts";
import { type Card, cardBody, requesterBody } from "#apps/chat/keys/card.ts";
import type { OrgView } from "#apps/chat/org-view.ts";
import type { AnswerBody } from "#apps/chat/spend/spend-answer.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import type { Cap } from "#core/enforcement/cap.ts";
import type { CapRefusals } from "#core/enforcement/schema.ts";
import { type Held, KeyRequest } from "#core/keys/schema.ts";
import { parseDay } from "#core/time.ts";
import { expectGolden } from "#test/golden.ts";

const USD = 1_000_000_000n;
const NAMES: Readonly<Record<number, string>> = {
  1: "Ben Adeyemi",
  2: "Ana Ruiz",
  3: "Eve Larsen",
};

const SCOPE = { kind: "team", key: "payments", name: "Payments", path: "payments" } as const;
// Only what a card asks of the organisation.
const ORG: OrgView = {
  id: 1,
  name: "Acme",
  timeZone: "Europe/Berlin",
  demonstration: false,
  personDetail: "self",
  personDetailBasis: undefined,
  scopes: [{ ...SCOPE, id: 7, retired: false, shortName: "payments" }],
  personName: (id) => NAMES[id] ?? `person ${id}`,
  personNamed: () => undefined,
  hasLeft: () => false,
  teamsOf: () => [],
  ownerOf: () => 2,
  answering: () => [],
  onCall: () => [],
  accountableForAiCost: 2,
  maySeeCustomerDetail: () => false,
};

/** The request of messages.md, for Sunday 22 November. */
const REQUEST = KeyRequest.parse({
  orgId: 1,
  id: 81,
  kind: "issue",
  state: "pending",
  requestedBy: 1,
  requestedAt: new Date("2026-11-22T09:00:00Z"),
  scopeId: 7,
  ownerId: 1,
  name: "tag-disputes",
  useCase: "nightly dispute tagging",
  environment: "ci",
  ciJob: "tag-disputes",
  models: ["claude-haiku-4-5"],
  capAmount: 200n * USD,
  capPeriod: "month",
  untilDay: "2027-01-31",
  approvalsNeeded: 1,
});

function card(change: Partial<KeyRequest> = {}, more: Partial<Card> = {}): Card {
  return {
    org: ORG,
    today: parseDay("2026-11-22"),
    request: { ...REQUEST, ...change },
    effect: {
      envelope: {
        scopeId: 7,
        amount: 12_000n * USD,
        period: "month",
        spent: 8_310n * USD,
        left: 3_690n * USD,
        leftAfter: 3_490n * USD,
        likely: 11_200n * USD,
        likelyIfUsed: 11_400n * USD,
        granted: 500n * USD,
      },
      capPerMonth: 200n * USD,
      inside: true,
      outside: [],
    },
    approvals: [],
    waitingFor: [2],
    next: { personId: 3, at: new Date("2026-11-24T09:00:00Z") },
    similar: { median: 74n * USD, cap: 100n * USD, keys: 5 },
    owned: { active: 2, over: 0 },
    held: { name: "aispend", enforcement: "hard", check: undefined },
    costCentre: "4711",
    ...more,
  };
}

const APPROVED = {
  state: "approved",
  grantedCap: 100n * USD,
  decidedBy: 2,
  decidedAt: new Date("2026-11-22T13:02:00Z"),
  keyId: 12,
} as const;

const RISKY = card(
  { models: [], untilDay: undefined, approvalsNeeded: 2 },
  {
    effect: { envelope: undefined, capPerMonth: 200n * USD, inside: true, outside: ["any model"] },
    similar: undefined,
    owned: { active: 0, over: 0 },
    costCentre: undefined,
    held: {
      name: "litellm",
      enforcement: "bounded",
      check: { at: new Date("2026-11-22T12:05:00Z"), weak: [] },
    },
  },
);

const SELF = {
  requestId: 81,
  personId: 2,
  part: "first",
  role: "accountable:attribute_spend",
  heldAt: 7,
  selfApproval: true,
  approvedAt: new Date("2026-11-22T13:02:00Z"),
} as const;

const CAP: Cap = {
  subject: { kind: "scope", id: 9 },
  period: "day",
  amount: 50n * USD,
  isHard: true,
  shadowUntil: undefined,
  raises: [],
  name: "agent payments-agent",
  raisedBy: ["Ana Ruiz"],
  command: "/aispend cap raise agent payments-agent AMOUNT",
};

const REFUSED = {
  subjectKind: "scope",
  subjectId: 9,
  period: "day",
  refused: 12n,
  firstDay: "2026-11-22",
  lastAt: new Date("2026-11-22T10:39:00Z"),
} as const;

function capCard(
  settled: bigint,
  signal: CapSignal,
  change: Partial<Cap> = {},
  refused: CapRefusals | undefined = undefined,
  elsewhere: Held | undefined = undefined,
) {
  const counter = {
    id: 1,
    subjectKind: "scope" as const,
    subjectId: 9,
    period: "day" as const,
    periodStart: "2026-11-22",
    settled,
    held: 0n,
    unconfirmed: 0n,
    wouldRefuse: change.shadowUntil === undefined ? 0n : 212n,
  };
  return capCardBody({
    cap: { ...CAP, ...change },
    counter,
    signal,
    refused,
    elsewhere,
    today: parseDay("2026-11-22"),
    now: new Date("2026-11-22T10:40:00Z"),
    timeZone: "Europe/Berlin",
    command: "agent payments-agent",
  });
}

const CARDS: Readonly<Record<string, AnswerBody>> = {
  pending: cardBody(card()),
  risky: cardBody(RISKY),
  approved: cardBody(card(APPROVED)),
  revealed: cardBody(card(APPROVED), true),
  "self-approved": cardBody(card(APPROVED, { approvals: [SELF] })),
  denied: cardBody(card({ ...APPROVED, state: "denied", decisionReason: "use the shared key" })),
  expired: cardBody(card({ state: "expired", decisionReason: "nobody decided in 14 days" })),
  requester: requesterBody(card(APPROVED)),
  "cap-warning": capCard(41n * USD, 80),
  "cap-reached": capCard(50n * USD, 100, {}, REFUSED),
  "cap-shadow": capCard(50n * USD, 100, { shadowUntil: new Date("2026-11-25T00:00:00Z") }),
};

const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

describe("the cards of keys and caps", () => {
  it.each(Object.entries(CARDS))("%s reads the same everywhere", (name, body) => {
    const answer = Answer.parse({ ...body, audience: { kind: "room" } });
    const slack = renderMessage(answer, { native: true });
    const teams = renderAnswer(answer, { origin: undefined, teamsClient: true });
    expect(MessageLimits.safeParse(slack).error).toBeUndefined();
    const folder = new URL("./golden/", import.meta.url);
    expectGolden(plainText(answer), new URL(`${name}.txt`, folder));
    expectGolden(markdown(answer), new URL(`${name}.md`, folder));
    expectGolden(asJson(slack), new URL(`${name}.slack.json`, folder));
    expectGolden(asJson(teams), new URL(`${name}.teams.json`, folder));
  });

  it("says the class of the cap, and never calls a soft one hard", () => {
    const caps = Object.values(CARDS).map(({ facts }) => JSON.stringify(facts));
    expect(caps.every((said) => /HARD \(gateway\)|BOUNDED \(litellm\)|SHADOW/.test(said))).toBe(
      true,
    );
    const soft = cardBody(
      card({}, { held: { name: "openai", enforcement: "soft", check: undefined } }),
    );
    expect(JSON.stringify(soft)).not.toContain("HARD");
  });

  it("names the gateway that holds the cap of a key that lives elsewhere, and no refusal", () => {
    const litellm: Held = { name: "litellm", enforcement: "bounded", check: undefined };
    const reached = capCard(50n * USD, 100, {}, undefined, litellm);
    expect(reached.facts?.[0]).toEqual({
      label: "Enforced",
      value: "BOUNDED (litellm): can overshoot by about one request; not checked yet",
    });
    expect(reached.sentence).toBe("agent payments-agent reached $50.00 of $50.00 (day).");
  });
});
