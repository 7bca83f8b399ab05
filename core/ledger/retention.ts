import type { Db } from "#core/db/db.ts";
import { addDays, addMonths, type Day, localDay } from "#core/time.ts";

export interface RetentionPolicy {
  readonly timeZone: string;
  readonly entryMonths: number;
  readonly hourDays: number;
  readonly personDays: number;
}

export interface RetentionCutoffs {
  /** Entries of earlier local days no longer say who. */
  readonly persons: Day;
  /** Hours before this instant are gone. */
  readonly hours: Date;
  /** The first day kept: always the first of a month. */
  readonly entries: Day;
}

/** What is old enough to go (domain.md section 6): whole local days, whole months for entries. */
export function retentionCutoffs(policy: RetentionPolicy, now: Date): RetentionCutoffs {
  const today = localDay(now, policy.timeZone);
  const hours = addDays(localDay(now, "UTC"), -policy.hourDays);
  return {
    persons: addDays(today, -policy.personDays),
    hours: new Date(`${hours}T00:00:00Z`),
    entries: addMonths(today, -policy.entryMonths),
  };
}

/** Erases who and which hour; with the application's rights. Returns how many rows changed. */
export async function erasePersonsAndHours(
  db: Db,
  orgId: number,
  cutoffs: RetentionCutoffs,
): Promise<{ entries: bigint; hours: bigint }> {
  const { rows } = await db.query<{ entries: bigint; hours: bigint }>(
    `select erase_persons_before($1, $2::date) as entries,
            erase_hours_before($1, $3::timestamptz) as hours`,
    [orgId, cutoffs.persons, cutoffs.hours],
  );
  return rows[0] ?? { entries: 0n, hours: 0n };
}

/** Closes months with the owner's rights: their totals stay, entries and rollups go. */
export async function closeMonths(
  owner: Db,
  orgId: number,
  cutoffs: RetentionCutoffs,
): Promise<bigint> {
  const { rows } = await owner.query<{ closed: bigint }>(
    "select close_months_before($1, $2::date) as closed",
    [orgId, cutoffs.entries],
  );
  return rows[0]?.closed ?? 0n;
}
