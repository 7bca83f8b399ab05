import { describe, expect, it } from "vitest";
import type { DeclaredItem } from "../org/inventory.ts";
import type { InventoryPolicy } from "../org/inventory-policy-schema.ts";
import { parseDay } from "../time.ts";
import type { AccountUseRow, InventoryFacts, UseRow } from "./facts.ts";
import { assembleInventory } from "./inventory.ts";

const TODAY = parseDay("2026-11-22");
const POLICY: InventoryPolicy = {
  idle_days: 30,
  shared_days: 30,
  new_days: 7,
  contract_days: 30,
  vendor_reviews: { due_days: 30, again_months: 12 },
};
const NOTHING: InventoryFacts = {
  today: TODAY,
  ledgerSince: parseDay("2026-08-01"),
  declared: [],
  keys: [],
  models: [],
  accounts: [],
  accountsSince: new Map(),
  issued: [],
  listedKeys: [],
  listedSeats: [],
  listedAccounts: [],
  decisions: new Map(),
  splitAccounts: new Set(),
  costCentreOf: (scopeId) => (scopeId === 1 ? "4711" : undefined),
  hasLeft: (personId) => personId === 13,
  dayOf: () => TODAY,
};

function declared(change: Partial<DeclaredItem>): DeclaredItem {
  return {
    kind: "key",
    key: "ci-nightly",
    name: null,
    provider: "openai",
    account: null,
    nativeId: null,
    scopeId: null,
    ownerId: 7,
    costCentre: null,
    approvedUse: null,
    seats: null,
    procurement: null,
    contractFrom: null,
    contractUntil: null,
    noticeDays: null,
    paymentMethod: null,
    retiredOn: null,
    ...change,
  };
}

function use(change: Partial<UseRow> = {}): UseRow {
  return {
    value: "key_4f2a",
    teamId: 1,
    provider: "openai",
    first: parseDay("2026-08-01"),
    last: parseDay("2026-11-21"),
    cost: 5n,
    unpriced: 0n,
    isShare: true,
    isCalled: true,
    ...change,
  };
}

function entry(change: Partial<AccountUseRow> = {}): AccountUseRow {
  const { value: _value, isCalled: _isCalled, ...row } = use();
  return { ...row, account: "", key: "key_4f2a", isSeat: false, item: "", ...change };
}

function inventory(facts: Partial<InventoryFacts>) {
  return assembleInventory({ ...NOTHING, ...facts }, POLICY, new Set());
}

