import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import type { Db } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { type Entitled, type EntitledQuestion, findEntitledBy } from "../org/entitled.ts";
import { may, requirePermission } from "../org/permission.ts";
import { lineage, type Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { insertBlock, liftBlock, selectLiveBlocks } from "./block-store.ts";
import type { By } from "./grant.ts";
import { notifyGateways, selectKey } from "./key-store.ts";
import { keyNotFound } from "./life.ts";
import { byOf, type Person } from "./request-service.ts";
import type { TrafficBlock, VirtualKey } from "./schema.ts";

/** What can be blocked or capped: one key, or a scope with everything below it. */
export interface Target {
  readonly kind: TrafficBlock["targetKind"];
  readonly id: number;
}

interface Placed {
  readonly scopeId: number;
  readonly key: VirtualKey | undefined;
}

async function placeOf(db: Db, roster: Roster, target: Target): Promise<Placed> {
  if (target.kind === "scope") {
    lineage(roster, target.id);
    return { scopeId: target.id, key: undefined };
  }
  const key = await selectKey(db, roster.orgId, target.id);
  if (key === undefined) throw keyNotFound(target.id);
  return { scopeId: roster.parents.has(key.scopeId) ? key.scopeId : 0, key };
}

function subjectOf({ kind, id }: Target): string {
  return kind === "key" ? `virtual_key:${id}` : `scope:${id}`;
}

export interface BlockPress {
  readonly orgId: number;
  readonly target: Target;
  /** Undefined: the operator of the installation, who may. */
  readonly by: Person | undefined;
  readonly operator?: By | undefined;
  readonly now: Date;
}

function actorOf({ by, operator }: BlockPress): By {
  return by === undefined ? (operator ?? { actor: "operator" }) : byOf(by);
}

/** Whether somebody may block it, and who else may; asked again when the button is pressed. */
export function findBlockers(
  db: Db,
  { orgId, target, personId, now }: EntitledQuestion & { target: Target },
): Promise<Entitled> {
  return findEntitledBy(db, orgId, async (roster) => {
    const { scopeId } = await placeOf(db, roster, target);
    return may(roster, personId, { action: "block", scopeId, now });
  });
}

export interface Blocked {
  readonly block: TrafficBlock;
  readonly changed: boolean;
  /** Keys that it stops. */
  readonly roster: Roster;
}

/**
 * The kill switch: effective on every gateway when the notification arrives. By R or A of any
 * activity of the scope, or the on-call. Blocking again changes nothing. Throws `not_permitted`.
 */
export function block(
  pool: Pool,
  press: BlockPress & { readonly reason: string; readonly cutStreams: boolean },
): Promise<Blocked> {
  const { orgId, target, by, now, cutStreams } = press;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const { scopeId } = await placeOf(tx, roster, target);
    const as =
      by === undefined
        ? "operator"
        : requirePermission(roster, by.personId, { action: "block", scopeId, now }).as.role;
    const reason = scrub(press.reason).trim().slice(0, 500) || "blocked by hand";
    const draft = {
      orgId,
      targetKind: target.kind,
      targetId: target.id,
      cutStreams,
      reason,
      ...(by === undefined ? {} : { blockedBy: by.personId }),
      blockedAt: now,
    };
    const id = await insertBlock(tx, draft);
    if (id === undefined) {
      const there = await findBlock(tx, orgId, target);
      if (there === undefined) throw new Error("what is in the way of a block is a block");
      return { block: there, changed: false, roster };
    }
    await record(tx, {
      ...actorOf(press),
      orgId,
      action: "traffic.blocked",
      subject: subjectOf(target),
      after: { block: id, cutStreams, as },
      reason,
      at: now,
    });
    await notifyGateways(tx, orgId);
    return { block: { ...draft, id }, changed: true, roster };
  });
}

export async function findBlock(
  db: Db,
  orgId: number,
  target: Target,
): Promise<TrafficBlock | undefined> {
  const live = await selectLiveBlocks(db, orgId);
  return live.find(
    ({ targetKind, targetId }) => targetKind === target.kind && targetId === target.id,
  );
}

/**
 * Lifts a block: as for approving the key, never by its owner alone. Throws `not_permitted`;
 * lifting what is not blocked changes nothing.
 */
export function unblock(
  pool: Pool,
  press: BlockPress,
): Promise<{ lifted: TrafficBlock | undefined }> {
  const { orgId, target, by, now } = press;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const placed = await placeOf(tx, roster, target);
    const there = await findBlock(tx, orgId, target);
    if (by !== undefined) {
      requirePermission(roster, by.personId, {
        action: "lift_block",
        scopeId: placed.scopeId,
        requestedBy: placed.key === undefined ? [] : [placed.key.ownerId],
        now,
      });
    }
    if (there === undefined) return { lifted: undefined };
    const done = await liftBlock(tx, { orgId, id: there.id, by: by?.personId, now });
    if (!done) return { lifted: undefined };
    await record(tx, {
      ...actorOf(press),
      orgId,
      action: "traffic.unblocked",
      subject: subjectOf(target),
      before: { block: there.id },
      at: now,
    });
    await notifyGateways(tx, orgId);
    return { lifted: there };
  });
}
