import { AispendError } from "#core/errors.ts";
import { type Day, localDay } from "#core/time.ts";
import { type Activity, FUNCTIONS, type FunctionName } from "./words.ts";

/** Who holds what, where, and on which days: a snapshot. Scope 0 is the organisation. */
export interface Roster {
  readonly orgId: number;
  readonly timeZone: string;
  /** The parent of every living scope. */
  readonly parents: ReadonlyMap<number, number>;
  /** "payments/disputes" by id; the organisation's name for 0. */
  readonly paths: ReadonlyMap<number, string>;
  /** By "scope:activity"; a row overrides the parent's. */
  readonly raci: ReadonlyMap<string, RaciRule>;
  /** By "scope:function"; the first is the one who is Accountable. */
  readonly holders: ReadonlyMap<string, readonly number[]>;
  readonly onCall: ReadonlyMap<number, readonly number[]>;
  readonly delegations: readonly DayDelegation[];
  /** First day on which a person is gone. */
  readonly leftOn: ReadonlyMap<number, Day>;
  readonly selfApproval: boolean;
  readonly accountableForAiCost: number | undefined;
}

export interface RaciRule {
  readonly accountable: FunctionName;
  readonly responsible: readonly FunctionName[];
  readonly consulted: readonly FunctionName[];
  readonly informed: readonly FunctionName[];
}

export interface DayDelegation {
  readonly personId: number;
  readonly delegateId: number;
  readonly from: Day;
  /** The last day. */
  readonly until: Day;
}

/** A role as somebody holds it, or as it stands empty. */
export interface Seat {
  readonly function: FunctionName;
  /** Where the holder is named: the scope itself or the ancestor it inherits from. */
  readonly heldAt: number;
  /** Who is named; on a vacancy, who left. */
  readonly personId: number;
  /** Who acts today: the holder or a delegate. Undefined: the holder left. */
  readonly actingId: number | undefined;
}

export interface ResolvedRaci {
  readonly accountable: Seat;
  readonly responsible: readonly Seat[];
  readonly consulted: readonly Seat[];
  readonly informed: readonly Seat[];
}

/** The scope and its ancestors, nearest first, the organisation (0) last. Throws `scope_not_found`. */
export function lineage(roster: Roster, scopeId: number): number[] {
  const line: number[] = [];
  for (let id = scopeId; id !== 0; ) {
    line.push(id);
    const parent = roster.parents.get(id);
    if (parent === undefined) {
      throw new AispendError("scope_not_found", `there is no scope ${id} any more`, {
        kind: "not_found",
        help: "Ask for it by name.",
      });
    }
    id = parent;
  }
  return [...line, 0];
}

export function hasLeft(roster: Roster, personId: number, day: Day): boolean {
  const left = roster.leftOn.get(personId);
  return left !== undefined && left <= day;
}

/** The day in the organisation's zone, by which delegations and leavings go. */
export function rosterDay(roster: Roster, now: Date): Day {
  return localDay(now, roster.timeZone);
}

/**
 * Who acts for a person on a day, the person first: everyone along the chain of delegations. Empty
 * when the person left; a delegate who left ends the chain.
 */
export function actingFor(roster: Roster, personId: number, day: Day): number[] {
  const acting: number[] = [];
  let next: number | undefined = personId;
  while (next !== undefined && !acting.includes(next) && !hasLeft(roster, next, day)) {
    const giver: number = next;
    acting.push(giver);
    next = roster.delegations.find(
      ({ personId: from, from: first, until }) => from === giver && first <= day && day <= until,
    )?.delegateId;
  }
  return acting;
}

/** The rule that holds at a scope: its own, or the nearest ancestor's. Throws when there is none. */
export function ruleAt(roster: Roster, activity: Activity, scopeId: number): RaciRule {
  for (const id of lineage(roster, scopeId)) {
    const rule = roster.raci.get(`${id}:${activity}`);
    if (rule !== undefined) return rule;
  }
  throw nobody(roster, activity, scopeId);
}

