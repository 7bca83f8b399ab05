import type { Pool } from "pg";
import type { Day } from "#core/time.ts";
import { ensurePartition } from "./store.ts";

/** Partitions of the ledger, made where they are absent; each is asked for once. */
export interface Months {
  ensure(days: Iterable<Day>): Promise<void>;
}

export function createMonths(pool: Pool): Months {
  const known = new Set<string>();
  return {
    async ensure(days) {
      const months = new Set<string>();
      for (const day of days) months.add(day.slice(0, 7));
      for (const month of months) {
        if (known.has(month)) continue;
        await ensurePartition(pool, `${month}-01`);
        known.add(month);
      }
    },
  };
}
