import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job, WorkerLog } from "#apps/worker/job.ts";
import { startWorker, type Worker, type WorkerOptions } from "#apps/worker/worker.ts";
import { transaction } from "#core/db/transaction.ts";
import { DeliveryError } from "#core/outbox/port.ts";
import * as outbox from "#core/outbox/service.ts";
import { openDueSlots } from "#core/schedule/service.ts";
import { useDatabase } from "#test/database/clone.ts";
import { chat, newMessage } from "#test/outbox/message.ts";
import { clearQueues, insertOrganizations } from "#test/outbox/organization.ts";

const database = useDatabase();
const workers: Worker[] = [];
const SLOT = new Date("2026-11-18T13:00:00Z");

beforeEach(() => clearQueues(database.owner));
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
});

function recorder(): WorkerLog & { lines: { level: string; data: object; message: string }[] } {
  const lines: { level: string; data: object; message: string }[] = [];
  const at = (level: string) => (data: object, message: string) => {
    lines.push({ level, data, message });
  };
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}

function start(more: Partial<WorkerOptions>): Worker {
  const defaults = { pool: database.pool, clock: () => SLOT, log: recorder(), jobs: [], ports: {} };
  const worker = startWorker({ ...defaults, ...more });
  workers.push(worker);
  return worker;
}

/** A promise and what opens it. */
function gate() {
  const opener = new AbortController();
  const promise = once(opener.signal, "abort");
  return { promise, resolve: () => opener.abort() };
}

function job(run: Job["run"], more: Partial<Job> = {}): Job {
  return { name: "job", schedule: { every: "hour", minute: 0 }, catchUp: "all", run, ...more };
}

/** Lets the schedule begin half an hour before the slot. */
async function begin(...names: string[]): Promise<void> {
  const schedules = names.map((name) => ({
    name,
    schedule: { every: "hour", minute: 0 } as const,
    catchUp: "all" as const,
  }));
  const before = new Date(SLOT.getTime() - 1_800_000);
  await openDueSlots(database.pool, before, async () => schedules);
}

