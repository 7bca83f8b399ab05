import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COHORT_SIZE, type Cohort, type PersonCell, releaseCohorts } from "./release-cohorts.ts";

const cell = fc.record({
  teamId: fc.integer({ min: 0, max: 6 }),
  personId: fc.integer({ min: 1, max: 25 }),
  cost: fc.bigInt({ min: 0n, max: 1_000_000n }),
  requests: fc.bigInt({ min: 1n, max: 100n }),
});
const cells = fc.uniqueArray(cell, {
  maxLength: 60,
  selector: ({ teamId, personId }) => `${teamId}/${personId}`,
});

function shown(all: readonly PersonCell[]): Cohort[] {
  const { teams, others, everybody } = releaseCohorts(all);
  return [...teams, others, everybody].filter((cohort) => cohort !== undefined);
}

function peopleIn(all: readonly PersonCell[], teamIds: ReadonlySet<number>): number {
  return new Set(all.filter(({ teamId }) => teamIds.has(teamId)).map(({ personId }) => personId))
    .size;
}

describe("aggregates about people", () => {
  it("cover at least five people each", () => {
    fc.assert(
      fc.property(cells, (all) => {
        for (const cohort of shown(all)) expect(cohort.people).toBeGreaterThanOrEqual(COHORT_SIZE);
      }),
    );
  });

  it("reveal nobody by any sum or difference of what is shown", () => {
    fc.assert(
      fc.property(cells, fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), (all, taken) => {
        const { teams, others, everybody } = releaseCohorts(all);
        const parts = [...teams, others].filter((cohort) => cohort !== undefined);
        const chosen = parts.filter((_, index) => taken[index]);
        const left = parts.filter((_, index) => !taken[index]);
        if (everybody === undefined || left.length === 0) return;
        // Everybody less what was chosen is exactly what was left: whole cohorts.
        const remaining = new Set(left.flatMap(({ teamIds }) => teamIds));
        const sum = chosen.reduce((total, cohort) => total + cohort.cost, 0n);
        expect(everybody.cost - sum).toBe(left.reduce((total, { cost }) => total + cost, 0n));
        expect(peopleIn(all, remaining)).toBeGreaterThanOrEqual(COHORT_SIZE);
      }),
    );
  });

  it("count every call of everybody once", () => {
    fc.assert(
      fc.property(cells, (all) => {
        const { teams, others, everybody } = releaseCohorts(all);
        if (everybody === undefined) return;
        const parts = [...teams, others].filter((cohort) => cohort !== undefined);
        expect(parts.reduce((sum, part) => sum + part.requests, 0n)).toBe(everybody.requests);
      }),
    );
  });

  it("add a team of four to the smallest team that could stand alone", () => {
    const of = (teamId: number, people: number[]) =>
      people.map((personId) => ({ teamId, personId, cost: 10n, requests: 1n }));
    const release = releaseCohorts([
      ...of(1, [1, 2, 3, 4]),
      ...of(2, [11, 12, 13, 14, 15]),
      ...of(3, [21, 22, 23, 24, 25, 26]),
    ]);
    expect(release.teams.map(({ teamIds }) => teamIds)).toEqual([[3]]);
    expect(release.others).toMatchObject({ teamIds: [1, 2], people: 9, cost: 90n });
    expect(release.everybody?.people).toBe(15);
  });
});
