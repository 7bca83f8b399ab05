import { describe, expect, it } from "vitest";
import { wordsOf } from "#apps/chat/grammar/words.ts";
import { inventoryAnswer } from "#apps/chat/inventory/inventory-answer.ts";
import { readInventoryWords } from "#apps/chat/inventory/inventory-words.ts";
import { itemAnswer } from "#apps/chat/inventory/item-answer.ts";
import { weeklyBody } from "#apps/chat/inventory/tell-inventory.ts";
import { vendorAnswer, vendorsAnswer } from "#apps/chat/inventory/vendors-answer.ts";
import type { OrgView } from "#apps/chat/org-view.ts";
import type { AnswerBody } from "#apps/chat/spend/spend-answer.ts";
import { MessageLimits } from "#apps/slack/block-limits.ts";
import { renderMessage } from "#apps/slack/render.ts";
import { renderAnswer } from "#apps/teams/render.ts";
import { markdown } from "#core/answers/markdown.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { type FlaggedItem, NO_USE, UNKNOWN_ITEM } from "#core/inventory/item.ts";
import { ItemDecision, VendorReview } from "#core/inventory/schema.ts";
import type { Inventory } from "#core/inventory/service.ts";
import { judgeVendor } from "#core/inventory/vendor.ts";
import { addDays, parseDay } from "#core/time.ts";
import { expectGolden } from "#test/golden.ts";

const USD = 1_000_000_000n;
const TODAY = parseDay("2026-11-23");
const NOW = new Date("2026-11-23T09:00:00Z");
const NAMES: Readonly<Record<number, string>> = {
  1: "Ben Adeyemi",
  2: "Ana Ruiz",
  3: "Eve Larsen",
};
const scope = (id: number, key: string) =>
  ({ id, kind: "team", key, name: key, path: key, retired: false, shortName: key }) as const;
// Only what these answers ask of the organisation.
const ORG: OrgView = {
  id: 1,
  name: "Acme",
  timeZone: "Europe/Berlin",
  demonstration: false,
  personDetail: "self",
  personDetailBasis: undefined,
  scopes: [scope(7, "payments"), scope(8, "search")],
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

function item(change: Partial<FlaggedItem> & Pick<FlaggedItem, "kind" | "id">): FlaggedItem {
  return { ...UNKNOWN_ITEM, name: change.id, flags: [], ...change };
}

function use(dollars: number, last = "2026-11-22", teams: readonly number[] = [7]) {
  const firstUsed = parseDay("2026-08-03");
  return { ...NO_USE, cost: BigInt(dollars) * USD, teams, firstUsed, lastUsed: parseDay(last) };
}

const CLAIMED = ItemDecision.parse({
  id: 12,
  kind: "key",
  item: "key_4f2a",
  decision: "claimed",
  follows: 0,
  ownerId: 1,
  ownerBefore: null,
  isRetired: false,
  recordBefore: null,
  decidedBy: 1,
  decidedAt: new Date("2026-11-20T13:02:00Z"),
  reason: null,
});

const ACCOUNT = item({
  kind: "account",
  id: "org-acme-1",
  name: "OpenAI production",
  provider: "openai",
  ownerId: 1,
  costCentre: "4700",
  approvedUse: "Features for customers",
  procurement: "committed",
  contractFrom: parseDay("2026-02-01"),
  contractUntil: parseDay("2027-01-31"),
  noticeDays: 60,
  paymentMethod: "Corporate card ending in 1234",
  isDeclared: true,
  use: use(6_120, "2026-11-22", [7, 8]),
  flags: ["contract", "review"],
});
const HACKDAY = item({
  kind: "key",
  id: "key-hackday-0917",
  provider: "openai",
  use: { ...use(1_204, "2026-11-22", []), unpriced: 3n },
  flags: ["ownerless"],
});
const SHARED = item({
  kind: "key",
  id: "key_4f2a",
  name: "ci-nightly",
  provider: "openai",
  account: "OpenAI production",
  scopeId: 7,
  ownerId: 1,
  costCentre: "4711",
  isDeclared: true,
  use: use(310, "2026-11-22", [7, 8]),
  decision: CLAIMED,
  flags: ["shared"],
});
const INVENTORY: Inventory = {
  today: TODAY,
  policy: {
    idle_days: 30,
    shared_days: 30,
    new_days: 7,
    contract_days: 30,
    vendor_reviews: {
      spend_a_year: ["10000", "100000"],
      due_days: 30,
      again_months: 12,
    },
  },
  items: [
    ACCOUNT,
    HACKDAY,
    SHARED,
    item({ kind: "key", id: "key_old", ownerId: 3, use: use(0, "2026-09-30"), flags: ["idle"] }),
    item({
      kind: "seat_plan",
      id: "copilot-business",
      name: "GitHub Copilot Business",
      provider: "github",
      ownerId: 2,
      seats: 46,
      idleSeats: 12,
      use: use(874),
      flags: ["idle"],
    }),
    item({
      kind: "model",
      id: "gpt-6-preview",
      provider: "openai",
      use: { ...use(41), firstUsed: parseDay("2026-11-19") },
      flags: ["new"],
    }),
    item({
      kind: "payment_method",
      id: "corporate-card",
      name: "Corporate card",
      ownerId: 2,
      use: undefined,
    }),
    item({ kind: "model", id: "gpt-4o", provider: "openai", use: use(5_400) }),
  ],
  vendors: [],
  ledger: {
    ledgerSince: undefined,
    keys: [],
    models: [],
    accounts: [],
    accountsSince: new Map(),
    vendorDays: [],
  },
};

const daily = (dollars: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    day: addDays(TODAY, index + 1 - count),
    cost: BigInt(dollars) * USD,
  }));
