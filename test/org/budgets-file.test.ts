import { describe, expect, it } from "vitest";
import { auditChange } from "#core/audit/about.ts";
import { readAudit } from "#core/audit/service.ts";
import { putCap } from "#core/budgets/caps.ts";
import { listBudgets, listLiveBudgets, setBudget } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { loadDirectory } from "#core/org/directory.ts";
import { exportOrganisation, planFile } from "#core/org/service.ts";
import { findKpiTargets, findWorkflowTargets } from "#core/org/target.ts";
import { useDatabase } from "#test/database/clone.ts";
import { apply, edited, exampleOf, fileOf, NOW } from "./organisation.ts";

const database = useDatabase();
const LATER = new Date("2026-11-23T14:02:00Z");

const BUDGETS = `
budgets:
  - amount: 50000
    period: quarter
  - scope: payments
    amount: 12000
    alerts: [60, 90]
    reason: The annual plan
  - scope: payments/disputes/refund-agent
    amount: "50.50"
    period: day
    cap: hard
  - workflow: "Support: copilot"
    amount: 1500000
    unit: tokens
  - product: checkout
    amount: 800
`;
const TARGETS = `
targets:
  attribution_coverage: 97.5
  workflows:
    - workflow: refunds
      outcome: resolved dispute
      cost_per_outcome: 0.40
      human_baseline: 6
`;
const withBudgets = (key: string) => exampleOf(key) + BUDGETS + TARGETS;

async function scopeOf(orgId: number, key: string): Promise<number> {
  const { scopes } = await loadDirectory(database.pool, orgId);
  return [...scopes.values()].find((one) => one.key === key)?.id ?? -1;
}

async function setInChat(orgId: number, dollars: bigint): Promise<void> {
  const { peopleByName } = await loadDirectory(database.pool, orgId);
  const subject = { kind: "scope" as const, id: await scopeOf(orgId, "payments") };
  const [live] = await listBudgets(database.pool, orgId, subject);
  await setBudget(database.pool, {
    orgId,
    slot: { subject, kind: "budget", period: "month", unit: "usd" },
    amount: dollars * NANO_PER_USD,
    reason: "we agreed",
    seen: live?.id,
    by: { personId: peopleByName.get("ana") ?? -1 },
    now: LATER,
  });
}

