import { spendBy } from "#core/ledger/spend.ts";
import type { Period } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { PersonCell } from "./release-cohorts.ts";

const ALL = 10_000;

/** Who spent how much in which team; for adding up, never for showing. */
export async function personCells(asking: Asking, period: Period): Promise<PersonCell[]> {
  const { pool, org } = asking;
  const teams = await spendBy(pool, org.id, {}, period, "team", ALL);
  const cells: PersonCell[] = [];
  for (const { id: teamId } of teams) {
    const people = await spendBy(pool, org.id, { teamId }, period, "person", ALL);
    for (const { id: personId, measures } of people) {
      if (personId === 0) continue;
      cells.push({ teamId, personId, cost: measures.cost, requests: measures.requests });
    }
  }
  return cells;
}
