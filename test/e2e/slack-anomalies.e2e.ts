import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { getFinding } from "#core/anomalies/service.ts";
import { listLiveBudgets, setBudget } from "#core/budgets/service.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { openFinding } from "#test/anomalies/open-finding.ts";
import { type Acme, brainOf, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { type InstalledApp, installApp } from "#test/slack/installed-app.ts";

const database = useDatabase();
let acme: Acme;
let app: InstalledApp;
let ana: string;
let jo: string;
let id: number;
let joIs = "u1";

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme-anomalies" });
  app = await installApp({
    brain: brainOf(database.pool),
    resolveOrg: async () => acme.orgId,
    // Ana answers for payments, Jo holds no role unless a test says so.
    async resolveAsker({ account }) {
      const who = account.endsWith(ana) ? "ada" : joIs;
      return { personId: acme.people.get(who), operator: false, account };
    },
  });
  ana = app.slack.userIds.ana ?? "";
  jo = app.slack.userIds.jo ?? "";
});
afterAll(() => app.close());
beforeEach(async () => {
  app.forget();
  await database.owner.query("truncate finding_suppression, finding, outbox restart identity");
  id = await openFinding(database.pool, acme);
});

const said = () => JSON.stringify(app.slack.responses.map((response) => response.message));
const state = async () => (await getFinding(database.pool, acme.orgId, id)).state;

async function press(user: string, verb: string, token: string): Promise<void> {
  await app.interaction({
    type: "block_actions",
    user: { id: user, team_id: "T000000001" },
    team: { id: "T000000001" },
    trigger_id: randomUUID(),
    container: { type: "message", channel_id: app.slack.channelIds.payments, is_ephemeral: true },
    channel: { id: app.slack.channelIds.payments, name: "payments" },
    response_url: app.slack.responseUrl("press"),
    actions: [
      {
        type: "button",
        action_id: "press.1",
        block_id: "b",
        value: JSON.stringify([verb, token]),
        action_ts: "1",
      },
    ],
  });
}

describe("a finding in Slack", () => {
  it("is listed and shown with its chart and its buttons", async () => {
    await app.command("anomalies");
    await app.command(`anomaly ${id}`);
    await app.settled();
    expect(app.logged).toEqual([]);
    expect(said()).toContain("checkout-agent: +$38 an hour");
    for (const label of ["I'm on it", "Snooze 4 h", "Expected..."]) expect(said()).toContain(label);
  });

  it("is taken on by one press; a second one is told so", async () => {
    await press(ana, "finding_acknowledge", String(id));
    await app.settled();
    expect(await state()).toBe("acknowledged");
    app.forget();
    await press(ana, "finding_acknowledge", String(id));
    await app.settled();
    expect(said()).toContain("Your press changed nothing, it is ACKNOWLEDGED");
  });

  it("is left alone by who may not, and pressed at the same moment changes once", async () => {
    await press(jo, "finding_snooze", `${id}|240`);
    await app.settled();
    expect(said()).toContain("may not snooze the finding");
    expect(await state()).toBe("open");
    await Promise.all([1, 2].map(() => press(ana, "finding_snooze", `${id}|240`)));
    await app.settled();
    expect(await state()).toBe("snoozed");
    expect((await getFinding(database.pool, acme.orgId, id)).edits).toBe(1);
  });

  it("pressed by two people at the same moment is one's, and the other is told whose", async () => {
    joIs = "grace";
    await Promise.all([ana, jo].map((user) => press(user, "finding_acknowledge", String(id))));
    await app.settled();
    joIs = "u1";
    const finding = await getFinding(database.pool, acme.orgId, id);
    expect([finding.state, finding.edits]).toEqual(["acknowledged", 1]);
    const told = app.slack.responses.map(({ message }) => JSON.stringify(message));
    expect(told.filter((one) => one.includes("Your press changed nothing"))).toHaveLength(1);
  });

  it("pressed after it is over changes nothing and says so", async () => {
    await press(ana, "finding_resolve", `${id}|fixed`);
    await app.settled();
    app.forget();
    await press(ana, "finding_snooze", `${id}|240`);
    await app.settled();
    expect(said()).toContain("Your press changed nothing, it is RESOLVED");
    expect(await state()).toBe("resolved");
  });
});

describe("a budget that waits for a second approver, in Slack", () => {
  it("is decided once by who may, whoever presses beside them, and too late says how it went", async () => {
    const subject = { kind: "scope", id: acme.scopes.get("payments") ?? -1 } as const;
    const asked = (amount: bigint) =>
      setBudget(database.pool, {
        orgId: acme.orgId,
        slot: { subject, kind: "budget", period: "month", unit: "usd" },
        amount: amount * NANO_PER_USD,
        reason: "growth",
        seen: undefined,
        by: { personId: personId(acme, "fin"), actorAccount: "slack:T1:fin", surface: "slack" },
        now: NOW,
      });
    const old = String((await asked(60_000n)).budget.id);
    const token = String((await asked(70_000n)).budget.id);
    joIs = "gov";
    await press(jo, "budget_approve", old);
    await app.settled();
    expect(said()).toContain("were withdrawn: another amount was asked for since");
    app.forget();
    await Promise.all([press(ana, "budget_approve", token), press(jo, "budget_approve", token)]);
    await app.settled();
    expect(said()).toContain("may not");
    await press(jo, "budget_decline", token);
    await app.settled();
    expect(said()).toContain("was approved by");
    joIs = "u1";
    const live = await listLiveBudgets(database.pool, acme.orgId);
    expect(live.map(({ amount }) => amount)).toEqual([70_000n * NANO_PER_USD]);
  });
});
