import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { UsageEvent } from "#core/ledger/schema.ts";
import { useDatabase } from "#test/database/clone.ts";
import type { AppendTask } from "#test/ingest/append-process.ts";
import { bundleScript } from "#test/ingest/bundled-script.ts";
import { ledgerTotals } from "#test/ingest/ledger-totals.ts";
import { makeOrganization, seeded } from "#test/ledger/entries.ts";
import { makeScopes } from "#test/ledger/scopes.ts";

const database = useDatabase();
const NOW = "2026-08-01T00:00:00Z";
const EVENTS = 4000;
const PROCESSES = 4;
const MODELS = ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "no-such-model"];
let events: UsageEvent[] = [];

beforeAll(() => {
  const random = seeded(11);
  const pick = (names: readonly string[]) => names[Math.floor(random() * names.length)] ?? "";
  events = Array.from({ length: EVENTS }, (_, index) =>
    UsageEvent.parse({
      source: "test",
      externalId: `e${index}`,
      // Three months, so that processes meet while they make the partitions too.
      occurredAt: new Date(Date.UTC(2026, 4, 1) + index * 1_900_000).toISOString(),
      provider: "openai",
      model: pick(MODELS),
      tokens: { input: Math.floor(random() * 5000), output: Math.floor(random() * 500) },
      tags: {
        team: pick(["payments", "search"]),
        workflow: pick(["refunds", "ranking", "triage"]),
        person: `user-${Math.floor(random() * 30)}`,
      },
    }),
  );
});

async function organization(key: string): Promise<number> {
  const orgId = await makeOrganization(database.owner, key);
  await makeScopes(database.owner, orgId, ["payments", "search"]);
  return orgId;
}

const deadlocks = async () => {
  const { rows } = await database.owner.query<{ deadlocks: bigint }>(
    "select deadlocks from pg_stat_database where datname = current_database()",
  );
  return rows[0]?.deadlocks;
};

it("adds up to the same when four processes send every batch twice in random order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aispend-append-test-"));
  const clock = () => new Date(NOW);
  const contextOf = cachedContexts(database.pool, clock);
  const ledger = createLedger({ pool: database.pool, clock, contextOf });
  const alone = await organization("alone");
  await ledger.append(alone, events);
  const together = await organization("together");
  const before = await deadlocks();
  const script = await bundleScript("append-process", folder);
  const file = join(folder, "events.json");
  await writeFile(file, JSON.stringify(events));
  const runs = Array.from({ length: PROCESSES }, async (_, seed) => {
    const task: AppendTask = {
      url: database.url,
      orgId: together,
      file,
      batchEvents: 200,
      seed,
      now: NOW,
    };
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(task)]);
    return JSON.parse(stdout) as Record<string, number>;
  });
  const counts = await Promise.all(runs);
  const sum = (state: string) => counts.reduce((total, count) => total + (count[state] ?? 0), 0);
  expect([sum("appended"), sum("duplicate"), sum("conflict"), sum("refused")]).toEqual([
    EVENTS,
    (2 * PROCESSES - 1) * EVENTS,
    0,
    0,
  ]);
  expect(await ledgerTotals(database.owner, together)).toBe(
    await ledgerTotals(database.owner, alone),
  );
  expect(await deadlocks()).toBe(before);
  await rm(folder, { recursive: true });
}, 60_000);
