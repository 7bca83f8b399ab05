import type { Db } from "../db/db.ts";
import { AispendError } from "../errors.ts";
import { may, type Permission } from "./permission.ts";
import type { Roster } from "./raci.ts";
import { loadRoster } from "./roster.ts";

/** Whether somebody may, and who else may. */
export interface Entitled {
  readonly allowed: boolean;
  /** Nearest first; empty where nobody may, or where the one who asks may. */
  readonly who: readonly number[];
}

const NOBODY: Entitled = { allowed: false, who: [] };

export interface EntitledQuestion {
  readonly orgId: number;
  readonly personId: number;
  readonly now: Date;
}

/** What decides; who may instead is there where it refuses. */
type Decided =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly who: readonly number[] };

/**
 * Before something is offered: who may do it, by a rule of the caller's. Nobody answers for anything
 * until an aispend.yaml was applied. What counts is decided anew when it is done.
 */
export async function findEntitledBy(
  db: Db,
  orgId: number,
  decide: (roster: Roster) => Decided | Promise<Decided>,
): Promise<Entitled> {
  try {
    const decided = await decide(await loadRoster(db, orgId));
    return { allowed: decided.allowed, who: decided.allowed ? [] : decided.who };
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return NOBODY;
    throw error;
  }
}

/** The same by the permission table, at the scope, or at the organisation where the scope is gone. */
export function findEntitled(
  db: Db,
  question: EntitledQuestion & { action: Permission; scopeId: number },
): Promise<Entitled> {
  const { action, now, orgId, personId, scopeId } = question;
  return findEntitledBy(db, orgId, (roster) => {
    const at = roster.parents.has(scopeId) ? scopeId : 0;
    return may(roster, personId, { action, scopeId: at, now });
  });
}