describe("a worker", () => {
  it("runs what is due, and delivers what the run decided", async () => {
    const [org = 0, other = 0] = await insertOrganizations(database.owner, ["acme", "umbrella"]);
    await begin("job");
    const port = chat();
    const run: Job["run"] = async ({ tx, orgId, slot, scope, timeZone, attempt, now }) => {
      const facts = [slot.toISOString(), scope, timeZone, attempt, now.toISOString()].join(" ");
      await outbox.enqueue(tx, newMessage(orgId, facts), now);
    };
    start({ jobs: [job(run)], ports: { chat: port } });
    await expect.poll(() => port.seen.length).toBe(2);
    const at = SLOT.toISOString();
    const seen = port.seen.map((one) => [one.orgId, one.key]);
    expect(seen.sort()).toEqual([
      [org, `${at}  UTC 1 ${at}`],
      [other, `${at}  UTC 1 ${at}`],
    ]);
  });

  it("gives the parts of a job slots, and times, of their own", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await begin("showback/C1", "showback/C2");
    const ran: string[] = [];
    const showback = job(
      async ({ scope, orgId, slot }) => {
        ran.push(`${orgId} ${scope} ${slot.toISOString()}`);
      },
      {
        name: "showback",
        scopes: async () => [
          { scope: "C1" },
          { scope: "C2", schedule: { every: "hour", minute: 45 } },
        ],
      },
    );
    start({ jobs: [showback] });
    await expect.poll(() => ran.length).toBe(2);
    expect(ran.sort()).toEqual([
      `${org} C1 2026-11-18T13:00:00.000Z`,
      `${org} C2 2026-11-18T12:45:00.000Z`,
    ]);
  });

  it("is woken by a message, long before it would look by itself", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    const port = chat();
    start({ ports: { chat: port } });
    const sent = async (key: string) => {
      await transaction(database.pool, (tx) => outbox.enqueue(tx, newMessage(org, key), SLOT));
      await expect.poll(() => port.seen.at(-1)?.key, { timeout: 3_000, interval: 5 }).toBe(key);
    };
    await sent("first");
    // The lanes sleep five seconds between polls: two more within three each were heard.
    await sent("second");
    await sent("third");
  });

  it("goes on after its connections were cut", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    const port = chat();
    const log = recorder();
    start({ ports: { chat: port }, log });
    await expect
      .poll(async () => {
        const found = await database.owner.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and query like 'listen aispend_outbox%'`,
        );
        return found.rowCount;
      })
      .toBe(1);
    await expect.poll(() => log.lines.length).toBeGreaterThan(0);
    await transaction(database.pool, (tx) => outbox.enqueue(tx, newMessage(org, "a"), SLOT));
    await expect.poll(() => port.seen.length, { timeout: 8_000 }).toBe(1);
  });

  it("stops only when what it began is finished, and takes nothing new", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await begin("job");
    const finish = gate();
    const began = gate();
    const run: Job["run"] = async ({ tx, orgId, now }) => {
      began.resolve();
      await finish.promise;
      await outbox.enqueue(tx, newMessage(orgId, "from the last run"), now);
    };
    const port = chat();
    const worker = start({ jobs: [job(run)], ports: { chat: port } });
    await began.promise;
    let stopped = false;
    const stopping = worker.stop().then(() => {
      stopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stopped).toBe(false);
    finish.resolve();
    await stopping;
    expect(port.seen).toEqual([]);
    expect(await outbox.listMessages(database.pool, org)).toMatchObject([
      { dedupeKey: "from the last run", state: "queued" },
    ]);
    const again = start({ ports: { chat: port } });
    await expect.poll(() => port.seen.length).toBe(1);
    await again.stop();
  });

  it("gives up waiting for a run that never ends, and says so", async () => {
    await insertOrganizations(database.owner, ["acme"]);
    await begin("job");
    const began = gate();
    const finish = gate();
    const log = recorder();
    const endless = job(async () => {
      began.resolve();
      await finish.promise;
    });
    const worker = start({ jobs: [endless], log });
    await began.promise;
    await worker.stop(20);
    expect(log.lines.map((line) => line.level)).toContain("warn");
    finish.resolve();
  });

  it("refuses two jobs of one name", () => {
    const twice = [job(() => Promise.resolve()), job(() => Promise.resolve())];
    expect(() => start({ jobs: twice })).toThrow("two jobs have the same name");
  });
});

describe("the one accountable for AI cost", () => {
  async function appoint(orgId: number): Promise<string> {
    const { rows } = await database.owner.query<{ id: number }>(
      "insert into person (org_id) values ($1) returning id",
      [orgId],
    );
    const person = rows[0]?.id;
    await database.owner.query(
      "insert into organization_policy (org_id, accountable_person_id) values ($1, $2)",
      [orgId, person],
    );
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', 'T1', 'U1', $2, 'operator', now())`,
      [orgId, person],
    );
    return `person:${person}`;
  }

  it("is told once of a job that gave up", async () => {
    const [org = 0, other = 0] = await insertOrganizations(database.owner, ["acme", "umbrella"]);
    const destination = await appoint(org);
    await begin("job");
    const slack = chat();
    const failing = job(() => Promise.reject(new Error("the key was refused")));
    await openDueSlots(database.pool, SLOT, async () => [
      { name: "job", schedule: failing.schedule, catchUp: "all" },
    ]);
    await database.owner.query("update schedule_slot set attempts = 7");
    start({ jobs: [failing], ports: { slack } });
    await expect.poll(() => slack.seen.length).toBe(1);
    expect(slack.seen[0]).toMatchObject({
      orgId: org,
      destination,
      sentence: "The job job due at 2026-11-18T13:00:00.000Z failed 8 times.",
    });
    const parked = await database.pool.query("select org_id from schedule_slot order by org_id");
    expect(parked.rows).toEqual([{ org_id: org }, { org_id: other }]);
  });

  it("is told once a day and destination of messages that gave up, never of that telling", async () => {
    const [org = 0] = await insertOrganizations(database.owner, ["acme"]);
    await appoint(org);
    for (const key of ["a", "b"]) {
      await transaction(database.pool, (tx) => outbox.enqueue(tx, newMessage(org, key), SLOT));
    }
    const refuse = () => Promise.reject(new DeliveryError("is_archived", { permanent: true }));
    start({ ports: { chat: { deliver: refuse }, slack: { deliver: refuse } } });
    const parked = async () => {
      const rows = await outbox.listMessages(database.pool, org, { states: ["parked"] });
      return rows.map((row) => row.kind).sort();
    };
    await expect.poll(parked).toEqual(["message_parked", "weekly_showback", "weekly_showback"]);
    const all = await outbox.listMessages(database.pool, org);
    expect(all).toHaveLength(3);
  });
});
