import type { Db } from "../db/db.ts";
import { lineage, type Roster } from "../org/raci.ts";
import {
  selectAllowLists,
  selectCostCentres,
  selectMemberships,
  selectPolicy,
} from "./policy-store.ts";
import { KeyPolicy } from "./schema.ts";

/** How keys are approved in the organisation; without a word of it in the file, the defaults. */
export async function findKeyPolicy(db: Db, orgId: number): Promise<KeyPolicy> {
  return KeyPolicy.parse((await selectPolicy(db, orgId)) ?? {});
}

/** Models that may be used in a scope: its own list, or its nearest ancestor's. Empty = any. */
export async function findAllowList(
  db: Db,
  roster: Roster,
  scopeId: number,
): Promise<readonly string[]> {
  const lists = await selectAllowLists(db, roster.orgId);
  for (const id of lineage(roster, scopeId)) {
    const list = lists.get(id);
    if (list !== undefined && list.length > 0) return list;
  }
  return [];
}

/** Why a request needs somebody's press; undefined where the policy approves it by itself. */
export function whyNotByPolicy(
  policy: KeyPolicy,
  request: { capPerMonth: bigint; days: number | undefined; inside: boolean; outside: boolean },
): string | undefined {
  if (policy.approveUpTo === undefined) return "no request is approved by policy";
  if (request.capPerMonth > policy.approveUpTo) return "its cap is above what policy approves";
  if (request.days === undefined || request.days > policy.approveDays) {
    return `it lasts longer than ${policy.approveDays} days`;
  }
  if (!request.inside) return "it does not fit into the budget";
  return request.outside ? "it asks for models outside the allow-list" : undefined;
}

/** Of the scope, or of the nearest above it that names one. */
export async function findScopeCostCentre(
  db: Db,
  roster: Roster,
  scopeId: number,
): Promise<string | undefined> {
  const centres = await selectCostCentres(db, roster.orgId);
  return lineage(roster, scopeId)
    .map((id) => centres.get(id))
    .find((one) => one !== undefined);
}

/** Scopes that name the person as a member in aispend.yaml. */
export function listMemberships(db: Db, orgId: number, personId: number): Promise<number[]> {
  return selectMemberships(db, orgId, personId);
}
