import { expect, it } from "vitest";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { nanoUsd } from "#core/money.ts";
import { useDatabase } from "#test/database/clone.ts";
import { proveReconciliation, type TrafficRow } from "../../bench/reconcile.ts";
import { seeded } from "./entries.ts";

const database = useDatabase();
const clock = () => new Date("2026-12-01T00:00:00Z");
const MODELS = ["gpt-4o", "claude-sonnet-4-5", "o3"];

/** Ten days of six teams on four accounts, some hours without use. */
function traffic(): TrafficRow[] {
  const random = seeded(23);
  const rows: TrafficRow[] = [];
  for (let hour = 0; hour < 240; hour += 4) {
    for (let team = 0; team < 6; team += 1) {
      for (const model of MODELS) {
        if (random() < 0.4) continue;
        const provider = model.startsWith("claude") ? "anthropic" : "openai";
        rows.push({
          hour: new Date(Date.UTC(2026, 9, 5, hour)).toISOString(),
          team: `team-${team}`,
          project: `project-${team % 4}`,
          model,
          requests: 1 + Math.floor(random() * 50),
          input: Math.floor(random() * 90_000),
          output: Math.floor(random() * 9_000),
          cost: nanoUsd(BigInt(1 + Math.floor(random() * 9_000_000_000))),
          account: `${provider}-${team % 2}`,
          provider,
        });
      }
    }
  }
  return rows;
}

it("finds exactly what the meter missed, and exactly what a restated bill changes", async () => {
  const contextOf = cachedContexts(database.pool, clock);
  const ledger = createLedger({ pool: database.pool, clock, contextOf });
  const { pool, owner } = database;
  const setting = { pool, owner, ledger, clock, restated: 12, progress: () => undefined };
  const { leftOut, whole, ...off } = await proveReconciliation(traffic(), setting);
  expect(leftOut * 1000n).toBeGreaterThanOrEqual(whole * 17n);
  expect(off).toEqual({
    found: 0n,
    afterRestating: 0n,
    total: 0n,
    correctedDays: 0,
    rollups: 0,
  });
}, 60_000);
