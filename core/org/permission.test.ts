import { describe, expect, it } from "vitest";
import type { Day } from "#core/time.ts";
import { eligible, may, PERMISSIONS, type Permission, requirePermission } from "./permission.ts";
import type { Roster } from "./raci.ts";
import { DEFAULT_RACI } from "./raci-default.ts";
import { ACTIVITIES } from "./words.ts";

// org 0 > team 1 > project 2 > agent 3; sibling team 4 > project 5. Functions are held by
// 10x at the organisation, 20x at team 1, 40x at team 4: x = 1 finance, 2 engineering,
// 3 governance, 4 product.
const FUNCTIONS = ["finance", "engineering", "governance", "product"] as const;
const day = (text: string) => text as Day;
const NOW = new Date("2026-11-22T12:00:00Z");
const OUTSIDER = 999;
const DELEGATE = 900;
/** Accountable for AI cost as a whole, and holds no function. */
const FOR_THE_WHOLE = 150;

function roster(change: Partial<Roster> = {}): Roster {
  const holders = new Map<string, number[]>();
  for (const [scope, base] of [
    [0, 100],
    [1, 200],
    [4, 400],
  ] as const) {
    for (const [index, name] of FUNCTIONS.entries())
      holders.set(`${scope}:${name}`, [base + index + 1]);
  }
  return {
    orgId: 1,
    timeZone: "UTC",
    parents: new Map([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 0],
      [5, 4],
    ]),
    paths: new Map([
      [0, "acme"],
      [1, "a"],
      [2, "a/b"],
      [3, "a/b/c"],
      [4, "d"],
      [5, "d/e"],
    ]),
    raci: new Map(ACTIVITIES.map((activity) => [`0:${activity}`, DEFAULT_RACI[activity]])),
    holders,
    onCall: new Map([
      [3, [301]],
      [1, [209]],
      [0, [109]],
      [4, [409]],
    ]),
    delegations: [],
    leftOn: new Map(),
    selfApproval: false,
    accountableForAiCost: FOR_THE_WHOLE,
    ...change,
  };
}

const FINANCE = [201, 101];
const ENGINEERING = [202, 102];
const GOVERNANCE = [203, 103];
const PRODUCT = [204, 104];
const ALL = [...FINANCE, ...ENGINEERING, ...GOVERNANCE, ...PRODUCT];
const ON_CALL = [301, 209, 109];
const KEY_OWNER = 800;

/** domain.md section 4, row by row: who may, asked at agent 3 of team 1. */
const TABLE: Record<Permission, readonly number[]> = {
  // R or A of attribute spend, A of set AI budget
  see_customer_detail: [...ENGINEERING, ...FINANCE],
  set_budget: FINANCE,
  split_budget: ENGINEERING,
  approve_budget: GOVERNANCE,
  approve_key: ENGINEERING,
  approve_cap: ENGINEERING,
  approve_key_above_budget: GOVERNANCE,
  approve_cap_above_budget: GOVERNANCE,
  approve_pull_request: [...FINANCE, ...GOVERNANCE],
  approve_model: GOVERNANCE,
  // R or A of any activity, the on-call
  block: [...ALL, ...ON_CALL],
  lift_block: ENGINEERING,
  lift_block_above_budget: GOVERNANCE,
  raise_cap: ENGINEERING,
  raise_cap_above_budget: GOVERNANCE,
  claim_spend: ENGINEERING,
  disown_spend: ENGINEERING,
  set_channel: ENGINEERING,
  promote_experiment: ENGINEERING,
  acknowledge_finding: [...ALL, ...ON_CALL],
  snooze_finding: [...ALL, ...ON_CALL],
  expect_finding: [...ALL, ...ON_CALL],
  break_glass: ON_CALL,
  suspend_key: [KEY_OWNER, ...ENGINEERING],
  rotate_key: [KEY_OWNER, ...ENGINEERING],
  revoke_key: [KEY_OWNER, ...ENGINEERING],
  transfer_key: [KEY_OWNER, ...ENGINEERING],
  see_audit: [...ALL, ...ON_CALL, KEY_OWNER],
  // A of any activity at org level
  connect_source: [101, 102, 103, 104],
  ask_chargeback: [...ALL, ...ON_CALL],
  enable_chargeback: FINANCE,
  // The same, and who is accountable for AI cost as a whole
  see_maturity: [101, 102, 103, 104, FOR_THE_WHOLE],
  see_inventory: [101, 102, 103, 104, FOR_THE_WHOLE],
  see_board_page: [101, 102, 103, 104, FOR_THE_WHOLE],
};
const ROWS = Object.keys(PERMISSIONS).map((action) => action as Permission);

