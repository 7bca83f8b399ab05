import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { monthlyReview } from "#apps/worker/jobs/monthly-review.ts";
import { setBudget } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import { verifyLedger } from "#core/ledger/verify.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { parseDay } from "#core/time.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  personId,
  presser,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let brain: Brain;
let press: ReturnType<typeof presser>;
let ask: ReturnType<typeof asker>;
const job = monthlyReview({ mailed: false });
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const OCTOBER = { start: parseDay("2026-10-01"), end: parseDay("2026-11-01") };
const FIRST = "2026-11-02T08:00:00Z";

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  brain = brainOf(database.pool);
  press = presser(brain, acme);
  ask = asker(brain, acme);
  await fillAcme(database.pool, acme);
  for (const who of ["ada", "fin", "grace", "gov"]) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', $2, $3, 'operator', now())`,
      [acme.orgId, `U-${who}`, personId(acme, who)],
    );
  }
  await setBudget(database.pool, {
    orgId: acme.orgId,
    slot: {
      subject: { kind: "scope", id: scope("payments") },
      kind: "budget",
      period: "month",
      unit: "usd",
    },
    amount: 1_500n * NANO_PER_USD,
    reason: "a test",
    seen: undefined,
    by: { personId: personId(acme, "fin") },
    now: new Date("2026-09-02T08:00:00Z"),
  });
}, 60_000);
beforeEach(async () => {
  for (const table of ["outbox", "review_reader", "review"]) {
    await database.owner.query(`delete from ${table}`);
  }
});

function scope(path: string): number {
  return acme.scopes.get(path) ?? -1;
}

async function run(part: "send" | "remind", at = FIRST, of = acme): Promise<void> {
  const now = new Date(at);
  await transaction(database.pool, (tx) =>
    job.run({
      pool: database.pool,
      tx,
      orgId: of.orgId,
      timeZone: "Europe/Berlin",
      scope: part,
      slot: now,
      now,
      attempt: 1,
      log,
    }),
  );
}

async function owed(of = acme): Promise<string[]> {
  const names = new Map([...of.people].map(([key, id]) => [`person:${id}`, key]));
  const { rows } = await database.owner.query<{ to: string; surface: string; title: string }>(
    `with gone as (delete from outbox where org_id = $1 returning *)
     select destination as to, surface, body ->> 'title' as title from gone order by id`,
    [of.orgId],
  );
  return rows.map(({ to, surface, title }) => `${surface} ${names.get(to)}: ${title}`).sort();
}

describe("the monthly review", () => {
  it("goes to every Accountable of the organisation and to the owners of teams, once", async () => {
    await run("send");
    await run("send");
    const said = await owed();
    expect(said.map((line) => line.split(":")[0])).toEqual([
      "slack ada",
      "slack fin",
      "slack gov",
      "slack grace",
    ]);
    expect(said[0]).toMatch(/Acme, review of October: \$/);
  });

  it("says the budget's variance, and offers what to decide", async () => {
    // Nothing is owed of a review that was not sent.
    const unsent = await ask("fin", "review 2026-10");
    expect(unsent.actions.map(({ label }) => label)).not.toContain("Acknowledge");
    await run("send");
    const answer = await ask("fin", "review 2026-10");
    expect(answer.notes).toContainEqual(
      expect.stringMatching(/^Budget variance: 1 of 1 budgets over by more than 5%; \d without/),
    );
    expect(answer.notes).toContainEqual(expect.stringMatching(/^Unattributed spend: \$/));
    expect(answer.notes).toContainEqual(expect.stringMatching(/^Ownerless: /));
    const labels = answer.actions.map(({ label }) => label);
    expect(labels[0]).toBe("Acknowledge");
    const budget = /^Budget of payments: \$[\d,]+ a month\.\.\.$/;
    expect(labels).toContainEqual(expect.stringMatching(budget));
    expect(labels).toContainEqual(expect.stringMatching(/^Claim key 7f3a9c2e41d8, \$/));
  });

  it("shows the owner of a team that team alone, without inventory and maturity", async () => {
    const answer = await ask("ada", "review 2026-10");
    expect(answer.notes.join("\n")).not.toMatch(/Ownerless|Maturity/);
    expect(answer.details.join("\n")).not.toMatch(/^search/m);
  });

  it("is refused to others, in rooms, and for a month that is not over", async () => {
    expect((await ask("u1", "review 2026-10")).state).toBe("refused");
    expect((await ask("fin", "review 2026-10", { kind: "room" })).state).toBe("refused");
    expect((await ask("fin", "review this month")).sentence).toMatch(/not over yet/);
  });

  it("without a month is of the last one that is over", async () => {
    expect((await ask("fin", "review")).command).toBe("review 2026-10");
    expect((await ask("fin", "review 2026-08")).sentence).toMatch(
      /^Nothing was recorded for Acme in August, /,
    );
  });

  it("is of its own organisation", async () => {
    await run("send", FIRST, other);
    expect(await owed()).toEqual([]);
    expect(await owed(other)).toEqual([]);
  });
});

