import pg from "pg";
import type { Job } from "#apps/worker/job.ts";
import { startWorker } from "#apps/worker/worker.ts";
import { rowTypes } from "#core/db/row-types.ts";
import type { OutboxPort } from "#core/outbox/port.ts";
import { enqueue } from "#core/outbox/service.ts";
import { openDueSlots } from "#core/schedule/service.ts";
import { answer } from "#test/outbox/message.ts";

// A worker process that kills itself at a given point, or ends when there is nothing left to do.
const options: {
  databaseUrl: string;
  chatUrl: string;
  killAt: "job" | "claimed" | "looked_up" | "posted" | "never";
  /** How often it passes that point unharmed. */
  spared: number;
  now: string;
} = JSON.parse(process.argv[2] ?? "");

const now = new Date(options.now);
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

async function call(path: string, body: object): Promise<{ ts?: string }> {
  const answered = await fetch(options.chatUrl + path, {
    method: "POST",
    headers: { connection: "close" },
    body: JSON.stringify(body),
  });
  const parsed: { ts?: string } = JSON.parse(await answered.text());
  return parsed;
}

const chat: OutboxPort = {
  async deliver({ orgId, dedupeKey, destination, act, reference }) {
    pass("claimed");
    const key = `${orgId} ${dedupeKey}`;
    const { ts = "" } = await call("/post", { key, channel: destination, act, reference });
    pass("posted");
    return { reference: ts };
  },
  async findDelivered({ orgId, dedupeKey }) {
    const { ts } = await call("/find", { key: `${orgId} ${dedupeKey}` });
    pass("looked_up");
    return ts === undefined ? undefined : { reference: ts };
  },
};

const job: Job = {
  name: "job",
  schedule: { every: "minutes", count: 1 },
  catchUp: "all",
  async run({ tx, orgId, slot }) {
    const message = {
      orgId,
      dedupeKey: `slot:${slot.toISOString()}`,
      surface: "chat",
      // Two channels, so that two workers have something to do at once.
      destination: `C${slot.getUTCMinutes() % 2}`,
      kind: "test",
      urgency: "asked",
      body: answer("told"),
    } as const;
    await enqueue(tx, message, now);
    pass("job");
  },
};

// What the worker's own first tick would open: only after it can nothing be left to do.
await openDueSlots(pool, now, async () => [job]);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const worker = startWorker({ pool, clock: () => now, log, jobs: [job], ports: { chat } });

/** The clock stands still here: what a killed worker holds is not due in this process's life. */
async function isDone(): Promise<boolean> {
  const { rows } = await pool.query(
    `select not exists (select from schedule_slot where state = 'open' and not_before <= $1)
       and not exists (select from outbox
         left join outbox_destination using (org_id, surface, destination)
         where state in ('queued', 'sending') and not_before <= $1
           and coalesce(next_at, '-infinity') <= $1) as done`,
    [now],
  );
  return rows[0].done;
}

while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20));
await worker.stop();
await pool.end();
