import { beforeAll, describe, expect, it } from "vitest";
import { listFindings } from "#core/anomalies/service.ts";
import { DEFAULT_THRESHOLDS } from "#core/anomalies/thresholds.ts";
import { recordAnomalies } from "#core/anomalies/tick.ts";
import { transaction } from "#core/db/transaction.ts";
import { type Acme, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";
import type { FeedRow } from "../../bench/eval/feed.ts";
import { replay } from "../../bench/eval/replay.ts";
import { appendHours, appendOnTime, HOUR_MS, type Hour, usualHours } from "./feed.ts";

const database = useDatabase();
// The baseline spans the end of a month and the night in which New York's clocks go back.
const START = new Date("2026-10-25T00:00:00Z");
const DAY = new Date("2026-11-09T00:00:00Z");
const at = (hour: number) => new Date(DAY.getTime() + hour * HOUR_MS);
let acme: Acme;

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme", timeZone: "America/New_York" });
});

const PAST = usualHours(START, DAY);
const STORY: readonly Hour[] = [
  ...usualHours(at(0), at(2)),
  { at: at(2), input: 9_000 },
  ...usualHours(at(3), at(5)),
  { at: at(5), requests: 4_000 },
  { at: at(6), requests: 4_000 },
  ...usualHours(at(7), at(9)),
];

/** The same hour as a row of a feed: claude-sonnet-4-5 at $3 and $15 a million. */
function rowOf({ at: start, input = 2_000, output = 200, requests = 100 }: Hour): FeedRow {
  const hour = start.getTime();
  return {
    hour,
    arrived_at: hour + HOUR_MS + 300_000,
    team: "payments",
    project: "checkout-web",
    agent: "checkout-agent",
    model: "claude-sonnet-4-5",
    requests,
    input_tokens: requests * input,
    output_tokens: requests * output,
    cost_usd: (requests * (input * 3 + output * 15)) / 1e6,
  };
}

describe("the replay of a feed", () => {
  it("finds what the hourly job finds, in the same hours", async () => {
    await appendHours(database.pool, acme.orgId, PAST);
    await appendOnTime(database.pool, acme.orgId, STORY);
    for (let hour = 1; hour <= 9; hour += 1) {
      const now = new Date(at(hour).getTime() + 600_000);
      await transaction(database.pool, (tx) => recordAnomalies(tx, { orgId: acme.orgId, now }));
    }
    const findings = await listFindings(database.pool, acme.orgId);
    const found = findings
      .filter(({ evidence }) => evidence.detected)
      .map(({ class: of, since }) => [of, since.toISOString()])
      .sort();
    const rows = [...PAST, ...STORY].map(rowOf);
    const alerts = replay(rows, (row) => row.cost_usd, DEFAULT_THRESHOLDS);
    const raised = alerts
      .filter(({ isNews, series }) => isNews && series.startsWith("agent:"))
      .map(({ at: when, kind }) => [
        kind === "request_spike" ? "runaway_loop" : kind,
        new Date(when).toISOString(),
      ])
      .sort();
    expect(found).toEqual([
      ["runaway_loop", at(5).toISOString()],
      ["token_bloat", at(2).toISOString()],
    ]);
    expect(raised).toEqual(found);
  });
});
