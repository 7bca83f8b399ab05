import { importPeople } from "#core/org/import-people.ts";
import type { Listing } from "#core/org/people-listing.ts";
import type { Job } from "../job.ts";

export interface PeopleDirectory {
  readonly surface: "slack" | "teams";
  /** Undefined: the workspace is not this organisation's. */
  readonly list: (orgId: number) => Promise<Listing | undefined>;
}

/** Who joined and who left, by the directory of the chat; a leaver leaves vacancies within a day. */
export function peopleDirectory({ surface, list }: PeopleDirectory): Job {
  return {
    name: `people_of_${surface}`,
    schedule: { every: "day", at: "05:00" },
    catchUp: "last",
    async run({ pool, orgId, now, log }) {
      const listing = await list(orgId);
      if (listing === undefined) return;
      const by = { actor: "system", actorAccount: `directory:${surface}`, surface } as const;
      const { joined, left, returned, changed, vacancies } = await importPeople(pool, {
        orgId,
        listing,
        by,
        now,
      });
      const figures = { joined, left, returned, changed, vacancies: vacancies.length };
      log.info({ orgId, surface, ...figures }, "read the directory");
    },
  };
}
