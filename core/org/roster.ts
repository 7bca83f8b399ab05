import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { pathOf } from "./directory.ts";
import type { Roster } from "./raci.ts";
import { listDelegations, listHolders, listOnCall, listRaci } from "./responsibility-store.ts";
import { findOrganization, listPeople, listScopes } from "./store.ts";

/** Loads who holds what: for permissions, owners and vacancies. Throws `organisation_not_found`. */
export async function loadRoster(db: Db, orgId: number): Promise<Roster> {
  // One after the other: inside of a transaction there is one connection.
  const organization = await findOrganization(db, orgId);
  if (organization === undefined) {
    throw new AispendError("organisation_not_found", `there is no organisation ${orgId}`, {
      kind: "not_found",
      help: "Create it: aispend apply aispend.yaml.",
    });
  }
  const scopes = await listScopes(db, orgId);
  const people = await listPeople(db, orgId);
  const holderRows = await listHolders(db, orgId);
  const raciRows = await listRaci(db, orgId);
  const onCallRows = await listOnCall(db, orgId);
  const delegations = await listDelegations(db, orgId);
  const byId = new Map(scopes.map((scope) => [scope.id, scope]));
  const living = scopes.filter(({ retiredOn }) => retiredOn === null);
  const holders = new Map<string, number[]>();
  for (const { scopeId, function: name, personId } of holderRows) {
    append(holders, `${scopeId}:${name}`, personId);
  }
  const onCall = new Map<number, number[]>();
  for (const { scopeId, personId } of onCallRows) append(onCall, scopeId, personId);
  return {
    orgId,
    timeZone: organization.timeZone,
    parents: new Map(living.map(({ id, parentId }) => [id, parentId])),
    paths: new Map([
      [0, organization.name],
      ...living.map(({ id }) => [id, pathOf(byId, id)] as const),
    ]),
    raci: new Map(
      raciRows.map(({ scopeId, activity, ...rule }) => [`${scopeId}:${activity}`, rule]),
    ),
    holders,
    onCall,
    delegations,
    leftOn: new Map(
      people.flatMap(({ id, leftOn }) => (leftOn === null ? [] : [[id, leftOn] as const])),
    ),
    selfApproval: organization.selfApproval,
    accountableForAiCost: organization.accountableId ?? undefined,
  };
}

function append<K>(map: Map<K, number[]>, key: K, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
