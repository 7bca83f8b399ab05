import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decideBudget } from "#core/budgets/decide.ts";
import { envelopeAbove } from "#core/budgets/envelope.ts";
import type { BudgetSlot } from "#core/budgets/schema.ts";
import {
  listBudgetHistory,
  listBudgets,
  listLiveBudgets,
  type SetBudget,
  type SetOutcome,
  setBudget,
} from "#core/budgets/service.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { loadRoster } from "#core/org/roster.ts";
import { type Acme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
});
beforeEach(async () => {
  await database.owner.query("delete from budget");
});

function slot(path: string, change: Partial<BudgetSlot> = {}, of = acme): BudgetSlot {
  const id = path === "" ? 0 : of.scopes.get(path);
  if (id === undefined) throw new Error(`no scope '${path}'`);
  return {
    subject: { kind: "scope", id },
    kind: "budget",
    period: "month",
    unit: "usd",
    ...change,
  };
}

function request(who: string, path: string, dollars: bigint, of = acme): SetBudget {
  return {
    orgId: of.orgId,
    slot: slot(path, {}, of),
    amount: dollars * NANO_PER_USD,
    reason: "measured in October",
    seen: undefined,
    by: { personId: personId(of, who), actorAccount: `slack:T1:${who}`, surface: "slack" },
    now: NOW,
  };
}

const set = (who: string, path: string, dollars: bigint, of = acme) =>
  setBudget(database.pool, request(who, path, dollars, of));

function idOf(outcome: SetOutcome): number {
  return outcome.budget.id;
}

async function audited(orgId: number) {
  const { rows } = await database.owner.query<{ action: string; subject: string; actor: string }>(
    `select action, subject, actor from audit_entry where org_id = $1 order by position desc
     limit 1`,
    [orgId],
  );
  return rows[0];
}

describe("setting a budget", () => {
  it("is for whoever answers for the AI budget, and is in the audit log", async () => {
    expect(await set("fin", "payments", 12_000n)).toMatchObject({
      state: "live",
      standing: { way: "envelope" },
      budget: { amount: 12_000_000_000_000n, thresholds: [50, 80, 100], validFrom: "2026-11-22" },
    });
    expect(await audited(acme.orgId)).toEqual({
      action: "budget.set",
      subject: `scope:${acme.scopes.get("payments")}`,
      actor: `person:${personId(acme, "fin")}`,
    });
    for (const who of ["ada", "grace", "u1"]) {
      await expect(set(who, "search", 5n)).rejects.toMatchObject({
        code: expect.stringMatching(/not_permitted|envelope_missing/),
      });
    }
    expect(await listLiveBudgets(database.pool, acme.orgId)).toHaveLength(1);
  });

  it("touches no other organisation of the same names", async () => {
    await set("fin", "payments", 12_000n);
    const theirs = slot("payments", {}, other).subject;
    expect(await listBudgets(database.pool, other.orgId, theirs)).toEqual([]);
    await set("fin", "payments", 7n, other);
    expect(await listLiveBudgets(database.pool, acme.orgId)).toMatchObject([
      { amount: 12_000_000_000_000n },
    ]);
    const foreign = { ...request("fin", "payments", 9n), orgId: other.orgId };
    await expect(setBudget(database.pool, foreign)).rejects.toMatchObject({
      kind: expect.any(String),
    });
  });

  it("appends a version and keeps the history; one is live at a time", async () => {
    const first = await set("fin", "payments", 10_000n);
    const again = { ...request("fin", "payments", 12_000n), seen: idOf(first) };
    await setBudget(database.pool, again);
    const { subject } = slot("payments");
    const history = await listBudgetHistory(database.pool, acme.orgId, subject, 10);
    expect(history.map(({ amount, state }) => [amount / NANO_PER_USD, state])).toEqual([
      [12_000n, "live"],
      [10_000n, "replaced"],
    ]);
    expect(await listBudgets(database.pool, acme.orgId, subject)).toHaveLength(1);
  });

  it("pressed twice changes nothing the second time; set by another since, it is refused", async () => {
    const first = await set("fin", "payments", 10_000n);
    expect(await set("fin", "payments", 10_000n)).toMatchObject({
      state: "unchanged",
      budget: { id: idOf(first) },
    });
    await expect(set("fin", "payments", 11_000n)).rejects.toMatchObject({
      code: "budget_changed_since",
      message: "the budget was set to $10,000 since",
    });
  });

  it("by two at the same moment leaves one live version", async () => {
    const both = await Promise.allSettled([
      set("fin", "payments", 10_000n),
      set("fin", "payments", 11_000n),
    ]);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await listLiveBudgets(database.pool, acme.orgId)).toHaveLength(1);
  });

  it.each([
    [0n, "measured", "amount_invalid"],
    [-5n, "measured", "amount_invalid"],
    [5n, "  ", "reason_missing"],
    [5n, "x".repeat(501), "reason_missing"],
  ])("refuses %s dollars: case %#", async (dollars, reason, code) => {
    const bad = { ...request("fin", "payments", dollars), reason };
    await expect(setBudget(database.pool, bad)).rejects.toMatchObject({ code });
  });
});