describe("the inventory", () => {
  it("matches a key by the provider's id, the sha256 or its name in the file, as one", () => {
    const listed = { name: "CI", provider: "openai", account: "org-1", active: true };
    const items = inventory({
      keys: [use(), use({ value: "ci-nightly", cost: 2n })],
      declared: [declared({ nativeId: "key_4f2a" })],
      listedKeys: [{ ...listed, id: "key_4f2a" }],
    });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ id: "key_4f2a", name: "ci-nightly", ownerId: 7 });
    expect(items[0]?.use?.cost).toBe(7n);
    const hash = "ab".repeat(32);
    const [seen] = inventory({ keys: [use({ value: hash })] });
    expect([seen?.name, seen?.id]).toEqual([hash.slice(0, 12), hash]);
  });

  it("knows an issued key with its owner, use and scope, and forgets one that ended", () => {
    const issued = {
      id: 3,
      name: "tag-disputes",
      ledgerKey: "tag-disputes",
      scopeId: 1,
      ownerId: 13,
      costCentre: undefined,
      useCase: "nightly tagging",
      endedOn: undefined,
    };
    const [key] = inventory({ issued: [issued], keys: [use({ value: "tag-disputes" })] });
    expect(key).toMatchObject({ virtualKeyId: 3, costCentre: "4711", flags: ["ownerless"] });
    const endedOn = parseDay("2026-11-21");
    const ended = { issued: [{ ...issued, endedOn }], keys: [use({ value: "tag-disputes" })] };
    expect(inventory(ended)).toEqual([]);
    const late = use({ value: "tag-disputes", last: TODAY });
    expect(inventory({ ...ended, keys: [late] })[0]?.flags).toEqual(["reopened", "ownerless"]);
  });

  it("leaves out a key that its provider ended and that spent nothing", () => {
    const listed = { id: "key_9", name: undefined, provider: "openai", account: undefined };
    expect(inventory({ listedKeys: [{ ...listed, active: false }] })).toEqual([]);
    expect(inventory({ listedKeys: [{ ...listed, active: true }] })[0]?.flags).toEqual([
      "ownerless",
      "idle",
    ]);
  });

  it("shares no account whose teams its keys tell apart, and one that they do not", () => {
    const account = declared({ kind: "account", key: "main", nativeId: "org-1" });
    const apart = [entry({ account: "org-1" }), entry({ account: "main", key: "b", teamId: 2 })];
    expect(inventory({ declared: [account], accounts: apart })[0]).toMatchObject({
      id: "org-1",
      flags: [],
      use: { cost: 10n, teams: [] },
    });
    const mixed = [...apart, entry({ key: "", account: "org-1" }), entry({ key: "", teamId: 2 })];
    const [shared] = inventory({ declared: [account], accounts: mixed });
    expect([shared?.flags, shared?.use?.teams]).toEqual([["shared"], [1, 2]]);
    const onPurpose = { declared: [account], accounts: mixed, splitAccounts: new Set(["main"]) };
    expect(inventory(onPurpose)[0]?.flags).toEqual([]);
  });

  it("says nothing of the use of an account that entries of its provider do not name", () => {
    const accounts = ["main", "side"].map((key) => declared({ kind: "account", key }));
    const vague = inventory({ declared: accounts, accounts: [entry({ key: "" })] });
    expect(vague.map(({ use: used, flags }) => [used, flags])).toEqual([
      [undefined, []],
      [undefined, []],
    ]);
    // One account of the provider: it is that one's.
    const [only] = inventory({ declared: accounts.slice(1), accounts: [entry({ key: "" })] });
    expect(only?.use?.cost).toBe(5n);
  });

  it("puts seats that are listed and charged beside the plan that is declared", () => {
    const seats = { provider: "github", account: "acme", plan: "business", seats: 46, idle: 12 };
    const charged = entry({ provider: "github", isSeat: true, item: "Copilot seat", cost: 874n });
    const plan = declared({ kind: "seat_plan", key: "copilot", provider: "github", seats: 50 });
    const known = inventory({ declared: [plan], listedSeats: [seats], accounts: [charged] });
    expect(known.find(({ kind }) => kind === "seat_plan")).toMatchObject({
      id: "copilot",
      seats: 46,
      idleSeats: 12,
      use: { cost: 874n },
      flags: ["idle"],
    });
    const unknown = inventory({ listedSeats: [seats] });
    expect(unknown[0]).toMatchObject({ id: "github-business", flags: ["ownerless", "idle"] });
  });

  it("lists models that were called, not what a seat or a fee was for", () => {
    const models = [use({ value: "gpt-4o" }), use({ value: "H100 80GB", isCalled: false })];
    expect(inventory({ models }).map(({ id }) => id)).toEqual(["gpt-4o"]);
  });

  it("puts what is to be decided first, then the dearest", () => {
    const keys = [
      use({ value: "a", cost: 1n }),
      use({ value: "b", cost: 9n }),
      use({ value: "c", cost: 5n }),
    ];
    const own = declared({ key: "b" });
    expect(inventory({ keys, declared: [own] }).map(({ id }) => id)).toEqual(["c", "a", "b"]);
  });

  it("keeps what a decision retired, without a flag, so that it can be taken back", () => {
    const decision = {
      id: 4,
      kind: "model",
      item: "gpt-4o",
      decision: "retired",
      follows: 0,
      ownerId: null,
      ownerBefore: null,
      isRetired: true,
      recordBefore: null,
      decidedBy: 7,
      decidedAt: new Date(),
      reason: null,
    } as const;
    const decisions = new Map([["model:gpt-4o", decision]]);
    const models = [use({ value: "gpt-4o" })];
    expect(inventory({ models, decisions })[0]).toMatchObject({ retiredOn: TODAY, flags: [] });
  });
});
