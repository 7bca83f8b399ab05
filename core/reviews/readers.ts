import { AispendError } from "../errors.ts";
import { type Roster, resolveRaci } from "../org/raci.ts";
import { ACTIVITIES, type Activity } from "../org/words.ts";
import type { Breadth } from "./schema.ts";

export interface Reader {
  readonly personId: number;
  readonly breadth: Breadth;
}

function accountable(
  roster: Roster,
  activity: Activity,
  scopeId: number,
  now: Date,
): number | undefined {
  try {
    return resolveRaci(roster, activity, scopeId, now).accountable.actingId;
  } catch (error) {
    // Nobody answers for anything until an aispend.yaml was applied.
    if (error instanceof AispendError && error.code === "accountable_missing") return undefined;
    throw error;
  }
}

/**
 * To whom the review is owed: the Accountable of every activity of the organisation reads all of it, the
 * owner of a team that part. Vacant functions are nobody; each person is named once.
 */
export function readersOf(roster: Roster, teamIds: readonly number[], now: Date): Reader[] {
  const readers = new Map<number, Breadth>();
  for (const activity of ACTIVITIES) {
    const personId = accountable(roster, activity, 0, now);
    if (personId !== undefined) readers.set(personId, "organisation");
  }
  for (const teamId of teamIds) {
    const personId = accountable(roster, "attribute_spend", teamId, now);
    if (personId !== undefined && !readers.has(personId)) readers.set(personId, "teams");
  }
  return [...readers].map(([personId, breadth]) => ({ personId, breadth }));
}
