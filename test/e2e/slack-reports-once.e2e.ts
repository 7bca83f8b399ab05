import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { createSlackPort } from "#apps/slack/port.ts";
import type { Job } from "#apps/worker/job.ts";
import { anomalies } from "#apps/worker/jobs/anomalies.ts";
import { monthlyReview } from "#apps/worker/jobs/monthly-review.ts";
import { showback } from "#apps/worker/jobs/showback.ts";
import { recordFinding } from "#core/anomalies/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { listAccounts } from "#core/org/person-accounts.ts";
import { deliverNext } from "#core/outbox/delivery.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import { openDueSlots, runNextSlot } from "#core/schedule/service.ts";
import { type Acme, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack, TEAM } from "#test/slack/slack-emulator.ts";

const database = useDatabase();
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const JOBS: readonly Job[] = [anomalies, showback, monthlyReview({ mailed: false })];
const PEOPLE = { ada: "ana", fin: "jo" } as const;
let slack: SlackEmulator;
let acme: Acme;
let port: OutboxPort;
let now = new Date("2026-10-31T12:00:00Z");
const clock = () => now;
const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000);
};

beforeAll(async () => {
  slack = await startSlack();
  acme = await makeAcme(database.owner, { key: "acme" });
  await fillAcme(database.pool, acme);
  for (const [person, name] of Object.entries(PEOPLE)) {
    await database.owner.query(
      `insert into account_link (org_id, surface, workspace, account, person_id, proof, linked_at)
       values ($1, 'slack', $2, $3, $4, 'operator', now())`,
      [acme.orgId, TEAM, slack.userIds[name], personId(acme, person)],
    );
  }
  await database.owner.query(
    `insert into scope_channel (org_id, scope_id, surface, destination)
     values ($1, $2, 'slack', $3)`,
    [acme.orgId, acme.scopes.get("payments"), slack.channelIds.payments],
  );
  const accountOf = async (orgId: number, id: number) =>
    (await listAccounts(database.pool, orgId, id, "slack"))[0];
  const quiet = pino({ level: "silent" });
  const options = { botToken: BOT_TOKEN, slackApiUrl: slack.apiUrl, clock, log: quiet, accountOf };
  port = { ...createSlackPort(options), minIntervalMs: 0 };
}, 60_000);
afterAll(() => slack.close());

const died = () => {
  throw new Error("the process died here");
};

/** One worker: opens what is due and runs it; `dies` after the work and before the slot is marked. */
async function work(dies: boolean): Promise<void> {
  await openDueSlots(database.pool, now, async (org) => {
    const parts = JOBS.map(async ({ catchUp, name, schedule, scopes }) =>
      ((await scopes?.(database.pool, org)) ?? [undefined]).map((part) => ({
        name: part === undefined ? name : `${name}/${part.scope}`,
        schedule: part?.schedule ?? schedule,
        catchUp,
      })),
    );
    return (await Promise.all(parts)).flat();
  });
  const jobs = new Map(JOBS.map((job) => [job.name, job]));
  const runner = {
    pool: database.pool,
    clock,
    jobs: [...jobs.keys()],
    run: async (run: Parameters<Parameters<typeof runNextSlot>[0]["run"]>[0], tx: Tx) => {
      await jobs.get(run.job)?.run({ ...run, pool: database.pool, tx, now, log });
      if (dies) died();
    },
  };
  while ((await runNextSlot(runner)).state !== "idle");
}
type Tx = Parameters<Job["run"]>[0]["tx"];

/** One worker's deliveries, through a port that may die at a point of each. */
async function deliver(dying: OutboxPort): Promise<void> {
  const delivery = { pool: database.pool, clock, ports: { slack: dying } };
  while ((await deliverNext(delivery)).state !== "idle");
}
const twice = (one: () => Promise<void>) => Promise.all([one(), one()]);

const DYING: Record<"claimed" | "posted" | "looked_up" | "never", () => OutboxPort> = {
  claimed: () => ({ ...port, deliver: async () => died() }),
  posted: () => ({
    ...port,
    deliver: async (message, signal) => {
      await port.deliver(message, signal);
      return died();
    },
  }),
  looked_up: () => ({
    ...port,
    findDelivered: async (message, signal) => {
      await port.findDelivered?.(message, signal);
      return died();
    },
  }),
  never: () => port,
};

const Messages = z.array(
  z.object({
    ts: z.string(),
    reply_count: z.number().optional(),
    metadata: z.object({ event_payload: z.object({ dedupe_key: z.string() }) }).optional(),
  }),
);

/** The keys of all that the emulator's Slack shows in a conversation, threads too. */
async function shown(channel: string): Promise<string[]> {
  const where = { channel, limit: 200, include_all_metadata: true };
  const leads = Messages.parse((await slack.call("conversations.history", where)).messages);
  const threads = leads.filter(({ reply_count: replies = 0 }) => replies > 0);
  const below = await Promise.all(
    threads.map(async ({ ts }) => {
      const thread = await slack.call("conversations.replies", { ...where, ts });
      return Messages.parse(thread.messages).filter((one) => one.ts !== ts);
    }),
  );
  return [...leads, ...below.flat()].flatMap(
    ({ metadata }) => metadata?.event_payload.dedupe_key ?? [],
  );
}

const find = () =>
  transaction(database.pool, (tx) =>
    recordFinding(tx, {
      orgId: acme.orgId,
      class: "source_quiet",
      subject: { kind: "source", key: "openai" },
      scopeId: acme.scopes.get("payments") ?? -1,
      since: now,
      seenAt: now,
      excess: 0n,
      rate: 0n,
      evidence: { why: "Nothing has come from openai", detected: true },
      push: true,
      now,
    }),
  );

it("anomaly, weekly showback and monthly review are each seen once, wherever two workers die", async () => {
  await work(false);
  // A Monday and the first working day of its month, 09:00 in Berlin.
  now = new Date("2026-11-02T08:10:30Z");
  await find();
  await twice(() => work(true));
  const owed = "select kind, count(*)::int as count from outbox group by kind order by kind";
  expect((await database.owner.query(owed)).rows).toEqual([]);
  for (const minutes of [10, 10, 60]) {
    later(minutes);
    await twice(() => work(false));
  }
  const kinds = (await database.owner.query<{ kind: string; count: number }>(owed)).rows;
  expect(kinds.map(({ kind }) => kind)).toEqual(["anomaly", "monthly_review", "weekly_showback"]);
  const unfinished = "select from schedule_slot where state not in ('done', 'skipped')";
  expect((await database.owner.query(unfinished)).rowCount).toBe(0);
  for (const point of ["claimed", "posted", "looked_up", "never"] as const) {
    await twice(() => deliver(DYING[point]()));
    later(10);
  }
  const left = "select kind, reason from outbox where state <> 'sent'";
  expect((await database.owner.query(left)).rows).toEqual([]);
  const channels = [slack.channelIds.payments ?? ""];
  for (const name of Object.values(PEOPLE)) {
    channels.push(await slack.direct(slack.userIds[name] ?? ""));
  }
  const keys = (await Promise.all(channels.map(shown))).flat();
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  const messages = keys.filter((key) => !key.endsWith("#details"));
  expect(messages).toHaveLength(kinds.reduce((sum, { count }) => sum + count, 0));
  expect(keys.length).toBeGreaterThan(messages.length);
}, 60_000);
