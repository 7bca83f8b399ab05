import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Brain } from "#apps/chat/surface.ts";
import { missingOf } from "#core/showback/chargeback.ts";
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
let brain: Brain;
let press: ReturnType<typeof presser>;
let ask: ReturnType<typeof asker>;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  await makeAcme(database.owner, { key: "other" });
  brain = brainOf(database.pool);
  press = presser(brain, acme);
  ask = asker(brain, acme);
  await fillAcme(database.pool, acme);
  await database.owner.query(
    `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
     values ($1, 'slack', 'T1', 'U-fin', $2, 'operator', now()),
       ($1, 'slack', 'T1', 'U-ada', $3, 'operator', now())`,
    [acme.orgId, personId(acme, "fin"), personId(acme, "ada")],
  );
}, 60_000);
beforeEach(async () => {
  for (const table of ["chargeback", "outbox", "showback_sent"]) {
    await database.owner.query(`delete from ${table}`);
  }
});

/** Weekly showbacks up to 16 November, as many as said. */
async function shown(weeks: number): Promise<void> {
  await database.owner.query(
    `insert into showback_sent (org_id, scope_id, period_start, period_end, cost, sent_at)
     select $1, $2, d::date, d::date + 7, 0, now()
     from generate_series('2026-11-16'::date - 7 * $3::int, '2026-11-09'::date,
       interval '7 days') d`,
    [acme.orgId, acme.scopes.get("payments"), weeks],
  );
}

/** How it went, to who asked for it. */
async function toldToAda(): Promise<string[]> {
  const { rows } = await database.owner.query<{ title: string }>(
    `select body ->> 'title' as title from outbox
     where kind = 'chargeback_outcome' and destination = $1`,
    [`person:${personId(acme, "ada")}`],
  );
  return rows.map(({ title }) => title);
}

async function current(): Promise<{ id: number; state: string }[]> {
  const { rows } = await database.owner.query<{ id: number; state: string }>(
    "select id, state from chargeback where org_id = $1 order by id",
    [acme.orgId],
  );
  return rows;
}

const ON = "chargeback payments on because external billing";

describe("the conditions of chargeback", () => {
  it("are each named where they fail", () => {
    const of = { coverageTarget: 95, neededDays: 89 };
    expect(missingOf({ ...of, coveragePermille: 951, shownDays: 89 })).toEqual([]);
    expect(missingOf({ ...of, coveragePermille: 950, shownDays: 89 })).toEqual([
      expect.stringMatching(/^Coverage is 95.0%; it must be above 95%/),
    ]);
    expect(missingOf({ ...of, coveragePermille: 400, shownDays: 7 })).toHaveLength(2);
  });

  it("refuse it until a quarter of showback was sent, whoever asks", async () => {
    await shown(12);
    const answer = await ask("fin", ON);
    expect(answer.state).not.toBe("ok");
    expect(answer.sentence).toMatch(/Showback was sent for 84 days of the last 105/);
    expect(await current()).toEqual([]);
  });

  it("refuse it without a reason", async () => {
    await shown(13);
    expect((await ask("fin", "chargeback payments on")).sentence).toMatch(/needs a reason/);
  });

  it("refuse it to whoever holds no role there, and for what is no team", async () => {
    await shown(13);
    expect((await ask("u1", ON)).state).toBe("refused");
    expect((await ask("fin", "chargeback org on because x")).state).not.toBe("ok");
  });

  it("are shown to whoever asks how it stands", async () => {
    await shown(13);
    const answer = await ask("ada", "chargeback payments");
    expect(answer.title).toBe("payments: chargeback off");
    expect(answer.notes).toEqual([
      "It could be switched on: chargeback team payments on because REASON",
    ]);
  });
});

describe("switching it on", () => {
  beforeEach(() => shown(13));

  it("is the Accountable's of the AI budget, at once, and not twice", async () => {
    const [one, two] = await Promise.all([ask("fin", ON), ask("fin", ON)]);
    const titles = [one?.title, two?.title];
    expect(titles).toContain("payments: chargeback on");
    expect(await current()).toMatchObject([{ state: "on" }]);
    expect((await ask("ada", "chargeback payments")).title).toBe("payments: chargeback on");
  });

  it("asked for by others waits for that approval, which is given once", async () => {
    expect((await ask("ada", ON)).title).toBe("payments: chargeback asked for");
    const [request] = await current();
    const { rows } = await database.owner.query<{ destination: string }>(
      "select destination from outbox where kind = 'chargeback_approval'",
    );
    expect(rows).toEqual([{ destination: `person:${personId(acme, "fin")}` }]);
    const token = String(request?.id);
    expect((await press("ada", "chargeback_approve", token)).state).toBe("refused");
    const both = await Promise.all([
      press("fin", "chargeback_approve", token),
      press("fin", "chargeback_decline", token),
    ]);
    expect(both.filter(({ sentence }) => sentence.includes("already"))).toHaveLength(1);
    expect(await toldToAda()).toHaveLength(1);
    const { rows: audits } = await database.owner.query(
      `select 1 from audit_entry where org_id = $1 and subject = $2
         and action in ('chargeback.switched_on', 'chargeback.declined')`,
      [acme.orgId, `scope:${acme.scopes.get("payments")}`],
    );
    expect(audits.length).toBeGreaterThan(0);
  });

  it("can be taken back by the same Accountable, with a reason", async () => {
    await ask("fin", ON);
    expect((await ask("ada", "chargeback payments off because wrong")).state).toBe("refused");
    expect((await ask("fin", "chargeback payments off")).state).not.toBe("ok");
    const off = await ask("fin", "chargeback payments off because disputed too often");
    expect(off.sentence).toMatch(/is off; showback goes on/);
    expect(await current()).toMatchObject([{ state: "off" }]);
  });

  it("refuses a token that is none", async () => {
    for (const token of ["", "x", "999999"]) {
      expect((await press("fin", "chargeback_approve", token)).state).not.toBe("ok");
    }
  });
});
