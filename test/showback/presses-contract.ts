import { expect, test } from "vitest";
import { subjectToken } from "#apps/chat/budgets/set-token.ts";
import { listLiveBudgets, setBudget } from "#core/budgets/service.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { type Acme, asker, brainOf, fillAcme, makeAcme, NOW, personId } from "#test/chat/acme.ts";
import type { TestDatabase } from "#test/database/clone.ts";

/** One of two seats at a surface, taken by one of Acme's people; what it was told comes back as text. */
export interface Seats {
  /** Presses in the order given, all before any is answered; one text of what was said to all. */
  press(...presses: readonly SeatPress[]): Promise<string>;
  /** Sends the form of a modal or dialog, filled in. */
  submit(...presses: readonly SeatPress[]): Promise<string>;
}

export interface SeatPress {
  readonly who: string;
  readonly verb: string;
  readonly token: string;
  readonly values?: Readonly<Record<string, string>>;
}

export interface PressesWorld {
  acme: Acme;
  other: Acme;
}

/** Acme with spend, a showback of every week, a review that is owed, and a namesake beside it. */
export async function makePressesWorld(database: TestDatabase): Promise<PressesWorld> {
  const acme = await makeAcme(database.owner, { key: "acme-presses" });
  const other = await makeAcme(database.owner, { key: "other-presses" });
  for (const one of [acme, other]) {
    await fillAcme(database.pool, one);
    await database.owner.query(
      `insert into function_holder (org_id, scope_id, function, position, person_id)
       values ($1, $2, 'engineering', 1, $3)`,
      [one.orgId, one.scopes.get("search"), personId(one, "sam")],
    );
    await database.owner.query(
      `insert into showback_sent (org_id, scope_id, period_start, period_end, cost, sent_at)
       select $1, $2, d::date, d::date + 7, 0, now()
       from generate_series('2026-08-17'::date, '2026-11-09'::date, interval '7 days') d`,
      [one.orgId, one.scopes.get("payments")],
    );
    await database.owner.query(
      `insert into review (org_id, month, created_at) values ($1, '2026-10-01', now())`,
      [one.orgId],
    );
    for (const who of ["fin", "grace"]) {
      await database.owner.query(
        `insert into review_reader (org_id, month, person_id, breadth)
         values ($1, '2026-10-01', $2, 'organisation')`,
        [one.orgId, personId(one, who)],
      );
    }
  }
  return { acme, other };
}

function times(text: string, said: string): number {
  return text.split(said).length - 1;
}

interface Setting extends PressesWorld {
  readonly database: TestDatabase;
  readonly seats: Seats;
}

function scopeOf({ acme }: PressesWorld, path: string): number {
  return acme.scopes.get(path) ?? -1;
}

/** How many rows "TABLE where org_id = $1 ..." gives. */
async function count({ database }: Setting, of: Acme, sql: string): Promise<number> {
  return (await database.owner.query(`select 1 from ${sql}`, [of.orgId])).rows.length;
}

async function testReview(setting: Setting): Promise<void> {
  const { acme, other, seats } = setting;
  const ack = (who: string, token = "2026-10") => ({ who, verb: "review_ack", token });
  const acknowledged = "audit_entry where org_id = $1 and action = 'review.acknowledged'";
  const wrong = await seats.press(ack("u1"));
  expect(times(wrong, "You acknowledged")).toBe(0);
  const both = await seats.press(ack("fin"), ack("grace"));
  expect(times(both, "You acknowledged the review of October")).toBeGreaterThanOrEqual(2);
  const again = await seats.press(ack("fin"));
  expect(again).toContain("You had acknowledged");
  const early = await seats.press(ack("fin", "2026-09"));
  expect(early).not.toContain("acknowledged the review of September");
  expect(await count(setting, acme, acknowledged)).toBe(2);
  expect(await count(setting, other, acknowledged)).toBe(0);
}

