import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findingAnswer } from "#apps/chat/anomalies/finding-answer.ts";
import { settingOf } from "#apps/chat/anomalies/finding-setting.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { listFindings } from "#core/anomalies/service.ts";
import { recordAnomalies, type TickResult } from "#core/anomalies/tick.ts";
import { transaction } from "#core/db/transaction.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { type Acme, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { appendHours, appendOnTime, usualHours } from "./feed.ts";

const database = useDatabase();
let acme: Acme;
let other: Acme;

/** Days of November 2026; the 20th is a Friday. */
const noon = (day: number) => new Date(Date.UTC(2026, 10, day, 12));
const at = (day: number, hour: number) => new Date(Date.UTC(2026, 10, day, hour, 10));

interface Bill {
  readonly day: number;
  readonly dollars: number;
  readonly arrives?: Date;
  readonly team?: string;
  readonly kind?: "bucket" | "seat";
  readonly key?: string;
}

/** Bills of days, each restated by the next of the same; they come on the morning after the last. */
async function bills(all: readonly Bill[], of = acme): Promise<void> {
  const arrives = all[0]?.arrives ?? at(Math.max(...all.map(({ day }) => day)) + 1, 6);
  const clock = () => arrives;
  const ledger = createLedger({
    pool: database.pool,
    clock,
    contextOf: cachedContexts(database.pool, clock),
  });
  const events = all.map(({ day, dollars, kind = "bucket", team = "payments/disputes", key }) => {
    const [name = "", project] = team.split("/");
    return UsageEvent.parse({
      source: "connect:openai",
      externalId: `${team} ${kind} ${day}`,
      occurredAt: noon(day).toISOString(),
      kind,
      basis: "billed",
      provider: "openai",
      model: kind === "seat" ? "seat" : "gpt-4o",
      requestCount: 0,
      tokens: {},
      tags: { team: name, ...(project === undefined ? {} : { project }) },
      reportedCost: String(dollars),
      ...(key === undefined ? {} : { key }),
    });
  });
  const outcomes = await ledger.append(of.orgId, events, {
    authoritative: true,
    costFrom: "reported",
  });
  expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(["appended"]));
}
const bill = (one: Bill) => bills([one]);

const usual = (day: number) => {
  const weekday = noon(day).getUTCDay();
  return (weekday === 0 || weekday === 6 ? 12 : 100) + (((day % 7) + 7) % 7);
};

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  other = await makeAcme(database.owner, { key: "other" });
  const past = Array.from({ length: 42 }, (_, index) => index - 25);
  for (const of of [acme, other]) {
    await bills(
      past.map((day) => ({ day, dollars: usual(day) })),
      of,
    );
  }
});
beforeEach(async () => {
  const tables = "finding_suppression, finding, anomaly_watch, anomaly_seen";
  await database.owner.query(`truncate ${tables} restart identity`);
  for (const table of ["rollup_hour where hour", "ledger_entry where occurred_at"]) {
    await database.owner.query(`delete from ${table} >= '2026-11-17'`);
  }
  await database.owner.query("delete from rollup_day where local_day >= '2026-11-17'");
  await bill({ day: 17, dollars: usual(17) });
});

const tick = (day: number, hour: number, of = acme): Promise<TickResult> =>
  transaction(database.pool, (tx) => recordAnomalies(tx, { orgId: of.orgId, now: at(day, hour) }));
const news = ({ moved }: TickResult) =>
  moved.map(({ finding, isNews }) => [finding.class, finding.state, isNews]);
const findings = (of = acme) => listFindings(database.pool, of.orgId);
const dollars = (amount: bigint | undefined) => Math.round(Number(amount) / 1e9);

