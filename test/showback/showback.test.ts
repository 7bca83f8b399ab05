import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { showback } from "#apps/worker/jobs/showback.ts";
import { recordFinding } from "#core/anomalies/service.ts";
import { setBudget } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { setChannel } from "#core/org/channel.ts";
import { REPORT_TIMES } from "#core/org/words.ts";
import { nextSlot } from "#core/schedule/schedule.ts";
import { showbackPeriod, showbackSchedule } from "#core/showback/times.ts";
import { parseDay } from "#core/time.ts";
import {
  type Acme,
  asker,
  brainOf,
  fillAcme,
  makeAcme,
  NOW,
  personId,
  presser,
} from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;
let brain: Brain;
let ask: ReturnType<typeof asker>;

const MONDAY = new Date("2026-11-23T08:00:00Z");
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  brain = brainOf(database.pool);
  ask = asker(brain, acme);
  await fillAcme(database.pool, acme);
  await channel(acme, "payments", "C0PAYMENTS");
  await setBudget(database.pool, {
    orgId: acme.orgId,
    slot: {
      subject: { kind: "scope", id: scope("payments") },
      kind: "budget",
      period: "month",
      unit: "usd",
    },
    amount: 4_000n * NANO_PER_USD,
    reason: "a test",
    seen: undefined,
    by: { personId: personId(acme, "fin") },
    now: NOW,
  });
});
beforeEach(async () => {
  for (const table of ["outbox", "showback_sent", "showback_choice"]) {
    await database.owner.query(`delete from ${table}`);
  }
});

function scope(path: string, of = acme): number {
  return of.scopes.get(path) ?? -1;
}

async function channel(of: Acme, path: string, destination: string): Promise<void> {
  await setChannel(database.pool, {
    orgId: of.orgId,
    scopeId: scope(path, of),
    kind: "any",
    to: { surface: "slack", destination },
    by: { personId: personId(of, "grace") },
    now: NOW,
  });
}

async function run(scopeId: number, slot = MONDAY, of = acme): Promise<void> {
  await transaction(database.pool, (tx) =>
    showback.run({
      pool: database.pool,
      tx,
      orgId: of.orgId,
      timeZone: "Europe/Berlin",
      scope: String(scopeId),
      slot,
      now: new Date(slot.getTime() + 60_000),
      attempt: 1,
      log,
    }),
  );
}

interface Owed {
  readonly destination: string;
  readonly placement: string;
  readonly urgency: string;
  readonly body: {
    sentence: string;
    notes: string[];
    actions: { label: string }[];
    table?: { rows: string[][] };
  };
}

async function owed(of = acme): Promise<Owed[]> {
  const { rows } = await database.owner.query<Owed>(
    `select destination, placement, urgency, body from outbox where org_id = $1 order by id`,
    [of.orgId],
  );
  return rows;
}

const zone = { orgId: 0, timeZone: "Europe/Berlin" };

