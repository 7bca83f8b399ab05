import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { approversOf } from "#core/keys/approval.ts";
import type { Effect } from "#core/keys/effect.ts";
import { defaultGateway, heldAt } from "#core/keys/key-gateway.ts";
import { findKey, listKeys } from "#core/keys/lookup.ts";
import { findKeyPolicy, findScopeCostCentre } from "#core/keys/policy.ts";
import { listApprovals } from "#core/keys/request-service.ts";
import type { KeyRequest } from "#core/keys/schema.ts";
import { rightsFor } from "#core/keys/terms.ts";
import { isOver, loadUsage, similarKeys, suggestCap } from "#core/keys/usage.ts";
import { lineage, type Roster } from "#core/org/raci.ts";
import { localDay } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import type { Card } from "./card.ts";

const HOUR_MS = 3_600_000;

export interface CardSetting {
  readonly org: OrgView;
  readonly roster: Roster;
  readonly now: Date;
}

function approversNow(roster: Roster, request: KeyRequest, effect: Effect, now: Date) {
  try {
    return approversOf(roster, request, rightsFor(request.kind, effect), now);
  } catch (error) {
    // Whoever could approve it has left since: the card says that nobody is waited for.
    if (error instanceof AispendError && error.code === "approver_missing") return undefined;
    throw error;
  }
}

/** Of a key that is there its own; of one to come where it would be made. */
export async function gatewayOf(db: Db, orgId: number, request: KeyRequest) {
  const key = request.keyId === undefined ? undefined : await findKey(db, orgId, request.keyId);
  if (key === undefined) return defaultGateway(db, orgId);
  return heldAt(db, key);
}

/** Reads what the card of a request shows. */
export async function loadCard(
  db: Db,
  { org, roster, now }: CardSetting,
  request: KeyRequest,
  effect: Effect,
): Promise<Card> {
  const today = localDay(now, org.timeZone);
  const approvals = await listApprovals(db, org.id, request.id);
  const keys = await listKeys(db, { orgId: org.id, states: ["approved", "active", "suspended"] });
  const usages = await loadUsage(db, org.id, keys, today);
  const others = usages.filter(({ key }) => key.requestId !== request.id);
  const owned = others.filter(({ key }) => key.ownerId === request.requestedBy);
  const siblings = lineage(roster, request.scopeId).slice(0, -1);
  const similar = similarKeys(others, { environment: request.environment, scopeIds: siblings });
  const policy = await findKeyPolicy(db, org.id);
  const asked =
    request.state === "pending" ? approversNow(roster, request, effect, now) : undefined;
  const given = new Set(approvals.map(({ personId }) => personId));
  const further = asked?.people.find((id) => !asked.nearest.includes(id));
  const at = new Date(request.requestedAt.getTime() + policy.escalateHours * HOUR_MS);
  return {
    org,
    today,
    request,
    effect,
    approvals,
    waitingFor: (asked?.nearest ?? []).filter((id) => !given.has(id)),
    next:
      further === undefined || request.escalatedAt !== undefined
        ? undefined
        : { personId: further, at },
    similar: suggestCap(similar.map(({ lately }) => lately)),
    owned: { active: owned.length, over: owned.filter(isOver).length },
    held: await gatewayOf(db, org.id, request),
    costCentre: await findScopeCostCentre(db, roster, request.scopeId),
  };
}
