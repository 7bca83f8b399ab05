import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { openDueJobs } from "#apps/worker/worker.ts";
import { recordFinding } from "#core/anomalies/service.ts";
import { setBudget } from "#core/budgets/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { type Acme, fillAcme, makeAcme, personId } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import { BOT_TOKEN, type SlackEmulator, startSlack, TEAM } from "#test/slack/slack-emulator.ts";
import { type BuiltChild, buildChild } from "#test/worker/build-child.ts";
import { REPORT_JOBS } from "#test/worker/report-jobs.ts";

const database = useDatabase();
const KILLS = 50;
const FINDINGS = 40;
const MINUTE = 60_000;
const PEOPLE = { ada: "ana", fin: "jo" } as const;
// A Monday and the first working day of its month, 09:10 in Berlin.
const DUE = new Date("2026-11-02T08:10:30Z").getTime();
let slack: SlackEmulator;
let acme: Acme;
let child: BuiltChild;
let now = DUE;
type Point = keyof typeof kills;
const kills = { job: 0, claimed: 0, posted: 0, looked_up: 0 };

beforeAll(async () => {
  child = await buildChild("reports-child.ts");
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
  const { payments, partners, suppliers } = slack.channelIds;
  const rooms = [payments, partners, suppliers];
  for (const [index, [path, id]] of [...acme.scopes].entries()) {
    await database.owner.query(
      `insert into scope_channel (org_id, scope_id, surface, destination)
       values ($1, $2, 'slack', $3)`,
      [acme.orgId, id, rooms[index % rooms.length]],
    );
    const dollars = [40n, 10n, 2n][path.split("/").length - 1] ?? 2n;
    await setQuarterBudget(id, dollars);
  }
  const since = new Date("2026-10-31T12:00:00Z");
  await openDueJobs({ pool: database.pool, jobs: REPORT_JOBS }, since);
});
afterAll(async () => {
  await slack.close();
  await child.remove();
});

/** Crossed in October already. */
async function setQuarterBudget(id: number, dollars: bigint): Promise<void> {
  await setBudget(database.pool, {
    orgId: acme.orgId,
    slot: { subject: { kind: "scope", id }, kind: "budget", period: "quarter", unit: "usd" },
    amount: dollars * NANO_PER_USD,
    reason: "a test",
    seen: undefined,
    by: { personId: personId(acme, "fin") },
    now: new Date("2026-10-30T08:00:00Z"),
  });
}

const find = (key: string) =>
  transaction(database.pool, (tx) =>
    recordFinding(tx, {
      orgId: acme.orgId,
      class: "source_quiet",
      subject: { kind: "source", key },
      scopeId: acme.scopes.get("payments") ?? -1,
      since: new Date(now),
      seenAt: new Date(now),
      excess: 0n,
      rate: 0n,
      evidence: { why: `Nothing has come from ${key}`, detected: true },
      push: true,
      now: new Date(now),
    }),
  );

/** Runs a worker process to its end; true when it was killed. */
async function work(killAt: Point | "never", spared: number): Promise<boolean> {
  const options = {
    databaseUrl: database.url,
    slackApiUrl: slack.apiUrl,
    botToken: BOT_TOKEN,
    killAt,
    spared,
    now: new Date(now).toISOString(),
  };
  const process = spawn("node", [child.path, JSON.stringify(options)], { stdio: "inherit" });
  const [code, signal] = await once(process, "exit");
  expect([code === 0, signal === "SIGKILL"]).toContain(true);
  return signal === "SIGKILL";
}

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

/** All that is due is reported, and nothing of it delivered: messages enough to be killed over. */
async function writeAll(): Promise<void> {
  for (let index = 0; index < FINDINGS; index += 1) await find(`source ${index}`);
  now += 61 * MINUTE;
  expect(await work("job", Number.MAX_SAFE_INTEGER)).toBe(false);
}

/** Two worker processes at once; of jobs the second one is spared for the first every other time. */
async function killAt(point: Point, round: number): Promise<void> {
  // Past the lease of whoever was killed before; and what runs every hour is due anew.
  now += (point === "job" ? 61 : 2) * MINUTE;
  const spared = [0, point === "job" ? round % 2 : 0];
  const killed = await Promise.all(spared.map((times) => work(point, times)));
  kills[point] += killed.filter(Boolean).length;
}

/** Whoever comes first dies where a job is done and not yet committed: what it wrote goes with it. */
async function killFirst(): Promise<void> {
  await killAt("job", 0);
  expect(kills.job).toBeGreaterThan(0);
  expect((await database.pool.query("select from outbox")).rowCount).toBe(0);
}

it("reports, alerts and findings are each done and seen once, wherever two processes are killed", async () => {
  await killFirst();
  for (const points of [["job"], ["claimed"], ["posted", "looked_up"]] as const) {
    for (let round = 1; points.some((point) => kills[point] < KILLS); round += 1) {
      expect(round).toBeLessThan(KILLS);
      for (const point of points) await killAt(point, round);
    }
    if (points[0] === "job") await writeAll();
  }
  const unfinished = `select from schedule_slot where state not in ('done', 'skipped')`;
  const unsent = "select from outbox where state <> 'sent'";
  do {
    now += 2 * MINUTE;
    await work("never", 0);
    expect(now).toBeLessThan(DUE + 72 * 60 * MINUTE);
  } while ((await database.pool.query(unsent)).rowCount !== 0);
  expect((await database.pool.query(unfinished)).rowCount).toBe(0);
  const { rows } = await database.owner.query<{ kind: string; count: number }>(
    "select kind, count(*)::int as count from outbox group by kind order by kind",
  );
  expect(rows.map(({ kind }) => kind)).toEqual([
    "anomaly",
    "budget_alert",
    "monthly_review",
    "weekly_showback",
  ]);
  const channels = Object.values(slack.channelIds);
  for (const name of Object.values(PEOPLE)) {
    channels.push(await slack.direct(slack.userIds[name] ?? ""));
  }
  const keys = (await Promise.all(channels.map(shown))).flat();
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  const messages = keys.filter((key) => !key.endsWith("#details"));
  expect(keys.length).toBeGreaterThan(messages.length);
  expect(messages).toHaveLength(rows.reduce((sum, { count }) => sum + count, 0));
}, 900_000);
