import type { Db } from "../db/db.ts";
import { AispendError } from "../errors.ts";
import { may, type Permission } from "./permission.ts";
import { loadRoster } from "./roster.ts";

/** Whether somebody may, and who else may. */
export interface Entitled {
  readonly allowed: boolean;
  /** Nearest first; empty where nobody may, or where the one who asks may. */
  readonly who: readonly number[];
}

const NOBODY: Entitled = { allowed: false, who: [] };

/** Nobody answers for anything until an aispend.yaml was applied. */
export async function orNobody(find: () => Promise<Entitled>): Promise<Entitled> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return NOBODY;
    throw error;
  }
}

export interface EntitledQuestion {
  readonly orgId: number;
  readonly personId: number;
  readonly now: Date;
}

/**
 * Before something is offered: who may do it at the scope, or at the organisation where the scope is gone.
 * What counts is decided anew when it is done.
 */
export function findEntitled(
  db: Db,
  {
    orgId,
    personId,
    action,
    scopeId,
    now,
  }: EntitledQuestion & { action: Permission; scopeId: number },
): Promise<Entitled> {
  return orNobody(async () => {
    const roster = await loadRoster(db, orgId);
    const at = roster.parents.has(scopeId) ? scopeId : 0;
    const verdict = may(roster, personId, { action, scopeId: at, now });
    return { allowed: verdict.allowed, who: verdict.allowed ? [] : verdict.who };
  });
}
