import { beforeAll, expect, it } from "vitest";
import { showback } from "#apps/worker/jobs/showback.ts";
import { transaction } from "#core/db/transaction.ts";
import { parseUsd } from "#core/money.ts";
import { type Acme, fillAcme, makeAcme } from "#test/chat/acme.ts";
import { useDatabase } from "#test/database/clone.ts";

const database = useDatabase();
const MONDAY = new Date("2026-11-23T08:00:00Z");
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
let acme: Acme;

/** An estimate of a scope, and how it turned out on a day. */
async function lookedBack(of: Acme, path: string, pullRequest: number, at: string): Promise<void> {
  const { rows } = await database.owner.query<{ id: number }>(
    `insert into estimate (org_id, repository, pull_request, head_sha, base_sha, content_hash,
       token_hash, merged_at, merged_day, recorded_at, predicted, effects, scope_ids, verdict)
     values ($1, 'acme/shop', $2, 'a', 'b', '', $3, now(), '2026-11-09', now(), $4, '[]', $5,
       'none')
     returning id`,
    [
      of.orgId,
      pullRequest,
      Buffer.from(String(pullRequest)),
      parseUsd(1_240),
      [of.scopes.get(path)],
    ],
  );
  await database.owner.query(
    `insert into estimate_follow_up (org_id, estimate_id, days, state, predicted, measured,
       volume_change, other_change, calls_before, calls_after, other_estimates, measured_at)
     values ($1, $2, 7, 'measured', $3, $4, 0, 0, 10, 10, 0, $5)`,
    [of.orgId, rows[0]?.id, parseUsd(1_240), parseUsd(1_310), at],
  );
}

beforeAll(async () => {
  acme = await makeAcme(database.owner, { key: "acme" });
  const other = await makeAcme(database.owner, { key: "other" });
  await fillAcme(database.pool, acme);
  await database.owner.query(
    `insert into scope_channel (org_id, scope_id, surface, destination)
     values ($1, $2, 'slack', 'T1/C1')`,
    [acme.orgId, acme.scopes.get("payments")],
  );
  await lookedBack(acme, "payments/disputes", 812, "2026-11-18T04:30:00Z");
  await lookedBack(acme, "payments/disputes", 800, "2026-11-11T04:30:00Z");
  await lookedBack(acme, "search/ranker", 813, "2026-11-18T04:30:00Z");
  await lookedBack(other, "payments/disputes", 814, "2026-11-18T04:30:00Z");
});

it("tells the owner's digest how the week's looks back turned out, of their scopes alone", async () => {
  await transaction(database.pool, (tx) =>
    showback.run({
      pool: database.pool,
      tx,
      orgId: acme.orgId,
      timeZone: "Europe/Berlin",
      scope: String(acme.scopes.get("payments")),
      slot: MONDAY,
      now: MONDAY,
      attempt: 1,
      log,
    }),
  );
  const { rows } = await database.owner.query<{ body: { notes: string[] } }>(
    "select body from outbox where org_id = $1 and placement = 'thread'",
    [acme.orgId],
  );
  expect(rows[0]?.body.notes.filter((line) => line.startsWith("PR "))).toEqual([
    "PR 812 of acme/shop: predicted +$1,240 a month; at measured volume +$1,310, 95% right.",
  ]);
});