describe("splitting a budget", () => {
  it("is for the owner, below the envelope and never above it", async () => {
    await expect(set("ada", "payments/disputes", 1_000n)).rejects.toMatchObject({
      code: "envelope_missing",
    });
    await set("fin", "payments", 12_000n);
    expect(await set("ada", "payments/disputes", 7_000n)).toMatchObject({
      standing: { way: "split", leaves: 5_000n * NANO_PER_USD },
    });
    await expect(set("ada", "payments/checkout-web", 5_001n)).rejects.toMatchObject({
      code: "envelope_exceeded",
      message: "$5,001 is more than the $5,000 that is left to split of the $12,000 of payments",
    });
    expect(await set("ada", "payments/checkout-web", 5_000n)).toMatchObject({ state: "live" });
    await expect(set("ada", "payments", 20_000n)).rejects.toMatchObject({
      code: "not_permitted",
    });
  });

  it("measures an agent against the nearest budget above it", async () => {
    await set("fin", "payments", 12_000n);
    await set("ada", "payments/disputes", 7_000n);
    expect(await set("ada", "payments/disputes/triage", 3_000n)).toMatchObject({
      standing: { leaves: 4_000n * NANO_PER_USD },
    });
    const roster = await loadRoster(database.pool, acme.orgId);
    const live = await listLiveBudgets(database.pool, acme.orgId);
    const nearest = envelopeAbove(roster, live, slot("payments/disputes/triage"));
    expect(nearest?.subject.id).toBe(acme.scopes.get("payments/disputes"));
    // What was split from disputes does not count against payments once more.
    expect(await set("ada", "payments/checkout-web", 5_000n)).toMatchObject({
      standing: { leaves: 0n },
    });
  });

  it("is not shrunk under what was split from it already", async () => {
    await set("fin", "payments", 12_000n);
    const disputes = await set("ada", "payments/disputes", 7_000n);
    await set("ada", "payments/disputes/triage", 3_000n);
    const less = { ...request("ada", "payments/disputes", 2_000n), seen: idOf(disputes) };
    await expect(setBudget(database.pool, less)).rejects.toMatchObject({
      code: "envelope_too_small",
    });
  });
});

