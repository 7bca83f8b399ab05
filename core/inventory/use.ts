import { addDays, type Day } from "../time.ts";
import type { UseRow } from "./facts.ts";
import { NO_USE, type Use } from "./item.ts";

type Used = Pick<UseRow, "teamId" | "first" | "last" | "cost" | "unpriced" | "isShare">;

/** One use from all rows of a thing. */
export function useOf(rows: readonly Used[]): Use {
  if (rows.length === 0) return NO_USE;
  const teams = rows.filter(({ teamId, isShare }) => teamId !== 0 && isShare);
  return {
    cost: rows.reduce((sum, { cost }) => sum + cost, 0n),
    unpriced: rows.reduce((sum, { unpriced }) => sum + unpriced, 0n),
    teams: [...new Set(teams.map(({ teamId }) => teamId))].sort((a, b) => a - b),
    firstUsed: earliest(rows.map(({ first }) => first)),
    lastUsed: latest(rows.map(({ last }) => last)),
  };
}

export function earliest(days: readonly Day[]): Day | undefined {
  return days.reduce<Day | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
}

function latest(days: readonly Day[]): Day | undefined {
  return days.reduce<Day | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
}

/** The provider that most was spent with; undefined where none is named. */
export function mainProvider(
  rows: readonly Pick<UseRow, "provider" | "cost">[],
): string | undefined {
  const [first] = rows
    .filter(({ provider }) => provider !== "")
    .toSorted((a, b) => (a.cost < b.cost ? 1 : a.cost > b.cost ? -1 : 0));
  return first?.provider;
}

/** The only team that used it; 0 where none or several did. */
export function onlyTeam({ teams }: Use): number {
  return teams.length === 1 ? (teams[0] ?? 0) : 0;
}

/** Days of spend that are shown; the first of the window. */
export const SPEND_DAYS = 30;

export function spendSince(today: Day): Day {
  return addDays(today, 1 - SPEND_DAYS);
}
