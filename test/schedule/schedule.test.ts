import { beforeEach, describe, expect, it } from "vitest";
import { transaction } from "#core/db/transaction.ts";
import { enqueue } from "#core/outbox/service.ts";
import type { Schedule } from "#core/schedule/schedule.ts";
import {
  type DueSchedule,
  deleteSlotsBefore,
  listSlots,
  openDueSlots,
  retrySlot,
  runNextSlot,
  type SlotRun,
} from "#core/schedule/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { newMessage } from "#test/outbox/message.ts";
import { clearQueues, insertOrganizations } from "#test/outbox/organization.ts";

const database = useDatabase();
const HOURLY: Schedule = { every: "hour", minute: 0 };
const MONDAY: Schedule = { every: "week", weekday: 1, at: "09:00" };

beforeEach(() => clearQueues(database.owner));

function due(schedule: Schedule, catchUp: "last" | "all" = "all", name = "job"): DueSchedule {
  return { name, schedule, catchUp };
}

async function tick(at: string, ...schedules: DueSchedule[]): Promise<void> {
  await openDueSlots(database.pool, new Date(at), async () => schedules);
}

async function drain(at: string, jobs = ["job"]): Promise<SlotRun[]> {
  const runs: SlotRun[] = [];
  const run = async (slot: SlotRun) => {
    runs.push(slot);
  };
  for (;;) {
    const clock = () => new Date(at);
    const outcome = await runNextSlot({ pool: database.pool, clock, jobs, run });
    if (outcome.state === "idle") return runs;
  }
}

async function slots(orgId: number, state: "open" | "done" | "parked" | "skipped") {
  const rows = await listSlots(database.pool, orgId, { states: [state] });
  return rows.map((row) => row.slot.toISOString().slice(0, 16));
}

describe("what is due", () => {
  it("begins when a worker first sees the schedule, not before", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    expect(await slots(org, "open")).toEqual([]);
    await tick("2026-11-18T13:00:00Z", due(HOURLY));
    expect(await slots(org, "open")).toEqual(["2026-11-18T13:00"]);
  });

  it("is caught up after downtime, all of it or only the last, as the job says", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    const both = [due(HOURLY, "all", "pull"), due(HOURLY, "last", "push")];
    await tick("2026-11-18T12:30:00Z", ...both);
    await tick("2026-11-19T12:30:00Z", ...both);
    const open = await listSlots(database.pool, org);
    expect(open.filter((row) => row.schedule === "pull")).toHaveLength(24);
    expect(open.filter((row) => row.schedule === "push").map((row) => row.slot)).toEqual([
      new Date("2026-11-19T12:00:00Z"),
    ]);
  });

  it("of a year of downtime comes in portions and loses no slot", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2025-11-18T12:30:00Z", due(HOURLY));
    for (let times = 0; times < 50; times += 1) await tick("2026-11-18T12:30:00Z", due(HOURLY));
    const { rows } = await database.pool.query(
      "select count(*) as count, min(slot), max(slot) from schedule_slot where org_id = $1",
      [org],
    );
    expect(rows).toEqual([
      {
        count: 8760n,
        min: new Date("2025-11-18T13:00:00Z"),
        max: new Date("2026-11-18T12:00:00Z"),
      },
    ]);
  });

  it("follows each organisation's own zone, also when that changes", async () => {
    const [kolkata = 0] = await insertOrganizations(database.owner, ["acme"], "Asia/Kolkata");
    const [york = 0] = await insertOrganizations(database.owner, ["umbrella"], "America/New_York");
    await tick("2026-11-13T00:00:00Z", due(MONDAY));
    await tick("2026-11-16T23:00:00Z", due(MONDAY));
    expect(await slots(kolkata, "open")).toEqual(["2026-11-16T03:30"]);
    expect(await slots(york, "open")).toEqual(["2026-11-16T14:00"]);
    await database.owner.query("update organization set time_zone = 'UTC' where id = $1", [york]);
    await tick("2026-11-23T23:00:00Z", due(MONDAY));
    expect(await slots(york, "open")).toEqual(["2026-11-23T09:00", "2026-11-16T14:00"]);
  });

  it("is what the schedule says now, once it has changed", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(MONDAY));
    await tick("2026-11-18T12:31:00Z", due({ every: "day", at: "15:00" }));
    await tick("2026-11-18T15:00:00Z", due({ every: "day", at: "15:00" }));
    expect(await slots(org, "open")).toEqual(["2026-11-18T15:00"]);
  });

  it("is not opened again by a replica whose clock is slow", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    await tick("2026-11-18T14:10:00Z", due(HOURLY));
    await database.owner.query("delete from schedule_slot");
    await tick("2026-11-18T13:05:00Z", due(HOURLY));
    await tick("2026-11-18T14:20:00Z", due(HOURLY));
    expect(await slots(org, "open")).toEqual([]);
  });

  it("a newer slot of a job that only needs the last takes the place of a failing one", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY, "last"));
    await tick("2026-11-18T13:00:00Z", due(HOURLY, "last"));
    await tick("2026-11-18T14:00:00Z", due(HOURLY, "last"));
    expect(await slots(org, "open")).toEqual(["2026-11-18T14:00"]);
    expect(await slots(org, "skipped")).toEqual(["2026-11-18T13:00"]);
  });
});