describe("an organisation that only bills feed", () => {
  it("hears of a day far above its weekday the morning after, once, until it is as usual", async () => {
    await tick(18, 7);
    await bill({ day: 18, dollars: 400 });
    expect(news(await tick(19, 7))).toEqual([["spend_jump", "open", true]]);
    const [found] = await findings();
    expect(found?.scopeId).toBe(acme.scopes.get("payments/disputes"));
    // Berlin's 18 November begins at 23:00 UTC.
    expect(found?.since).toEqual(new Date("2026-11-17T23:00:00Z"));
    expect(dollars(found?.excess)).toBeGreaterThan(290);
    expect(dollars((found?.rate ?? 0n) * 24n)).toBe(dollars(found?.excess));
    // Nothing new came: nothing moves, and the hours do not take it for over.
    expect(news(await tick(19, 8))).toEqual([]);
    expect(news(await tick(19, 12))).toEqual([]);
    await bill({ day: 19, dollars: 420 });
    expect(news(await tick(20, 7))).toEqual([["spend_jump", "open", false]]);
    expect(dollars((await findings())[0]?.excess)).toBeGreaterThan(600);
    await bill({ day: 20, dollars: usual(20) });
    expect(news(await tick(21, 7))).toEqual([["spend_jump", "resolved", false]]);
    expect(dollars((await findings())[0]?.excess)).toBeGreaterThan(600);
  });

  it("moves with a bill that is restated, and ends where the restatement takes it back", async () => {
    await tick(18, 7);
    await bill({ day: 18, dollars: 300 });
    await tick(19, 7);
    const before = dollars((await findings())[0]?.excess);
    await bill({ day: 18, dollars: 500, arrives: at(19, 10) });
    expect(news(await tick(19, 11))).toEqual([["spend_jump", "open", false]]);
    expect(dollars((await findings())[0]?.excess)).toBe(before + 200);
    await bill({ day: 18, dollars: usual(18), arrives: at(20, 10) });
    expect(news(await tick(20, 11))).toEqual([["spend_jump", "resolved", false]]);
  });

  it("says nothing of a day whose bill comes a week late, nor of what was over when it came", async () => {
    await tick(18, 7);
    await bill({ day: 18, dollars: 400, arrives: at(21, 6) });
    await bill({ day: 19, dollars: usual(19), arrives: at(21, 6) });
    expect(news(await tick(21, 7))).toEqual([]);
    await bill({ day: 20, dollars: 900, arrives: at(29, 6) });
    expect(news(await tick(29, 7))).toEqual([]);
  });

  it("begins with the local day where the clocks change in it, and knows nothing of later ones", async () => {
    // Sunday 25 October has 25 hours in Berlin; bills up to 17 November are there already.
    await bill({ day: -6, dollars: 400, arrives: at(-5, 6) });
    await tick(-5, 7);
    const [found] = await findings();
    expect(found?.since).toEqual(new Date("2026-10-24T22:00:00Z"));
    expect(found?.evidence.days.at(-1)?.cost).toBe(400);
    await bill({ day: -6, dollars: usual(-6), arrives: at(-5, 8) });
    expect(news(await tick(-5, 9))).toEqual([["spend_jump", "resolved", false]]);
  });

  it("takes what recurs at weekends, seats and fees of a month for no jump", async () => {
    await tick(18, 7);
    await bill({ day: 18, dollars: usual(18) });
    await bill({ day: 18, dollars: 900, kind: "seat" });
    // Seats are a new line of the bill, which is found as such and pushed to nobody.
    expect(news(await tick(19, 7))).toEqual([["new_model", "open", false]]);
    await bill({ day: 21, dollars: 14 });
    await tick(22, 7);
    expect((await findings()).map(({ class: of }) => of)).toEqual(["new_model"]);
  });

  it("pushes nothing below the floor, and stays within its organisation", async () => {
    await tick(18, 7);
    await tick(18, 7, other);
    await bill({ day: 18, dollars: 400 });
    await tick(19, 7);
    expect(news(await tick(19, 7, other))).toEqual([]);
    expect(await findings(other)).toEqual([]);
    const [found] = await findings();
    expect(found?.pushedAt).toBeDefined();
  });

  it("says so by the day, with its two weeks and its first step", async () => {
    await tick(18, 7);
    await bill({ day: 18, dollars: 400 });
    await tick(19, 7);
    const [found] = await findings();
    if (found === undefined) throw new Error("it was found above");
    const org = await createOrgViews(database.pool)(acme.orgId, at(19, 7));
    const setting = await settingOf(database.pool, org, found, at(19, 7));
    const { chart, facts = [], sentence, source, title } = findingAnswer(found, setting);
    expect(title).toMatch(/^disputes: \+\$29\d a day since Wed 18 Nov, far beyond its weekday/);
    expect(sentence).toMatch(/more than usual since .* The day cost \$400 \(usual \$10\d\)\.$/);
    expect(source?.basis).toBe("billed");
    expect(chart).toMatchObject({ title: "Cost a day, last 14 days" });
    expect(facts.find(({ label }) => label === "First step")?.value).toMatch(/^see what ran/);
  });
});

