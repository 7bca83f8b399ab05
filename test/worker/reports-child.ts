import pg from "pg";
import { pino } from "pino";
import { createSlackPort } from "#apps/slack/port.ts";
import type { Job } from "#apps/worker/job.ts";
import { openDueJobs, startWorker } from "#apps/worker/worker.ts";
import { rowTypes } from "#core/db/row-types.ts";
import { listAccounts } from "#core/org/person-accounts.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import { REPORT_JOBS } from "./report-jobs.ts";

// A worker process with the product's own jobs and its Slack port, which kills itself at a given point or
// ends when nothing is left to do.
const options: {
  databaseUrl: string;
  slackApiUrl: string;
  botToken: string;
  killAt: "job" | "claimed" | "looked_up" | "posted" | "never";
  /** How often it passes that point unharmed. */
  spared: number;
  now: string;
} = JSON.parse(process.argv[2] ?? "");

const now = new Date(options.now);
const clock = () => now;
const pool = new pg.Pool({
  connectionString: options.databaseUrl,
  options: "-c role=aispend_app",
  types: rowTypes,
});
let spared = options.spared;

function pass(point: typeof options.killAt): void {
  if (point !== options.killAt) return;
  if (spared > 0) spared -= 1;
  else process.kill(process.pid, "SIGKILL");
}

const slack = createSlackPort({
  botToken: options.botToken,
  slackApiUrl: options.slackApiUrl,
  clock,
  log: pino({ level: "silent" }),
  accountOf: async (orgId, id) => (await listAccounts(pool, orgId, id, "slack"))[0],
});
const port: OutboxPort = {
  minIntervalMs: 0,
  async deliver(message, signal) {
    pass("claimed");
    const delivered = await slack.deliver(message, signal);
    pass("posted");
    return delivered;
  },
  async findDelivered(message, signal) {
    const found = await slack.findDelivered?.(message, signal);
    pass("looked_up");
    return found;
  },
};
const jobs = REPORT_JOBS.map(
  (job): Job => ({
    ...job,
    async run(context) {
      await job.run(context);
      pass("job");
    },
  }),
);

// What is due is there before it is asked whether anything is left to do.
await openDueJobs({ pool, jobs }, now);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
// While jobs are killed nothing is delivered, so that there is something left to kill for.
const ports = options.killAt === "job" ? {} : { slack: port };
const worker = startWorker({ pool, clock, log, jobs, ports });

const awaited = options.killAt === "looked_up" ? ["sending"] : ["queued", "sending"];

/**
 * The clock stands still here: what a killed worker holds is not due in this process's life. Who came
 * to look up what was posted leaves the rest for others to be killed over.
 */
async function isDone(): Promise<boolean> {
  const { rows } = await pool.query(
    `select not exists (select from schedule_slot where state = 'open' and not_before <= $1)
       and ($2 or not exists (select from outbox
         left join outbox_destination using (org_id, surface, destination)
         where state = any($3) and not_before <= $1
           and coalesce(next_at, '-infinity') <= $1)) as done`,
    [now, options.killAt === "job", awaited],
  );
  return rows[0].done;
}

while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20));
await worker.stop();
await pool.end();
