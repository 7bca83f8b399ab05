import { readFileSync } from "node:fs";
import pg from "pg";
import { z } from "zod";
import { rowTypes } from "#core/db/row-types.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { type AppendOutcome, UsageEvent } from "#core/ledger/schema.ts";
import { seeded } from "#test/ledger/entries.ts";

/** A process that sends every batch twice, in an order of its own. */
export interface AppendTask {
  readonly url: string;
  readonly orgId: number;
  /** A JSON array of events. */
  readonly file: string;
  readonly batchEvents: number;
  readonly seed: number;
  readonly now: string;
}

async function main(task: AppendTask): Promise<void> {
  const pool = new pg.Pool({
    connectionString: task.url,
    max: 2,
    options: "-c role=aispend_app",
    types: rowTypes,
  });
  const clock = () => new Date(task.now);
  const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
  const events = z.array(UsageEvent).parse(JSON.parse(readFileSync(task.file, "utf8")));
  const starts: number[] = [];
  for (let start = 0; start < events.length; start += task.batchEvents) starts.push(start, start);
  const random = seeded(task.seed);
  const order = starts.map((start) => ({ start, at: random() })).sort((a, b) => a.at - b.at);
  const counts: Record<AppendOutcome["state"], number> = {
    appended: 0,
    duplicate: 0,
    traced: 0,
    conflict: 0,
    refused: 0,
  };
  const sendFrom = async (lane: number) => {
    for (let position = lane; position < order.length; position += 2) {
      const start = order[position]?.start ?? 0;
      const batch = events.slice(start, start + task.batchEvents);
      for (const { state } of await ledger.append(task.orgId, batch)) counts[state] += 1;
    }
  };
  await Promise.all([sendFrom(0), sendFrom(1)]);
  await pool.end();
  process.stdout.write(JSON.stringify(counts));
}

void main(JSON.parse(process.argv[2] ?? "{}"));