function nobody(roster: Roster, activity: string, scopeId: number): AispendError {
  const path = roster.paths.get(scopeId) ?? String(scopeId);
  return new AispendError("accountable_missing", `nobody answers for ${activity} of ${path}`, {
    kind: "conflict",
    help: "Name a person for each function in aispend.yaml and apply it.",
  });
}

/** Everybody who is named for a function at the scope, or at the nearest ancestor that names anyone. */
export function seatsOf(
  roster: Roster,
  held: FunctionName,
  scopeId: number,
  day: Day,
): readonly Seat[] {
  for (const heldAt of lineage(roster, scopeId)) {
    const people = roster.holders.get(`${heldAt}:${held}`);
    if (people === undefined || people.length === 0) continue;
    return people.map((personId) => ({
      function: held,
      heldAt,
      personId,
      actingId: actingFor(roster, personId, day).at(-1),
    }));
  }
  return [];
}

/** Who is R, A, C and I for an activity at a scope on the day of `now`: exactly one A. */
export function resolveRaci(
  roster: Roster,
  activity: Activity,
  scopeId: number,
  now: Date,
): ResolvedRaci {
  return resolveOn(roster, activity, scopeId, rosterDay(roster, now));
}

/** The same on a day of the organisation's zone. */
export function resolveOn(
  roster: Roster,
  activity: Activity,
  scopeId: number,
  day: Day,
): ResolvedRaci {
  const rule = ruleAt(roster, activity, scopeId);
  const seats = (names: readonly FunctionName[]): readonly Seat[] =>
    names.flatMap((name) => seatsOf(roster, name, scopeId, day));
  const accountable = seatsOf(roster, rule.accountable, scopeId, day)[0];
  if (accountable === undefined) throw nobody(roster, activity, scopeId);
  return {
    accountable,
    responsible: seats(rule.responsible),
    consulted: seats(rule.consulted),
    informed: seats(rule.informed),
  };
}

/** A scope's owner is the Accountable of attributing spend there (domain.md section 4). */
export function ownerOf(roster: Roster, scopeId: number, now: Date): Seat {
  return resolveRaci(roster, "attribute_spend", scopeId, now).accountable;
}

/** Who is called at a scope, the nearest that names anyone; people who left are not there. */
export function onCallOf(roster: Roster, scopeId: number, now: Date): readonly number[] {
  return onCallOn(roster, scopeId, rosterDay(roster, now));
}

/** The same on a day of the organisation's zone. */
export function onCallOn(roster: Roster, scopeId: number, day: Day): readonly number[] {
  for (const id of lineage(roster, scopeId)) {
    const people = (roster.onCall.get(id) ?? []).filter((person) => !hasLeft(roster, person, day));
    if (people.length > 0) return people;
  }
  return [];
}

export interface Vacancy {
  readonly scopeId: number;
  readonly role: FunctionName | "on_call" | "accountable_for_ai_cost";
  /** Who left. */
  readonly personId: number;
}

/** Every role that is still named after somebody who left: each needs a person. */
export function vacancies(roster: Roster, now: Date): Vacancy[] {
  const day = rosterDay(roster, now);
  const named: Vacancy[] = [0, ...roster.parents.keys()].flatMap((scopeId) =>
    FUNCTIONS.flatMap((role) =>
      (roster.holders.get(`${scopeId}:${role}`) ?? []).map((personId) => ({
        scopeId,
        role,
        personId,
      })),
    ),
  );
  for (const [scopeId, people] of roster.onCall) {
    for (const personId of people) named.push({ scopeId, role: "on_call", personId });
  }
  if (roster.accountableForAiCost !== undefined) {
    const personId = roster.accountableForAiCost;
    named.push({ scopeId: 0, role: "accountable_for_ai_cost", personId });
  }
  return named.filter(({ personId }) => hasLeft(roster, personId, day));
}
