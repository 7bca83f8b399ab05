import type { Pool } from "pg";
import { transaction } from "#core/db/transaction.ts";
import { localDay } from "#core/time.ts";
import { SETTINGS } from "./file/state.ts";
import { type Listing, type ListingChanges, workInListing } from "./people-listing.ts";
import { type Vacancy, vacancies } from "./raci.ts";
import { loadRoster } from "./roster.ts";
import { type By, changeOrganisation } from "./service.ts";

export interface ImportedPeople {
  readonly joined: number;
  readonly returned: number;
  readonly changed: number;
  readonly left: number;
  /** Every role that is still named after somebody who left, also before this import. */
  readonly vacancies: readonly Vacancy[];
}

/**
 * Brings people from the Slack or Teams directory or a CSV, in one transaction with audit entries.
 * A deactivated account is a leaver from today on; what a leaver held is vacant.
 */
export async function importPeople(
  pool: Pool,
  args: { orgId: number; listing: Listing; by: By; now: Date },
): Promise<ImportedPeople> {
  const { orgId, listing, by, now } = args;
  return transaction(pool, async (tx) => {
    const changes: { last?: ListingChanges } = {};
    await changeOrganisation(tx, {
      orgId,
      by,
      now,
      origin: "directory",
      members: () => changes.last?.members ?? new Set(),
      edit: (_state, current) => {
        const zone = current.state.settings.get(SETTINGS)?.timeZone ?? "UTC";
        changes.last = workInListing(current, listing, localDay(now, zone));
        return changes.last.state;
      },
    });
    const { last } = changes;
    return {
      joined: last?.joined.length ?? 0,
      returned: last?.returned.length ?? 0,
      changed: last?.changed.length ?? 0,
      left: last?.left.length ?? 0,
      vacancies: vacancies(await loadRoster(tx, orgId), now),
    };
  });
}
