import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { HoldStore } from "#core/enforcement/holds.ts";

/**
 * What most gateways do, with a counter that is as strongly consistent as can be: look whether the cap
 * is used up, pass the request on, add what it cost afterwards. For comparison only.
 */
export function createRecordAfterStore(pool: Pool, cap: bigint): HoldStore {
  return {
    async reserve(grant, amount) {
      const { rows } = await pool.query<{ spent: bigint }>(
        "select spent from bench_counter where org_id = $1",
        [grant.orgId],
      );
      const spent = rows[0]?.spent ?? 0n;
      if (spent < cap) {
        return { state: "held", hold: { id: randomUUID(), orgId: grant.orgId, amount } };
      }
      const standing = {
        subject: { kind: "key", id: 0 },
        name: "bench",
        period: "job",
        limit: cap,
        settled: spent,
        held: 0n,
        unconfirmed: 0n,
        resets: undefined,
        raisedBy: [],
        command: undefined,
      } as const;
      return { state: "exceeded", room: 0n, cap: standing };
    },
    settle({ hold, cost }) {
      void pool.query(
        `insert into bench_counter (org_id, spent) values ($1, $2)
         on conflict (org_id) do update set spent = bench_counter.spent + $2`,
        [hold.orgId, cost],
      );
    },
    countRefusal: () => undefined,
    status: () => ({ state: "ready", detail: "" }),
  };
}