describe("the weekly showback", () => {
  it("is due for every scope with a channel of its own", async () => {
    const due = await showback.scopes?.(database.pool, { ...zone, orgId: acme.orgId });
    expect(due).toEqual([
      { scope: String(scope("payments")), schedule: { every: "week", weekday: 1, at: "09:00" } },
    ]);
    expect(await showback.scopes?.(database.pool, { ...zone, orgId: other.orgId })).toEqual([]);
  });

  it("tells the room the week: total and change, why, month, top, cache, a lever, the owner", async () => {
    await run(scope("payments"));
    const [lead, thread, ...more] = await owed();
    expect(more).toEqual([]);
    expect(lead).toMatchObject({ destination: "C0PAYMENTS", placement: "post", urgency: "report" });
    expect(lead?.body.sentence).toBe("payments, 16-22 Nov: $655, up $25.08 (4%) on 9-15 Nov");
    expect(lead?.body.notes).toEqual([
      expect.stringMatching(/^Why: \+\$/),
      expect.stringMatching(/^Month: \$[\d,]+ of \$4,000 \(\d+%\), 73% of November gone; likely/),
      expect.stringMatching(/^Top projects: checkout-web \$/),
      expect.stringMatching(/^Cache: [\d.]+% of input read from it, [\d.]+% before$/),
      expect.stringMatching(/^Try: bring checkout-agent's input back to/),
      "Owner: Ada Byron",
    ]);
    expect(thread).toMatchObject({ destination: "C0PAYMENTS", placement: "thread" });
    expect(thread?.body.table?.rows[0]?.[0]).toBe("checkout-agent");
  });

  it("stays under ten lines, its first and its source included", async () => {
    await run(scope("payments"));
    const [lead] = await owed();
    expect((lead?.body.notes.length ?? 99) + 2).toBeLessThan(10);
  });

  it("names no person but the owner, and no customer", async () => {
    await run(scope("payments"));
    const said = JSON.stringify(await owed());
    expect(said).not.toMatch(/globex|initech|User One|ada@/i);
  });

  it("is sent once, however often its slot runs, and by two workers at the same moment", async () => {
    await Promise.all([run(scope("payments")), run(scope("payments"))]);
    await run(scope("payments"));
    expect(await owed()).toHaveLength(2);
  });

  it("tells the week of its slot when it runs late, and says nothing of a silent team", async () => {
    await run(scope("payments"), new Date("2026-11-16T08:00:00Z"));
    expect((await owed())[0]?.body.sentence).toMatch(/^payments, 9-15 Nov: /);
    await database.owner.query("delete from outbox");
    await channel(acme, "search", "C0SEARCHING");
    await run(scope("search"), new Date("2026-08-24T08:00:00Z"));
    expect(await owed()).toEqual([]);
    await database.owner.query("delete from scope_channel where destination = 'C0SEARCHING'");
  });

  it("tells what was launched in the week with a button for a budget, and no other week's", async () => {
    const agent = scope("payments/checkout-web/checkout-agent");
    const launch = (since: string) =>
      transaction(database.pool, (tx) =>
        recordFinding(tx, {
          orgId: acme.orgId,
          class: "launch",
          subject: { kind: "scope", key: String(agent) },
          scopeId: agent,
          since: new Date(since),
          // It goes on when the showback is written.
          seenAt: new Date("2026-11-23T06:00:00Z"),
          excess: 0n,
          rate: 0n,
          evidence: {},
          push: false,
          now: MONDAY,
        }),
      );
    await launch("2026-11-18T10:00:00Z");
    await run(scope("payments"));
    const [, thread] = await owed();
    expect(thread?.body.notes).toContain(
      "Launched: checkout-agent has more callers and more calls alike.",
    );
    expect(thread?.body.actions).toMatchObject([
      { label: "Budget checkout-agent...", form: "budget_set" },
    ]);
    await database.owner.query("delete from outbox");
    await run(scope("payments"), new Date("2026-11-16T08:00:00Z"));
    expect((await owed())[1]?.body.notes.join()).not.toMatch(/Launched/);
    await database.owner.query("delete from finding");
  });

  it("keeps organisations of the same names apart", async () => {
    await channel(other, "payments", "C0OTHERONE");
    await run(scope("payments", other), MONDAY, other);
    expect(await owed(other)).toEqual([]);
    expect(await owed()).toEqual([]);
  });
});

describe("how often it comes", () => {
  const press = (who: string, token: string) =>
    presser(brain, acme)(who, "showback_cadence", token);
  const audits = async () => {
    const { rows } = await database.owner.query<{ count: string }>(
      "select count(*) from audit_entry where org_id = $1 and action = 'showback.chosen'",
      [acme.orgId],
    );
    return Number(rows[0]?.count);
  };

  it("is chosen by whoever answers for its spend, once, with an audit entry", async () => {
    const before = await audits();
    const token = `${scope("payments")}:monthly`;
    expect((await press("fin", token)).state).toBe("refused");
    expect((await press("ada", token)).sentence).toMatch(/comes once a month/);
    expect((await press("ada", token)).sentence).toMatch(/already/);
    expect(await audits()).toBe(before + 1);
    const due = await showback.scopes?.(database.pool, { ...zone, orgId: acme.orgId });
    expect(due?.[0]?.schedule).toEqual({ every: "month_workday", workday: 1, at: "09:00" });
  });

  it("twice at the same moment is chosen once", async () => {
    const before = await audits();
    const token = `${scope("payments")}:off`;
    await Promise.all([press("ada", token), press("grace", token)]);
    expect(await audits()).toBe(before + 1);
    expect(await showback.scopes?.(database.pool, { ...zone, orgId: acme.orgId })).toEqual([]);
  });

  it("takes records that stopped for no saving", async () => {
    await run(scope("payments"), new Date("2026-11-30T08:00:00Z"));
    const [message] = await owed();
    expect(message?.body.sentence).toMatch(/^payments, 23-29 Nov: \$0, down /);
    expect(message?.body.notes[0]).toMatch(/^Nothing was recorded in this time: /);
  });

  it("tells a month to a team that chose months", async () => {
    await press("ada", `${scope("payments")}:monthly`);
    await run(scope("payments"), new Date("2026-11-02T08:00:00Z"));
    expect((await owed())[0]?.body.sentence).toMatch(/^payments, October: \$/);
    for (const text of ["showback weekly payments", "showback payments weekly"]) {
      expect((await ask("ada", text)).title).toBe("payments: showback comes every week");
    }
  });

  it("can be asked for before it is sent, with when it will be", async () => {
    const answer = await ask("ada", "showback payments");
    expect(answer.title).toMatch(/^payments, 9-15 Nov/);
    expect(answer.details).toContain("Sent weekly, next on Mon 23 Nov at 09:00.");
    expect(answer.actions.map(({ label }) => label)).toEqual([
      "Why",
      "Agents",
      "Not ours...",
      "Monthly instead",
      "Share",
    ]);
    const search = await ask("sam", "showback search");
    expect(search.details.at(-1)).toMatch(/has no channel/);
  });

  it("refuses a button that was tampered with", async () => {
    for (const token of ["", "x:weekly", "999999:weekly", `${scope("payments")}:hourly`]) {
      expect((await press("ada", token)).state).not.toBe("ok");
    }
  });
});

describe("its times", () => {
  const weekly = showbackSchedule("weekly", REPORT_TIMES);
  const monthly = showbackSchedule("monthly", REPORT_TIMES);
  const next = (of: typeof weekly, zoned: string, after: string) =>
    of && nextSlot(of, zoned, new Date(after)).toISOString();

  it("are Monday 09:00 by the organisation's clocks, on both sides of their change", () => {
    expect(next(weekly, "Europe/Berlin", "2026-10-24T00:00:00Z")).toBe("2026-10-26T08:00:00.000Z");
    expect(next(weekly, "Europe/Berlin", "2026-03-24T00:00:00Z")).toBe("2026-03-30T07:00:00.000Z");
    expect(next(weekly, "Asia/Kathmandu", "2026-11-20T00:00:00Z")).toBe("2026-11-23T03:15:00.000Z");
  });

  it("are of whole weeks and months, over the end of a year and a leap day", () => {
    expect(showbackPeriod("weekly", parseDay("2027-01-04"))).toEqual({
      start: "2026-12-28",
      end: "2027-01-04",
    });
    expect(showbackPeriod("monthly", parseDay("2028-03-01"))).toEqual({
      start: "2028-02-01",
      end: "2028-03-01",
    });
    expect(next(monthly, "America/New_York", "2028-02-29T23:00:00Z")).toBe(
      "2028-03-01T14:00:00.000Z",
    );
  });

  it("can be another day and hour", () => {
    const times = { ...REPORT_TIMES, showback: { weekday: "friday", at: "16:30" } as const };
    expect(showbackSchedule("weekly", times)).toEqual({ every: "week", weekday: 5, at: "16:30" });
    expect(showbackSchedule("off", times)).toBeUndefined();
  });
});