describe("its acknowledgement", () => {
  it("is each owner's own, done once, and audited", async () => {
    await run("send");
    const [first, second] = await Promise.all([
      press("fin", "review_ack", "2026-10"),
      press("fin", "review_ack", "2026-10"),
    ]);
    const said = [first?.sentence, second?.sentence].sort();
    expect(said[0]).toMatch(/^You acknowledged the review of October; 4 owners have not yet/);
    expect(said[1]).toMatch(/^You had acknowledged/);
    const { rows } = await database.owner.query(
      "select 1 from audit_entry where org_id = $1 and action = 'review.acknowledged'",
      [acme.orgId],
    );
    expect(rows).toHaveLength(1);
  });

  it("is refused to whom it is not owed, and for a token that is none", async () => {
    await run("send");
    expect((await press("u1", "review_ack", "2026-10")).state).toBe("refused");
    expect((await press("fin", "review_ack", "2026-09")).state).toBe("refused");
    expect((await press("fin", "review_ack", "2026-13")).state).not.toBe("ok");
  });

  it("is asked for once more, and who never gave it is in the next review", async () => {
    await run("send");
    await press("fin", "review_ack", "2026-10");
    await owed();
    await run("remind", "2026-11-09T08:00:00Z");
    await run("remind", "2026-11-09T08:00:00Z");
    const reminded = await owed();
    expect(reminded.map((line) => line.split(":")[0])).toEqual([
      "slack ada",
      "slack gov",
      "slack grace",
    ]);
    await run("send", "2026-12-01T08:00:00Z");
    const { rows } = await database.owner.query<{ body: { notes: string[] } }>(
      "select body from outbox where destination = $1",
      [`person:${personId(acme, "fin")}`],
    );
    expect(rows[0]?.body.notes).toContainEqual(
      expect.stringMatching(
        /^Not acknowledged: The review of October was not acknowledged by .*Grace Hopper/,
      ),
    );
  });
});

describe("claiming spend in it", () => {
  const key = "7f3a9c2e41d85b6f7f3a9c2e41d85b6f7f3a9c2e41d85b6f7f3a9c2e41d85b6f";
  const token = `2026-10-01:2026-11-01:${key}`;

  it("is for the R or A of the receiving scope, and books it there once", async () => {
    expect((await press("fin", "claim_key", token, { scope: "payments" })).state).toBe("refused");
    const none = { teamId: 0 };
    const before = await spendTotal(database.pool, acme.orgId, none, OCTOBER);
    const both = await Promise.all([
      press("ada", "claim_key", token, { scope: "payments" }),
      press("ada", "claim_key", token, { scope: "payments" }),
    ]);
    expect(both.map(({ title }) => title).sort()).toEqual([
      "key 7f3a9c2e41d8: booked to payments",
      "key 7f3a9c2e41d8: nothing to claim",
    ]);
    const after = await spendTotal(database.pool, acme.orgId, none, OCTOBER);
    expect(after.cost).toBeLessThan(before.cost);
    expect((await verifyLedger(database.pool, acme.orgId)).difference).toBeUndefined();
  });

  it("refuses what is no claim", async () => {
    for (const bad of ["", "x:y:z", `2026-10-01:2027-11-01:${key}`, "2026-10-01:2026-11-01:"]) {
      expect((await press("ada", "claim_key", bad, { scope: "payments" })).state).not.toBe("ok");
    }
    const missing = await press("ada", "claim_key", token, { scope: "nowhere" });
    expect(missing.state).not.toBe("ok");
  });
});
