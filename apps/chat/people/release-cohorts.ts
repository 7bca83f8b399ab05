/** Spend of one person in one team over a calendar month. */
export interface PersonCell {
  readonly teamId: number;
  readonly personId: number;
  readonly cost: bigint;
  readonly requests: bigint;
}

export interface Cohort {
  /** The teams that are added up in it. */
  readonly teamIds: readonly number[];
  readonly people: number;
  readonly cost: bigint;
  readonly requests: bigint;
}

export interface Release {
  /** Teams that stand alone: at least `COHORT_SIZE` people each. */
  readonly teams: readonly Cohort[];
  /** All other teams together; undefined where there are none. */
  readonly others: Cohort | undefined;
  /** Everybody; undefined where even all are too few. */
  readonly everybody: Cohort | undefined;
}

/** An aggregate about people covers at least so many. */
export const COHORT_SIZE = 5;

function cohortOf(teamIds: readonly number[], cells: readonly PersonCell[]): Cohort {
  const members = cells.filter((cell) => teamIds.includes(cell.teamId));
  return {
    teamIds,
    people: new Set(members.map((cell) => cell.personId)).size,
    cost: members.reduce((sum, cell) => sum + cell.cost, 0n),
    requests: members.reduce((sum, cell) => sum + cell.requests, 0n),
  };
}

/**
 * Which aggregates of a month may be shown. Teams are shown alone from five people up; the rest are
 * added together, and where the rest has fewer than five, the smallest team that could stand alone
 * joins it. So the difference of any two aggregates is again a set of whole cohorts of at least
 * five people, or nothing: none reveals one person. That holds because months do not overlap and a
 * cell of a person and a team is in exactly one cohort.
 */
export function releaseCohorts(cells: readonly PersonCell[]): Release {
  const teams = [...new Set(cells.map((cell) => cell.teamId))].sort((a, b) => a - b);
  const cohorts = teams.map((teamId) => cohortOf([teamId], cells));
  const everybody = cohortOf(teams, cells);
  if (everybody.people < COHORT_SIZE) {
    return { teams: [], others: undefined, everybody: undefined };
  }
  const alone = cohorts
    .filter((cohort) => cohort.people >= COHORT_SIZE)
    .sort((a, b) => a.people - b.people || (a.teamIds[0] ?? 0) - (b.teamIds[0] ?? 0));
  const rest = cohorts.filter((cohort) => cohort.people < COHORT_SIZE);
  let restIds = rest.flatMap((cohort) => cohort.teamIds);
  while (restIds.length > 0 && cohortOf(restIds, cells).people < COHORT_SIZE) {
    const joining = alone.shift();
    if (joining === undefined) break;
    restIds = [...restIds, ...joining.teamIds];
  }
  return {
    teams: alone,
    others: restIds.length === 0 ? undefined : cohortOf(restIds, cells),
    everybody,
  };
}