describe("a slot", () => {
  it("knows its job, scope, zone and try; slots of unknown jobs are left to others", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"], "Asia/Kathmandu");
    const all = [due(HOURLY, "all", "job/team:1/2"), due(HOURLY, "all", "other")];
    await tick("2026-11-18T12:00:00Z", ...all);
    await tick("2026-11-18T13:00:00Z", ...all);
    expect(await drain("2026-11-18T13:00:00Z")).toEqual([
      {
        orgId: org,
        job: "job",
        scope: "team:1/2",
        slot: new Date("2026-11-18T12:15:00Z"),
        attempt: 1,
        timeZone: "Asia/Kathmandu",
      },
    ]);
    expect(await slots(org, "open")).toEqual(["2026-11-18T12:15"]);
  });

  it("leaves nothing behind when it fails, and is tried again after a growing wait", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    await tick("2026-11-18T13:00:00Z", due(HOURLY));
    const waits: number[] = [];
    let now = new Date("2026-11-18T13:00:00Z");
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const outcome = await runNextSlot({
        pool: database.pool,
        clock: () => now,
        jobs: ["job"],
        run: async (_run, tx) => {
          await enqueue(tx, newMessage(org, "half"), now);
          throw new Error(`no answer\n from the provider`);
        },
      });
      expect(outcome).toMatchObject({ state: "failed", reason: "no answer from the provider" });
      const [row] = await listSlots(database.pool, org);
      const next = row?.notBefore ?? now;
      waits.push(next.getTime() - now.getTime());
      expect(await drain(new Date(next.getTime() - 1).toISOString())).toEqual([]);
      now = next;
    }
    expect(waits).toEqual([60_000, 120_000, 240_000]);
    expect((await database.pool.query("select from outbox")).rowCount).toBe(0);
    expect(await drain(now.toISOString())).toMatchObject([{ attempt: 4 }]);
    expect(await slots(org, "done")).toEqual(["2026-11-18T13:00"]);
  });

  it("that keeps failing is parked with its reason, in one transaction with who is told", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    await tick("2026-11-18T13:00:00Z", due(HOURLY));
    const now = new Date("2026-11-18T13:00:00Z");
    const outcome = await runNextSlot({
      pool: database.pool,
      clock: () => now,
      jobs: ["job"],
      retries: { attempts: 1, firstMs: 1, maxMs: 1 },
      run: () => Promise.reject(new Error("the key was refused")),
      parked: async (run, reason, tx) => {
        await enqueue(tx, newMessage(run.orgId, `parked:${reason}`), now);
      },
    });
    expect(outcome).toMatchObject({ state: "parked" });
    expect(await listSlots(database.pool, org)).toMatchObject([
      { state: "parked", attempts: 1, reason: "the key was refused" },
    ]);
    const told = await database.pool.query("select dedupe_key from outbox");
    expect(told.rows).toEqual([{ dedupe_key: "parked:the key was refused" }]);
  });

  it("that was parked gets its tries back from the operator, once, and of one organisation", async () => {
    const [acme = 0, umbrella = 0] = await insertOrganizations(database.owner, [
      "acme",
      "umbrella",
    ]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    await tick("2026-11-18T13:00:00Z", due(HOURLY));
    await database.owner.query("update schedule_slot set state = 'parked', attempts = 8");
    const slot = new Date("2026-11-18T13:00:00Z");
    const retry = () => transaction(database.pool, (tx) => retrySlot(tx, acme, "job", slot, slot));
    await retry();
    await expect(retry()).rejects.toMatchObject({ code: "slot_not_parked" });
    expect(await drain(slot.toISOString())).toMatchObject([{ orgId: acme, attempt: 1 }]);
    expect(await slots(umbrella, "parked")).toEqual(["2026-11-18T13:00"]);
  });

  it("whose worker was killed is due again a minute later and counts as tried", async () => {
    await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    await tick("2026-11-18T13:00:00Z", due(HOURLY));
    const claimed = await database.pool.query(
      `update schedule_slot set attempts = 1, not_before = '2026-11-18T13:01:00Z'`,
    );
    expect(claimed.rowCount).toBe(1);
    expect(await drain("2026-11-18T13:00:59Z")).toEqual([]);
    expect(await drain("2026-11-18T13:01:00Z")).toMatchObject([{ attempt: 2 }]);
  });

  it("that runs longer than its lease is not taken by another worker", async () => {
    await insertOrganizations(database.owner, ["acme"]);
    await tick("2026-11-18T12:30:00Z", due(HOURLY));
    await tick("2026-11-18T13:00:00Z", due(HOURLY));
    const outcome = await runNextSlot({
      pool: database.pool,
      clock: () => new Date("2026-11-18T13:00:00Z"),
      jobs: ["job"],
      run: async () => {
        expect(await drain("2026-11-18T15:00:00Z")).toEqual([]);
      },
    });
    expect(outcome.state).toBe("done");
    expect(await drain("2026-11-18T15:00:00Z")).toEqual([]);
  });

  it("that was done long ago is forgotten; one that waits for a person is not", async () => {
    const [acme = 0, umbrella = 0] = await insertOrganizations(database.owner, [
      "acme",
      "umbrella",
    ]);
    await database.owner.query(
      `insert into schedule_slot (org_id, schedule, slot, state, not_before)
       select org, state, '2026-01-01', state, '2026-01-01'
       from unnest($1::int[]) org, unnest('{done,skipped,open,parked}'::text[]) state`,
      [[acme, umbrella]],
    );
    const before = new Date("2026-02-01T00:00:00Z");
    expect(await transaction(database.pool, (tx) => deleteSlotsBefore(tx, acme, before))).toBe(2);
    const left = await database.pool.query("select state from schedule_slot order by state");
    expect(left.rows.map((row) => row.state)).toEqual([
      "done",
      "open",
      "open",
      "parked",
      "parked",
      "skipped",
    ]);
  });
});

it("300 slots raced by two replicas are 300 messages, one each", async () => {
  await insertOrganizations(database.owner, ["acme", "umbrella", "wayne"]);
  const start = "2026-11-01T00:30:00Z";
  const end = "2026-11-05T04:30:00Z";
  await tick(start, due(HOURLY));
  const clock = () => new Date(end);
  const ran: string[] = [];
  const replica = async () => {
    await openDueSlots(database.pool, clock(), async () => [due(HOURLY)]);
    for (;;) {
      const outcome = await runNextSlot({
        pool: database.pool,
        clock,
        jobs: ["job"],
        run: async (run, tx) => {
          ran.push(`${run.orgId} ${run.slot.toISOString()}`);
          await enqueue(tx, newMessage(run.orgId, `slot:${run.slot.toISOString()}`), clock());
        },
      });
      if (outcome.state === "idle") return;
    }
  };
  await Promise.all([replica(), replica(), replica(), replica()]);
  expect(ran).toHaveLength(300);
  expect(new Set(ran).size).toBe(300);
  const { rows } = await database.pool.query(
    "select count(*) as messages, count(distinct (org_id, dedupe_key)) as keys from outbox",
  );
  expect(rows).toEqual([{ messages: 300n, keys: 300n }]);
});
