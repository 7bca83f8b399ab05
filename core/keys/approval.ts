import { AispendError } from "../errors.ts";
import {
  type Authority,
  eligible,
  may,
  PERMISSIONS,
  type Permission,
  type PermissionQuestion,
} from "../org/permission.ts";
import type { Roster } from "../org/raci.ts";
import type { KeyApproval, KeyRequest } from "./schema.ts";

/** Who asks and who benefits: neither they nor who acts only for them approves it. */
function question(
  action: Permission,
  request: Pick<KeyRequest, "requestedBy" | "ownerId" | "scopeId">,
  now: Date,
): PermissionQuestion {
  const requestedBy = [...new Set([request.requestedBy, request.ownerId])];
  return { action, scopeId: request.scopeId, requestedBy, now };
}

/** The second approver of what is above the limit: as for what lies above a budget. */
function secondQuestion(
  request: Pick<KeyRequest, "kind" | "requestedBy" | "ownerId" | "scopeId">,
  first: number | undefined,
  now: Date,
): PermissionQuestion {
  const action = request.kind === "issue" ? "approve_key_above_budget" : "raise_cap_above_budget";
  const asked = question(action, request, now);
  const others = first === undefined ? [] : [first];
  return { ...asked, requestedBy: [...(asked.requestedBy ?? []), ...others] };
}

export interface Vote {
  readonly part: KeyApproval["part"];
  readonly as: Authority;
  readonly selfApproval: boolean;
}

/**
 * As what a person's approval counts now: the first by whoever's right it is, the second by
 * another one who may approve above the budget. Throws `not_permitted`.
 */
export function voteOf(
  roster: Roster,
  personId: number,
  request: KeyRequest,
  rights: readonly Permission[],
  given: readonly KeyApproval[],
  now: Date,
): Vote {
  const first = given.find(({ part }) => part === "first");
  const second = given.find(({ part }) => part === "second");
  const verdicts = rights.map((right) => may(roster, personId, question(right, request, now)));
  const [verdict] = verdicts;
  const refused = verdicts.find(({ allowed }) => !allowed);
  if (first === undefined && refused === undefined && verdict?.allowed === true) {
    const selfApproval = verdicts.some((one) => one.allowed && one.selfApproval);
    return { part: "first", as: verdict.as, selfApproval };
  }
  if (request.approvalsNeeded > 1 && second === undefined) {
    const other = may(roster, personId, secondQuestion(request, first?.personId, now));
    const isFirst = first?.personId === personId;
    if (other.allowed && !isFirst) {
      return { part: "second", as: other.as, selfApproval: other.selfApproval };
    }
    if (isFirst || (other.allowed === false && refused === undefined)) {
      throw notPermitted(
        roster,
        request,
        "It takes a second approver: another person than the first.",
      );
    }
  }
  const why = refused?.allowed === false ? refused.help : "Somebody else approved that part.";
  throw notPermitted(roster, request, why, rights);
}

function notPermitted(
  roster: Roster,
  request: KeyRequest,
  help: string,
  rights: readonly Permission[] = [],
): AispendError {
  const path = roster.paths.get(request.scopeId) ?? String(request.scopeId);
  const [right] = rights;
  const said = right === undefined ? "approve the key" : PERMISSIONS[right].said;
  return new AispendError("not_permitted", `you may not ${said} of ${path}`, {
    kind: "forbidden",
    help,
  });
}

export interface Approvers {
  /** Those who hold every right that it takes, the nearest level first. */
  readonly people: readonly number[];
  /** Of these, the ones of the nearest level: who is asked first. */
  readonly nearest: readonly number[];
}

/** Who can approve it. Throws `approver_missing` with how to appoint somebody where nobody can. */
export function approversOf(
  roster: Roster,
  request: KeyRequest,
  rights: readonly Permission[],
  now: Date,
): Approvers {
  const lists = rights.map((right) => eligible(roster, question(right, request, now)));
  const [first = [], ...others] = lists;
  const able = first.filter(({ personId }) =>
    others.every((list) => list.some((one) => one.personId === personId)),
  );
  const level = able[0]?.scopeId;
  const people = able.map(({ personId }) => personId);
  const second =
    request.approvalsNeeded > 1 ? eligible(roster, secondQuestion(request, undefined, now)) : [];
  const nearest = able.filter(({ scopeId }) => scopeId === level).map(({ personId }) => personId);
  const pair =
    request.approvalsNeeded === 1 ||
    people.some((one) => second.some(({ personId }) => personId !== one));
  if (people.length > 0 && pair) {
    const all = [...people, ...second.map(({ personId }) => personId)];
    const asked = [...nearest, ...second.map(({ personId }) => personId)];
    return { people: [...new Set(all)], nearest: [...new Set(asked)] };
  }
  const own = may(roster, request.requestedBy, question(rights[0] ?? "approve_key", request, now));
  if (own.allowed && request.approvalsNeeded === 1) {
    return { people: [request.requestedBy], nearest: [request.requestedBy] };
  }
  throw new AispendError(
    "approver_missing",
    people.length > 0
      ? "a cap of this size needs a second approver, and there is none"
      : "nobody could approve this but the one who asks",
    { kind: "forbidden", help: missingHelp(roster, request, rights, now, people.length > 0) },
  );
}

function missingHelp(
  roster: Roster,
  request: KeyRequest,
  rights: readonly Permission[],
  now: Date,
  second: boolean,
): string {
  for (const right of second ? (["approve_key_above_budget"] as const) : rights) {
    const verdict = may(roster, request.requestedBy, question(right, request, now));
    if (!verdict.allowed && verdict.reason === "nobody_eligible") return verdict.help;
  }
  return (
    "Appoint somebody: give 'set cost policy and limits' to another person under functions in " +
    "aispend.yaml, there or above, or name a delegate, and apply it."
  );
}