describe("a large budget", () => {
  const decide = (who: string, id: number, decision: "approve" | "decline" = "approve") =>
    decideBudget(database.pool, {
      orgId: acme.orgId,
      id,
      decision,
      by: { personId: personId(acme, who), actorAccount: `slack:T1:${who}`, surface: "slack" },
      now: NOW,
    });

  it("waits for a second approver while the one before goes on", async () => {
    const small = await set("fin", "payments", 12_000n);
    const large = { ...request("fin", "payments", 60_000n), seen: idOf(small) };
    const outcome = await setBudget(database.pool, large);
    expect(outcome).toMatchObject({ state: "pending", approvers: [personId(acme, "gov")] });
    const live = await listLiveBudgets(database.pool, acme.orgId);
    expect(live).toMatchObject([{ amount: 12_000n * NANO_PER_USD }]);
    for (const who of ["fin", "ada", "u1"]) {
      await expect(decide(who, idOf(outcome))).rejects.toMatchObject({ code: "not_permitted" });
    }
    expect(await decide("gov", idOf(outcome))).toMatchObject({
      state: "decided",
      selfApproval: false,
      budget: { state: "live", decidedBy: personId(acme, "gov") },
    });
    expect(await listLiveBudgets(database.pool, acme.orgId)).toMatchObject([
      { amount: 60_000n * NANO_PER_USD },
    ]);
  });

  it("is decided once, by whoever presses first, and the other is told how it went", async () => {
    const outcome = await set("fin", "payments", 60_000n);
    const both = await Promise.all([
      decide("gov", idOf(outcome)),
      decide("gov", idOf(outcome), "decline"),
    ]);
    expect(both.map(({ state }) => state).sort()).toEqual(["already", "decided"]);
    const { rows } = await database.owner.query(
      `select 1 from audit_entry where org_id = $1
       and action in ('budget.approved', 'budget.declined') and after like $2`,
      [acme.orgId, `%"version":${idOf(outcome)}%`],
    );
    expect(rows).toHaveLength(1);
  });

  it("is measured again when it is approved: two that wait may not both fit", async () => {
    const whole = await set("fin", "payments", 120_000n);
    await decide("gov", idOf(whole));
    const first = await set("ada", "payments/disputes", 70_000n);
    const second = await set("ada", "payments/checkout-web", 70_000n);
    expect([first.state, second.state]).toEqual(["pending", "pending"]);
    await decide("gov", idOf(first));
    await expect(decide("gov", idOf(second))).rejects.toMatchObject({
      code: "envelope_exceeded",
      message: "$70,000 is more than the $50,000 that is left to split of the $120,000 of payments",
    });
    const { subject } = slot("payments/checkout-web");
    const waiting = await listBudgets(database.pool, acme.orgId, subject);
    expect(waiting).toMatchObject([{ state: "pending" }]);
    // Whoever sets the AI budget is not held by an envelope, asked for or approved.
    const beyond = await set("fin", "payments/checkout-web", 80_000n);
    expect(await decide("gov", idOf(beyond))).toMatchObject({ budget: { state: "live" } });
    expect(await decide("gov", idOf(second), "decline")).toMatchObject({ state: "already" });
  });

  it("asked for anew replaces what waits; a smaller one needs nobody", async () => {
    await set("fin", "payments", 60_000n);
    await set("fin", "payments", 70_000n);
    const waiting = await listBudgets(database.pool, acme.orgId, slot("payments").subject);
    expect(waiting).toMatchObject([{ state: "pending", amount: 70_000n * NANO_PER_USD }]);
    expect(await set("fin", "search", 50_000n)).toMatchObject({ state: "live" });
  });

  it("in a year's budget is measured by the month", async () => {
    const year = {
      ...request("fin", "payments", 600_000n),
      slot: slot("payments", { period: "year" }),
    };
    expect(await setBudget(database.pool, year)).toMatchObject({ state: "live" });
    const more = { ...year, amount: 600_012n * NANO_PER_USD, seen: 0 };
    await expect(setBudget(database.pool, more)).rejects.toMatchObject({
      code: "budget_changed_since",
    });
  });
});

describe("the table of budgets", () => {
  it("cannot be rewritten by the application: only a state moves on", async () => {
    await set("fin", "payments", 10n);
    await expect(database.pool.query("update budget set amount = 5")).rejects.toMatchObject({
      code: "42501",
    });
    await expect(database.pool.query("delete from budget")).rejects.toMatchObject({
      code: "42501",
    });
  });
});