async function testNotOurs(setting: Setting): Promise<void> {
  const { acme, database, other, seats } = setting;
  const [project, agent] = ["search/ranker", "search/ranker/crawler"] as const;
  const line = `${scopeOf(setting, project)}:${scopeOf(setting, agent)}:0`;
  const raise = (who: string) => ({
    who,
    verb: "not_ours",
    token: `${scopeOf(setting, "search")}:2026-11-09:2026-11-16`,
    values: { line, reason: "a test of payments" },
  });
  const disputes = "spend_dispute where org_id = $1";
  await seats.submit(raise("u1"));
  expect(await count(setting, acme, disputes)).toBe(0);
  await seats.submit(raise("sam"), raise("grace"));
  expect(await count(setting, acme, disputes)).toBe(1);
  const { rows } = await database.owner.query<{ id: number }>(
    `update spend_dispute set state = 'asked', asked_scope_id = $2 where org_id = $1
     returning id`,
    [acme.orgId, scopeOf(setting, "payments")],
  );
  const accept = (who: string) => ({
    who,
    verb: "dispute_accept",
    token: `${rows[0]?.id}:${scopeOf(setting, "payments")}`,
  });
  expect(await seats.press(accept("sam"))).toContain("may not");
  const both = await seats.press(accept("ada"), accept("grace"));
  expect(both).toContain("booked to payments");
  expect(both).toContain("decided already");
  expect(await seats.press(accept("ada"))).toContain("decided already");
  const booked = "audit_entry where org_id = $1 and action = 'spend.dispute_accepted'";
  expect(await count(setting, acme, booked)).toBe(1);
  expect(await count(setting, other, booked)).toBe(0);
  await database.owner.query(
    "update spend_dispute set state = 'asked', expires_at = '2026-11-01' where org_id = $1",
    [acme.orgId],
  );
  expect(await seats.press(accept("grace"))).toContain("too late");
}

async function testChargeback(setting: Setting): Promise<void> {
  const { acme, database, other, seats } = setting;
  const said = "chargeback payments on because external billing";
  await asker(brainOf(database.pool), acme)("ada", said);
  const { rows } = await database.owner.query<{ id: number }>(
    "select id from chargeback where org_id = $1",
    [acme.orgId],
  );
  const decide = (who: string, verb: string) => ({ who, verb, token: `${rows[0]?.id}` });
  const both = await seats.press(
    decide("ada", "chargeback_approve"),
    decide("fin", "chargeback_approve"),
  );
  expect(both).toContain("may not");
  expect(both).toContain("chargeback on");
  expect(await seats.press(decide("fin", "chargeback_approve"))).toContain("already");
  expect(await seats.press(decide("fin", "chargeback_decline"))).toContain("already");
  expect(await count(setting, acme, "chargeback where org_id = $1 and state = 'on'")).toBe(1);
  expect(await count(setting, other, "chargeback where org_id = $1")).toBe(0);
}

async function testAlertBudget(setting: Setting): Promise<void> {
  const { acme, database, other, seats } = setting;
  const at = { kind: "budget", period: "month", unit: "usd" } as const;
  const set = (path: string, dollars: bigint, who: string) =>
    setBudget(database.pool, {
      orgId: acme.orgId,
      slot: { subject: { kind: "scope", id: scopeOf(setting, path) }, ...at },
      amount: dollars * NANO_PER_USD,
      reason: "a test",
      seen: undefined,
      by: { personId: personId(acme, who) },
      now: NOW,
    });
  await set("payments", 12_000n, "fin");
  const { budget } = await set("payments/disputes", 3_000n, "ada");
  const change = (who: string, amount: string) => ({
    who,
    verb: "budget_set",
    token: subjectToken(budget.subject, [budget]),
    values: { amount, period: "month", unit: "usd", reason: "what the alert says" },
  });
  expect(await seats.submit(change("u1", "9000"))).toContain("may not set the budget");
  const both = await seats.submit(change("ada", "4000"), change("grace", "5000"));
  const live = async () =>
    (await listLiveBudgets(database.pool, acme.orgId)).filter(
      ({ subject }) => subject.id === scopeOf(setting, "payments/disputes"),
    );
  const [stands] = await live();
  const won = (stands?.amount ?? 0n) / NANO_PER_USD;
  expect([4_000n, 5_000n]).toContain(won);
  expect(both).toContain(`set to $${won === 4_000n ? "4,000" : "5,000"} since`);
  expect(await seats.submit(change("ada", "6000"))).toContain("since");
  expect((await live()).map(({ id }) => id)).toEqual([stands?.id]);
  expect(await listLiveBudgets(database.pool, other.orgId)).toEqual([]);
}

/** What every surface must hold of the buttons of reviews, showbacks, chargebacks and alerts. */
export function testPresses(settingOf: () => Setting): void {
  test("a review is acknowledged by each owner once, and by nobody to whom it is not owed", () =>
    testReview(settingOf()));

  test("a line that is not ours is raised once, and booked once by whoever it belongs to", () =>
    testNotOurs(settingOf()));

  test("a chargeback is decided by the Accountable alone, once, and stays decided", () =>
    testChargeback(settingOf()));

  test("the budget behind an alert is changed once, by who may, from what they saw", () =>
    testAlertBudget(settingOf()));
}