function question(action: Permission, scopeId = 3, now = NOW) {
  return { action, scopeId, now, thingOwnerId: KEY_OWNER };
}

const SOMEBODY = [
  ...ALL,
  ...ON_CALL,
  ...[401, 402, 403, 404, 409],
  KEY_OWNER,
  OUTSIDER,
  DELEGATE,
  FOR_THE_WHOLE,
];

describe.each(ROWS)("%s", (action) => {
  it("is for the roles of its row on the scope or an ancestor, and for nobody else", () => {
    const allowed = SOMEBODY.filter((person) => may(roster(), person, question(action)).allowed);
    expect(new Set(allowed)).toEqual(new Set(TABLE[action]));
    const listed = eligible(roster(), question(action)).map(({ personId }) => personId);
    expect(new Set(listed)).toEqual(new Set(TABLE[action]));
  });

  it("is refused to the same roles of a sibling, with who may instead", () => {
    for (const person of [401, 402, 403, 404, 409]) {
      const verdict = may(roster(), person, question(action));
      expect(verdict).toMatchObject({ allowed: false, reason: "not_entitled" });
      expect(verdict.allowed ? [] : [...verdict.who].toSorted()).toEqual(
        [...new Set(TABLE[action])].toSorted(),
      );
    }
  });

  it("is refused to those who hold the role only below", () => {
    const below = TABLE[action].filter((person) => person >= 200 && person < 400);
    for (const person of below) {
      expect(may(roster(), person, question(action, 0)).allowed).toBe(false);
    }
  });

  it("is refused to a holder from the day of leaving on", () => {
    for (const person of TABLE[action]) {
      const left = roster({ leftOn: new Map([[person, day("2026-11-22")]]) });
      expect(may(left, person, question(action))).toMatchObject({ reason: "left" });
      const stays = roster({ leftOn: new Map([[person, day("2026-11-23")]]) });
      expect(may(stays, person, question(action)).allowed).toBe(true);
    }
  });

  it("is lent to a delegate from the first to the last day and not outside of them", () => {
    for (const person of TABLE[action]) {
      const away = roster({
        delegations: [
          {
            personId: person,
            delegateId: DELEGATE,
            from: day("2026-11-20"),
            until: day("2026-11-24"),
          },
        ],
      });
      const on = (at: string) => may(away, DELEGATE, question(action, 3, new Date(at)));
      expect(on("2026-11-19T23:59:59Z").allowed).toBe(false);
      expect(on("2026-11-20T00:00:00Z")).toMatchObject({
        allowed: true,
        as: { holderId: person, lentBy: [person], personId: DELEGATE },
      });
      expect(on("2026-11-24T23:59:59Z").allowed).toBe(true);
      expect(on("2026-11-25T00:00:00Z").allowed).toBe(false);
      expect(may(away, person, question(action)).allowed).toBe(true);
    }
  });

  it("is not lent by one who left, nor to one who left", () => {
    for (const person of TABLE[action]) {
      const delegations = [
        {
          personId: person,
          delegateId: DELEGATE,
          from: day("2026-11-01"),
          until: day("2026-12-01"),
        },
      ];
      const gone = new Map([[person, day("2026-11-10")]]);
      expect(may(roster({ delegations, leftOn: gone }), DELEGATE, question(action)).allowed).toBe(
        false,
      );
      const goneDelegate = new Map([[DELEGATE, day("2026-11-10")]]);
      expect(
        may(roster({ delegations, leftOn: goneDelegate }), DELEGATE, question(action)),
      ).toMatchObject({
        reason: "left",
      });
    }
  });
});

