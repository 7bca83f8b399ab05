import type { Pool } from "pg";
import { boundUnmetered } from "../ledger/unmetered.ts";
import { saidUsd } from "../money.ts";
import { addDays, type Day, utcDay } from "../time.ts";
import { confirmUnconfirmed } from "./reap.ts";
import { listUnconfirmed } from "./unconfirmed-store.ts";
import { listUpstreams } from "./upstreams.ts";

export interface ConfirmedByBills {
  readonly counters: number;
  /** Nano-USD that caps may spend again. */
  readonly released: bigint;
}

/**
 * Gives caps back what lost leases keep of them, once the bills prove that it was not spent: of the
 * days on which they were lost, and one more to each side, every provider that the gateway passes
 * calls on to has billed at most `most` beyond what was metered, so no cap was spent by more than that
 * without anybody seeing it. Where bills cannot bound it, or bound it by more than is kept, nothing is
 * changed and an operator confirms by hand. Bills before the UTC day `before` are final.
 */
export async function confirmByBills(
  pool: Pool,
  args: { readonly orgId: number; readonly before: Day; readonly now: Date },
): Promise<ConfirmedByBills> {
  const { orgId, before, now } = args;
  const done = { counters: 0, released: 0n };
  const open = await listUnconfirmed(pool, orgId);
  if (open.length === 0) return done;
  const providers = (await listUpstreams(pool, orgId)).map(({ provider }) => provider);
  for (const { counterId, unconfirmed, from, until } of open) {
    const period = { start: addDays(utcDay(from), -1), end: addDays(utcDay(until), 2) };
    if (period.end > before) continue;
    const most = await boundUnmetered(pool, { orgId, period, source: "gateway", providers });
    if (most === undefined || most >= unconfirmed) continue;
    const last = addDays(period.end, -1);
    const reason =
      `the bills of ${period.start} to ${last} have at most ${saidUsd(most)} ` +
      "that the gateway did not see";
    const { released } = await confirmUnconfirmed(pool, {
      orgId,
      counterId,
      spent: most,
      reason,
      now,
    });
    if (released <= 0n) continue;
    done.counters += 1;
    done.released += released;
  }
  return done;
}