describe("a key that only a bill names", () => {
  it("is found without an owner, with what its days cost, until no bill names it any more", async () => {
    await database.owner.query(
      `insert into inventory_item (org_id, kind, name, key, owner_id, retired_on)
       values ($1, 'key', 'hackday', 'key-hackday', null, null)`,
      [acme.orgId],
    );
    await tick(18, 7);
    await bill({ day: 18, dollars: 40, key: "key-hackday" });
    await tick(19, 7);
    const ownerless = async () =>
      (await findings()).filter(({ class: of }) => of === "ownerless_key");
    const [found] = await ownerless();
    expect(found?.since).toEqual(noon(18));
    expect(dollars(found?.excess)).toBe(40);
    expect(Math.round(Number(found?.rate ?? 0n) / 1e7)).toBe(Math.round(4000 / 24));
    await tick(19, 20);
    await tick(19, 23);
    expect(await ownerless()).toEqual([expect.objectContaining({ state: "resolved" })]);
    await database.owner.query("delete from inventory_item");
  });
});

describe("what is usual", () => {
  it("is told by usage, not by what a month of seats came to on one day", async () => {
    await bill({ day: 1, dollars: 5_000, kind: "seat" });
    await tick(18, 7);
    await bill({ day: 18, dollars: 400 });
    expect(news(await tick(19, 7))).toEqual([["spend_jump", "open", true]]);
  });
});

describe("what is fed by hours as well", () => {
  const agent = "payments/disputes/triage";
  const from = new Date("2026-11-01T00:00:00Z");

  it("is found once: days say nothing of what hours have a finding of", async () => {
    const today = new Date("2026-11-18T00:00:00Z");
    await appendHours(database.pool, acme.orgId, usualHours(from, today, { agent }));
    await appendOnTime(database.pool, acme.orgId, usualHours(today, at(18, 6), { agent }));
    const hour = new Date("2026-11-18T06:00:00Z");
    await appendOnTime(database.pool, acme.orgId, [{ at: hour, agent, requests: 6_000 }]);
    await bill({ day: 18, dollars: 400, team: "search" });
    expect(news(await tick(18, 7)).filter(([of]) => of === "runaway_loop")).toHaveLength(1);
    await tick(19, 7);
    const found = (await findings()).filter(({ class: of }) => !of.startsWith("new_"));
    expect(found.map(({ class: of }) => of)).toEqual(["runaway_loop"]);
  });

  it("is judged by days where every delivery of its hours is a day late", async () => {
    const late = { agent: "payments/checkout-web/checkout-agent" };
    await appendHours(database.pool, acme.orgId, usualHours(from, at(18, 0), late));
    const day = usualHours(
      new Date("2026-11-18T00:00:00Z"),
      new Date("2026-11-19T00:00:00Z"),
      late,
    );
    await tick(18, 7);
    await appendHours(
      database.pool,
      acme.orgId,
      day.map((one) => ({ ...one, requests: 500, arrives: at(19, 5) })),
    );
    await tick(19, 7);
    const found = (await findings()).filter(({ class: of }) => of === "spend_jump");
    expect(found.map(({ subject }) => subject.key)).toEqual([
      String(acme.scopes.get("payments/checkout-web/checkout-agent")),
    ]);
  });
});
