import { describe, expect, it } from "vitest";
import type { Day } from "#core/time.ts";
import { onCallOf, ownerOf, type Roster, resolveRaci, vacancies } from "./raci.ts";
import { DEFAULT_RACI } from "./raci-default.ts";
import { ACTIVITIES } from "./words.ts";

const day = (text: string) => text as Day;
const NOW = new Date("2026-11-22T12:00:00Z");

// org 0 > team 1 > project 2 > agent 3
function roster(change: Partial<Roster> = {}): Roster {
  return {
    orgId: 1,
    timeZone: "America/New_York",
    parents: new Map([
      [1, 0],
      [2, 1],
      [3, 2],
    ]),
    paths: new Map([
      [0, "acme"],
      [1, "a"],
      [2, "a/b"],
      [3, "a/b/c"],
    ]),
    raci: new Map(ACTIVITIES.map((activity) => [`0:${activity}`, DEFAULT_RACI[activity]])),
    holders: new Map([
      ["0:finance", [11]],
      ["0:engineering", [12]],
      ["0:governance", [13]],
      ["0:product", [14, 15]],
      ["1:engineering", [22]],
    ]),
    onCall: new Map([
      [0, [12]],
      [2, [31, 32]],
    ]),
    delegations: [],
    leftOn: new Map(),
    selfApproval: false,
    accountableForAiCost: 11,
    ...change,
  };
}

describe("RACI", () => {
  it("has the default table of the practice", () => {
    const letters = ACTIVITIES.map((activity) => {
      const row = DEFAULT_RACI[activity];
      return (["finance", "engineering", "governance", "product"] as const).map((name) =>
        [
          row.accountable === name ? "A" : "",
          row.responsible.some((one) => one === name) ? "R" : "",
          row.consulted.some((one) => one === name) ? "C" : "",
          row.informed.some((one) => one === name) ? "I" : "",
        ].join(""),
      );
    });
    expect(letters).toEqual([
      ["A", "C", "I", "C"],
      ["C", "AR", "I", "I"],
      ["I", "A", "C", "C"],
      ["C", "C", "I", "A"],
      ["I", "A", "C", "C"],
      ["C", "R", "A", "C"],
      ["A", "R", "C", "C"],
    ]);
  });

  it("resolves functions to people at the scope or the nearest ancestor that names them", () => {
    const here = resolveRaci(roster(), "attribute_spend", 3, NOW);
    expect(here.accountable).toEqual({
      function: "engineering",
      heldAt: 1,
      personId: 22,
      actingId: 22,
    });
    expect(here.responsible.map(({ personId }) => personId)).toEqual([22]);
    expect(here.consulted.map(({ personId }) => personId)).toEqual([11]);
    expect(here.informed.map(({ personId }) => personId)).toEqual([13, 14, 15]);
    expect(ownerOf(roster(), 0, NOW).personId).toBe(12);
  });

  it("has exactly one Accountable for every activity and scope", () => {
    for (const activity of ACTIVITIES) {
      for (const scope of [0, 1, 2, 3]) {
        expect(resolveRaci(roster(), activity, scope, NOW).accountable.actingId).toBeGreaterThan(0);
      }
    }
  });

  it("lets a scope's own row stand for it and what is below, not above", () => {
    const raci = new Map(roster().raci).set("2:define_outcome", {
      accountable: "finance",
      responsible: ["product"],
      consulted: [],
      informed: [],
    });
    const changed = roster({ raci });
    expect(resolveRaci(changed, "define_outcome", 3, NOW).accountable.personId).toBe(11);
    expect(resolveRaci(changed, "define_outcome", 1, NOW).accountable.personId).toBe(14);
  });

  it("shows who acts on the day in the organisation's zone, along the chain of delegations", () => {
    const delegations = [
      { personId: 22, delegateId: 40, from: day("2026-11-22"), until: day("2026-11-23") },
      { personId: 40, delegateId: 41, from: day("2026-11-23"), until: day("2026-11-23") },
    ];
    const acting = (at: string) => ownerOf(roster({ delegations }), 3, new Date(at)).actingId;
    expect(acting("2026-11-22T04:59:00Z")).toBe(22);
    expect(acting("2026-11-22T05:00:00Z")).toBe(40);
    expect(acting("2026-11-23T12:00:00Z")).toBe(41);
    expect(acting("2026-11-24T05:00:00Z")).toBe(22);
  });

  it("ends with a chain of delegations that leads back, instead of running on", () => {
    const delegations = [
      { personId: 22, delegateId: 40, from: day("2026-11-01"), until: day("2026-12-01") },
      { personId: 40, delegateId: 22, from: day("2026-11-01"), until: day("2026-12-01") },
    ];
    expect(ownerOf(roster({ delegations }), 3, NOW).actingId).toBe(40);
  });

  it("shows a vacancy where the holder left, and lists every one", () => {
    const leftOn = new Map([
      [22, day("2026-11-20")],
      [31, day("2026-11-20")],
      [11, day("2026-12-01")],
    ]);
    const left = roster({ leftOn });
    expect(ownerOf(left, 3, NOW)).toMatchObject({ personId: 22, actingId: undefined });
    expect(onCallOf(left, 3, NOW)).toEqual([32]);
    expect(vacancies(left, NOW)).toEqual([
      { scopeId: 1, role: "engineering", personId: 22 },
      { scopeId: 2, role: "on_call", personId: 31 },
    ]);
    expect(vacancies(left, new Date("2026-12-01T12:00:00Z"))).toContainEqual({
      scopeId: 0,
      role: "accountable_for_ai_cost",
      personId: 11,
    });
  });

  it("calls the parent's on-call where all of a scope's own left", () => {
    const leftOn = new Map([
      [31, day("2026-11-01")],
      [32, day("2026-11-01")],
    ]);
    expect(onCallOf(roster({ leftOn }), 3, NOW)).toEqual([12]);
    expect(onCallOf(roster({ onCall: new Map() }), 3, NOW)).toEqual([]);
  });

  it("refuses to invent an Accountable", () => {
    expect(() => resolveRaci(roster({ holders: new Map() }), "apply_levers", 3, NOW)).toThrow(
      "nobody answers for apply_levers of a/b/c",
    );
  });
});