const KEPT = VendorReview.parse({
  id: 3,
  vendor: "anthropic",
  cause: "spend",
  threshold: 10_000n * USD,
  crossedOn: "2026-05-02",
  dueOn: "2026-06-01",
  decision: "keep_with_conditions",
  reason: "Only while the terms say that prompts are not kept.",
  spend: 12_400n * USD,
  nextOn: "2027-05-28",
  decidedBy: 2,
  decidedAt: new Date("2026-05-28T10:00:00Z"),
});
const VENDORS = [
  judgeVendor({ vendor: "openai", days: daily(204, 60), reviews: [] }, INVENTORY.policy, TODAY),
  judgeVendor(
    { vendor: "anthropic", days: daily(90, 365), reviews: [KEPT] },
    INVENTORY.policy,
    TODAY,
  ),
  judgeVendor({ vendor: "github", days: daily(29, 300), reviews: [] }, INVENTORY.policy, TODAY),
];
const WHOLE = { ...INVENTORY, vendors: VENDORS };
const SETTING = { org: ORG, now: NOW, today: TODAY, vendors: VENDORS };
const asked = (text: string) => inventoryAnswer(ORG, WHOLE, readInventoryWords(wordsOf(text)));
const retired = {
  ...HACKDAY,
  flags: [],
  retiredOn: TODAY,
  decision: { ...CLAIMED, decision: "retired", isRetired: true, ownerId: null },
} as const satisfies FlaggedItem;

function required(body: AnswerBody | undefined): AnswerBody {
  if (body === undefined) throw new Error("there is something to tell");
  return body;
}

const BODIES: Readonly<Record<string, AnswerBody>> = {
  inventory: asked(""),
  "inventory-all": asked("all"),
  "inventory-shared": asked("keys shared"),
  "inventory-none": asked("payments"),
  "inventory-empty": inventoryAnswer(
    ORG,
    { ...WHOLE, items: [], vendors: [] },
    readInventoryWords([]),
  ),
  weekly: required(weeklyBody(ORG, WHOLE)),
  account: itemAnswer(SETTING, ACCOUNT),
  key: itemAnswer(SETTING, SHARED),
  ownerless: itemAnswer(SETTING, HACKDAY),
  retired: itemAnswer(SETTING, retired),
  vendors: vendorsAnswer(ORG, VENDORS, TODAY),
  "vendors-no-threshold": vendorsAnswer(
    ORG,
    VENDORS.slice(2).map((vendor) => ({ ...vendor, thresholds: [] })),
    TODAY,
  ),
  vendor: vendorAnswer(
    { org: ORG, today: TODAY, holds: "1 account, 4 keys" },
    VENDORS[0] ?? judgeVendor({ vendor: "", days: [], reviews: [] }, INVENTORY.policy, TODAY),
  ),
  "vendor-decided": vendorAnswer(
    { org: ORG, today: TODAY, holds: "1 account" },
    VENDORS[1] ?? judgeVendor({ vendor: "", days: [], reviews: [] }, INVENTORY.policy, TODAY),
  ),
};

describe("messages about the inventory", () => {
  it.each(Object.keys(BODIES))("%s reads as its golden files say, on every surface", (name) => {
    const body = required(BODIES[name]);
    const audience =
      name === "weekly" ? ({ kind: "room" } as const) : ({ kind: "person", personId: 1 } as const);
    const answer = Answer.parse({ ...body, audience });
    const golden = (kind: string) => new URL(`golden/${name}.${kind}`, import.meta.url);
    const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
    expectGolden(markdown(answer), golden("md"));
    expectGolden(plainText(answer), golden("txt"));
    const slack = renderMessage(answer, { native: true });
    expect(MessageLimits.safeParse(slack).error).toBeUndefined();
    expectGolden(asJson(slack), golden("slack.json"));
    const teams = renderAnswer(answer, { origin: undefined, teamsClient: true });
    expectGolden(asJson(teams), golden("teams.json"));
    expect(plainText(answer)).not.toMatch(/undefined|null|NaN|nano/);
    expect(answer.sentence.length).toBeLessThanOrEqual(260);
  });

  it("say nothing in a week in which nothing is to be decided", () => {
    const quiet = {
      ...INVENTORY,
      items: INVENTORY.items.filter(({ flags }) => flags.length === 0),
    };
    expect(weeklyBody(ORG, quiet)).toBeUndefined();
    // The review of issued keys tells of these.
    const issued = { ...HACKDAY, virtualKeyId: 3 };
    expect(weeklyBody(ORG, { ...quiet, items: [issued] })).toBeUndefined();
  });

  it("hold every field of every thing in the download, amounts exact", () => {
    const [header = "", ...rows] = (BODIES["inventory-all"]?.download?.csv ?? "").split("\r\n");
    expect(header.split(",")).toHaveLength(23);
    expect(rows.filter((row) => row !== "")).toHaveLength(8);
    expect(rows[0]).toBe(
      "account,org-acme-1,OpenAI production,contract review,openai,,,Ben Adeyemi,4700," +
        "Features for customers,committed,2026-02-01,2027-01-31,60,Corporate card ending in 1234," +
        ",,6120,0,USD,2026-08-03,2026-11-22,payments search",
    );
  });
});