describe("budgets: in aispend.yaml", () => {
  it("is planned in words, applied, audited, exported, and then there is nothing to do", async () => {
    const base = exampleOf("budgeted");
    const { orgId } = await apply(database.pool, base);
    const { orgId: other } = await apply(database.pool, exampleOf("unbudgeted"));
    const text = withBudgets("budgeted");
    const { lines } = await planFile(database.pool, fileOf(text), NOW);
    expect(lines.filter((line) => line.includes("budget a") || line.includes("cap a"))).toEqual([
      "+ budget a quarter of the organisation: $50000, alerts at 50, 80, 100%",
      "+ budget a month of payments: $12000, alerts at 60, 90%",
      "+ cap a day of payments/disputes/refund-agent: hard, $50.5, alerts at 80, 95%",
      "+ budget a month in tokens of workflow Support: copilot: 1500000 tokens, alerts at 50, " +
        "80, 100%",
      "+ budget a month of product checkout: $800, alerts at 50, 80, 100%",
    ]);
    await apply(database.pool, text);
    const live = await listLiveBudgets(database.pool, orgId);
    expect(live.map(({ amount, origin, setBy }) => ({ amount, origin, setBy }))).toEqual(
      [50_000n, 12_000n]
        .map((one) => ({ amount: one * NANO_PER_USD, origin: "file" }))
        .concat([
          { amount: 50_500_000_000n, origin: "file" },
          { amount: 1_500_000n, origin: "file" },
          { amount: 800n * NANO_PER_USD, origin: "file" },
        ]),
    );
    expect(await listLiveBudgets(database.pool, other)).toEqual([]);
    const exported = await exportOrganisation(database.pool, orgId);
    expect(exported).toContain('- workflow: "Support: copilot"\n    amount: 1500000\n');
    expect((await planFile(database.pool, fileOf(exported), LATER)).plan.changes).toEqual([]);
    const actions = new Map<string, string>();
    const said: string[] = [];
    for await (const one of readAudit(database.pool, orgId)) {
      actions.set(one.action, one.subject);
      if (one.action === "budget.added") said.push(auditChange(one));
    }
    // The log holds one unit, whether a budget came from the file or from chat.
    expect(said).toEqual(
      expect.arrayContaining([
        expect.stringContaining("amount $12,000.00; kind budget; period month; reason The annual"),
        expect.stringContaining("amount $50.50; enforcement hard; kind cap; period day"),
        expect.stringContaining("amount 1500000 tokens; kind budget; period month"),
      ]),
    );
    expect(actions.has("budget.added")).toBe(true);
    expect(actions.get("target.added")).toBe("target:workflow:refunds");
  });

  it("asks before it overwrites what was set in chat, and keeps or replaces it as told", async () => {
    const text = withBudgets("contested");
    const { orgId } = await apply(database.pool, text);
    await setInChat(orgId, 14_000n);
    const { lines } = await planFile(database.pool, fileOf(text), LATER);
    expect(lines).toEqual([
      "Nothing else to change in contested; 1 value last set in chat: --take file or --take chat.",
      "! budget a month of payments: $14000, alerts at 60, 90% since 2026-11-23 14:02 UTC, set " +
        "in chat by Ana Ruiz; the file says $12000, alerts at 60, 90%",
    ]);
    await expect(apply(database.pool, text)).rejects.toMatchObject({ code: "chat_values_differ" });
    await apply(database.pool, text, { take: "chat", now: LATER });
    expect((await planFile(database.pool, fileOf(text), LATER)).plan.conflicts).toEqual([]);
    await setInChat(orgId, 15_000n);
    await apply(database.pool, text, { take: "file", now: LATER });
    const subject = { kind: "scope" as const, id: await scopeOf(orgId, "payments") };
    const [live] = await listBudgets(database.pool, orgId, subject);
    expect(live).toMatchObject({ amount: 12_000n * NANO_PER_USD, origin: "file" });
  });

  it("asks as well before it takes a cap away that somebody set in chat", async () => {
    const { orgId } = await apply(database.pool, exampleOf("capped"));
    const { peopleByName } = await loadDirectory(database.pool, orgId);
    const subject = { kind: "scope" as const, id: await scopeOf(orgId, "refund-agent") };
    await transaction(database.pool, (tx) =>
      putCap(tx, {
        orgId,
        subject,
        period: "day",
        amount: 75n * NANO_PER_USD,
        enforcement: "hard",
        timeZone: "Europe/Berlin",
        reason: "a busy week",
        by: { actor: peopleByName.get("ana") ?? -1 },
        now: LATER,
      }),
    );
    const text = `${exampleOf("capped")}budgets:\n  - { scope: payments, amount: 10 }\n`;
    const { lines } = await planFile(database.pool, fileOf(text), LATER);
    expect(lines[2]).toBe(
      "! cap a day of payments/disputes/refund-agent: there since 2026-11-23 14:02 UTC, set in " +
        "chat by Ana Ruiz; the file says nothing of it",
    );
  });

  it("leaves budgets to chat where the file has no word of them, and ends them with their scope", async () => {
    const base = exampleOf("silent");
    const { orgId } = await apply(database.pool, base);
    await setInChat(orgId, 9_000n);
    expect((await planFile(database.pool, fileOf(base), LATER)).lines).toEqual([
      "Nothing to change: silent is as the file says.",
    ]);
    const start = base.indexOf("  - key: payments\n");
    const without = base.slice(0, start) + base.slice(base.indexOf("  - key: search\n"));
    const cut = edited(
      without,
      ["    projects: [payments/checkout, payments/disputes]\n", ""],
      ["    projects:\n      - id: proj_disputes\n        scope: payments/disputes\n", ""],
      ["    scope: payments/disputes/refund-agent\n", ""],
      ["    scope: payments/disputes\n", "    scope: search\n"],
    );
    await apply(database.pool, cut, { now: LATER });
    expect(await listLiveBudgets(database.pool, orgId)).toEqual([]);
  });

  it("names each fault with its line and what would be right", async () => {
    const bad = `${exampleOf("faulty")}
budgets:
  - scope: paymets
    amount: 10
  - scope: payments
    workflow: refunds
    amount: 10
  - workflow: refunds
    amount: 10
    cap: hard
  - scope: search
    amount: 10.5
    unit: tokens
  - scope: search
    amount: 1000000
    unit: tokens
    cap: hard
  - scope: search
    amount: 10
    alerts: [80, 50]
  - scope: search
    amount: 11
`;
    const failing = apply(database.pool, bad);
    await expect(failing).rejects.toMatchObject({ code: "organisation_file_invalid" });
    const text = await failing.catch((error: Error) => error.message);
    for (const said of [
      "no team 'paymets'. Did you mean payments",
      "a budget is for one thing. Name one: scope, workflow or product.",
      "a cap is kept for scopes and keys, which a caller cannot leave out.",
      "a cap is kept in dollars: a token of one model costs 100 of another.",
      "10.5 is no amount.",
      "alerts do not ascend.",
      "the 'budget a month of search' is there twice",
    ]) {
      expect(text).toContain(said);
    }
  });

  it("sets targets, which without the file are the product's own", async () => {
    const { orgId } = await apply(database.pool, withBudgets("aimed"));
    const { orgId: other } = await apply(database.pool, exampleOf("unaimed"));
    expect(await findKpiTargets(database.pool, orgId)).toMatchObject({
      attributionCoverage: 97.5,
      forecastAccuracy: 10,
    });
    expect(await findKpiTargets(database.pool, other)).toMatchObject({ attributionCoverage: 95 });
    expect((await findWorkflowTargets(database.pool, orgId)).get("refunds")).toMatchObject({
      outcome: "resolved dispute",
      costPerOutcome: 400_000_000n,
      humanBaseline: 6n * NANO_PER_USD,
    });
    await apply(database.pool, exampleOf("aimed") + BUDGETS, { now: LATER });
    expect((await findWorkflowTargets(database.pool, orgId)).size).toBe(0);
  });
});