describe("approving", () => {
  const approvals = ROWS.filter((action) => PERMISSIONS[action].approval);

  it("covers large budgets, keys, caps, models, pull requests and what undoes a block", () => {
    expect(approvals).toEqual([
      "approve_budget",
      "approve_key",
      "approve_cap",
      "approve_key_above_budget",
      "approve_cap_above_budget",
      "approve_pull_request",
      "approve_model",
      "lift_block",
      "lift_block_above_budget",
      "raise_cap",
      "raise_cap_above_budget",
    ]);
  });

  it.each(approvals)("%s is refused for one's own request, and another level may", (action) => {
    const [near = 0, ...others] = TABLE[action];
    const [far = 0] = others;
    const own = { ...question(action), requestedBy: [near] };
    const verdict = may(roster(), near, own);
    expect(verdict).toMatchObject({ allowed: false, reason: "own_request" });
    expect(verdict.allowed ? [] : verdict.who.toSorted()).toEqual(others.toSorted());
    expect(may(roster(), far, own)).toMatchObject({ allowed: true, selfApproval: false });
  });

  it("is refused to a delegate whose right the requester lent, also through another", () => {
    const span = { from: day("2026-11-01"), until: day("2026-12-01") };
    const lent = roster({ delegations: [{ personId: 202, delegateId: DELEGATE, ...span }] });
    const request = { ...question("approve_key"), requestedBy: [202] };
    expect(may(lent, DELEGATE, request)).toMatchObject({ reason: "own_request" });
    const twice = roster({
      delegations: [
        { personId: 202, delegateId: 901, ...span },
        { personId: 901, delegateId: DELEGATE, ...span },
      ],
    });
    const by901 = { ...question("approve_key"), requestedBy: [901] };
    expect(may(twice, DELEGATE, by901)).toMatchObject({ reason: "own_request" });
    expect(may(twice, 202, by901)).toMatchObject({ allowed: true });
  });

  it("does not let a delegate approve what they asked for themselves", () => {
    const lent = roster({
      delegations: [
        { personId: 202, delegateId: DELEGATE, from: day("2026-11-01"), until: day("2026-12-01") },
      ],
    });
    const request = { ...question("approve_key"), requestedBy: [DELEGATE] };
    expect(may(lent, DELEGATE, request)).toMatchObject({ reason: "own_request" });
    expect(may(lent, 202, request)).toMatchObject({ allowed: true });
  });

  it("counts everyone who benefits as a requester", () => {
    const request = { ...question("approve_key"), requestedBy: [OUTSIDER, 202] };
    expect(may(roster(), 202, request)).toMatchObject({ reason: "own_request" });
  });

  it("says how to appoint somebody when nobody else is eligible at any level", () => {
    const alone = roster({ holders: new Map(FUNCTIONS.map((name) => [`0:${name}`, [101]])) });
    const request = { ...question("approve_key"), requestedBy: [101] };
    const verdict = may(alone, 101, request);
    expect(verdict).toMatchObject({ allowed: false, reason: "nobody_eligible", who: [] });
    expect(verdict.allowed ? "" : verdict.help).toMatch(
      /Nobody else may approve the key for a\/b\/c\. Appoint somebody: give 'attribute spend/,
    );
    expect(eligible(alone, request)).toEqual([]);
  });

  it("is allowed for oneself, and marked, where the organisation's file allows it", () => {
    const alone = roster({
      holders: new Map(FUNCTIONS.map((name) => [`0:${name}`, [101]])),
      selfApproval: true,
    });
    const request = { ...question("approve_key"), requestedBy: [101] };
    expect(may(alone, 101, request)).toMatchObject({ allowed: true, selfApproval: true });
    expect(may(alone, OUTSIDER, request)).toMatchObject({ allowed: false });
    const own = { ...question("approve_key"), requestedBy: [202] };
    expect(may(roster({ selfApproval: true }), 102, own)).toMatchObject({ selfApproval: false });
  });

  it("does not keep anybody from acting on what they asked for where it is no approval", () => {
    expect(may(roster(), 201, { ...question("set_budget"), requestedBy: [201] }).allowed).toBe(
      true,
    );
  });
});

describe("a permission", () => {
  it("falls to the ancestor's holder while the scope's own seat is vacant", () => {
    const vacant = roster({ leftOn: new Map([[202, day("2026-11-01")]]) });
    expect(eligible(vacant, question("approve_key")).map(({ personId }) => personId)).toEqual([
      102,
    ]);
  });

  it("goes with the RACI row that overrides the default", () => {
    const changed = roster();
    const raci = new Map(changed.raci).set("2:attribute_spend", {
      accountable: "product",
      responsible: ["finance"],
      consulted: [],
      informed: [],
    });
    const ids = eligible({ ...changed, raci }, question("approve_key")).map(
      ({ personId }) => personId,
    );
    expect(ids).toEqual([204, 202, 102]);
  });

  it("is nobody's on a scope that is gone", () => {
    expect(() => may(roster(), 101, question("block", 77))).toThrow(/no scope 77/);
  });

  it("throws with the scope and what to do where a service requires it", () => {
    expect(() => requirePermission(roster(), OUTSIDER, question("approve_key"))).toThrow(
      "you may not approve the key of a/b/c",
    );
    expect(requirePermission(roster(), 202, question("approve_key")).as.role).toBe(
      "accountable:attribute_spend",
    );
  });
});
