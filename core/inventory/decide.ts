import type { Pool } from "pg";
import { AispendError } from "../errors.ts";
import { stepKeyWithin, transferKeyWithin } from "../keys/life.ts";
import { listDeclared } from "../org/inventory.ts";
import { requirePermission } from "../org/permission.ts";
import { hasLeft, rosterDay } from "../org/raci.ts";
import {
  change,
  type Decided,
  decide,
  declare,
  getItem,
  type ItemPress,
  type Work,
} from "./deciding.ts";
import { type Declared, restoreEdit, retireEdit } from "./declare.ts";

function giveTo(press: ItemPress, work: Work, ownerId: number, fields: Declared): Promise<unknown> {
  const { tx, item } = work;
  const { orgId, by, now } = press;
  // A key that was issued here knows its owner itself.
  return item.virtualKeyId === undefined
    ? declare(press, work, { ...fields, ownerId })
    : transferKeyWithin(tx, { orgId, keyId: item.virtualKeyId, by, now, to: ownerId });
}

function requireHere({ roster }: Work, personId: number, now: Date): void {
  if (!hasLeft(roster, personId, rosterDay(roster, now))) return;
  throw new AispendError("person_left", "that person has left", {
    kind: "conflict",
    help: "Give it to somebody who is here.",
  });
}

/**
 * The one who presses answers for it from now on. What belonged nowhere then belongs to the team that
 * they answer for. Throws `item_not_found`, `not_permitted`.
 */
export function claimItem(pool: Pool, press: ItemPress): Promise<Decided> {
  const { personId } = press.by;
  return decide(pool, press, {
    step: "claim",
    outcomeOf: () => ({ decision: "claimed", ownerId: personId, isRetired: false }),
    act: (work) => {
      const scopeId = work.item.kind === "key" ? work.right.receivingId : undefined;
      return giveTo(press, work, personId, scopeId === undefined ? {} : { scopeId });
    },
  });
}

export interface Assignment {
  readonly to: number;
  readonly costCentre?: string | undefined;
  readonly approvedUse?: string | undefined;
  /** Of a key: where what it spends from now on belongs; for its R or A of attributing spend. */
  readonly scopeId?: number | undefined;
}

/** Somebody else answers for it. Throws `item_not_found`, `not_permitted`, `person_left`. */
export function assignItem(pool: Pool, press: ItemPress, given: Assignment): Promise<Decided> {
  const { to, costCentre, approvedUse, scopeId } = given;
  return decide(pool, press, {
    step: "assign",
    outcomeOf: (work) => {
      requireHere(work, to, press.now);
      if (scopeId !== undefined) {
        const question = { action: "claim_spend", scopeId, now: press.now } as const;
        requirePermission(work.roster, press.by.personId, question);
      }
      return { decision: "assigned", ownerId: to, isRetired: false };
    },
    act: (work) =>
      giveTo(press, work, to, {
        ...(costCentre === undefined ? {} : { costCentre }),
        ...(approvedUse === undefined ? {} : { approvedUse }),
        ...(scopeId === undefined || work.item.kind !== "key" ? {} : { scopeId }),
      }),
  });
}

/** Keys and seat plans name their account, and these what pays for them: they go first. */
async function requireUnused({ tx, item }: Work, orgId: number): Promise<void> {
  const { declaredKey, kind, name } = item;
  const named = (await listDeclared(tx, orgId)).filter((row) => {
    if (row.retiredOn !== null || declaredKey === undefined) return false;
    return kind === "account"
      ? row.account === declaredKey
      : kind === "payment_method" && row.paymentMethod === declaredKey;
  });
  if (named.length === 0) return;
  const said = named.slice(0, 3).map((row) => row.name ?? row.key);
  const more = named.length > said.length ? ` and ${named.length - said.length} more` : "";
  throw new AispendError("item_in_use", `${name} is still named by ${said.join(", ")}${more}`, {
    kind: "conflict",
    help: "Retire these first, or name another there in aispend.yaml.",
  });
}

/**
 * It is not to be used any more. A key that was issued here is revoked at once; anything else is only
 * marked, and what is spent on it from the next day on brings it back. Throws `item_not_found`,
 * `not_permitted`, `item_in_use`.
 */
export function retireItem(pool: Pool, press: ItemPress): Promise<Decided> {
  const { orgId, by, now, reason } = press;
  return decide(pool, press, {
    step: "retire",
    outcomeOf: ({ item }) => ({ decision: "retired", ownerId: item.ownerId, isRetired: true }),
    act: async (work) => {
      const { tx, item, ledger } = work;
      if (item.virtualKeyId !== undefined) {
        await stepKeyWithin(tx, "revoke", { orgId, keyId: item.virtualKeyId, by, now, reason });
        return;
      }
      await requireUnused(work, orgId);
      if (!item.isDeclared) await declare(press, work, {});
      const declared = await getItem(tx, press, ledger);
      await change(tx, press, retireEdit(declared.item));
    },
  });
}

/**
 * Takes the last decision back: owner and declaration are as they were before. Throws
 * `undo_impossible` for a key that was revoked, and where there is nothing to undo.
 */
export function undoDecision(pool: Pool, press: ItemPress): Promise<Decided> {
  return decide(pool, press, {
    step: "assign",
    outcomeOf: ({ item }) => {
      const { decision, virtualKeyId } = item;
      if (decision === undefined || decision.decision === "undone") {
        throw new AispendError("undo_impossible", "there is nothing to undo", { kind: "conflict" });
      }
      if (decision.isRetired && virtualKeyId !== undefined) {
        throw new AispendError("undo_impossible", `${item.name} was revoked for good`, {
          kind: "conflict",
          help: "Ask for a new key: key request",
        });
      }
      const ownerId = decision.ownerBefore ?? undefined;
      return { decision: "undone", ownerId, isRetired: false };
    },
    act: async (work) => {
      const { tx, item } = work;
      const { ownerBefore = null, recordBefore = null } = item.decision ?? {};
      if (item.virtualKeyId !== undefined) {
        requireHere(work, ownerBefore ?? item.ownerId ?? 0, press.now);
        if (ownerBefore !== null) await giveTo(press, work, ownerBefore, {});
        return;
      }
      if (recordBefore === null) {
        await declare(press, work, { ownerId: ownerBefore, scopeId: 0 });
      } else await change(tx, press, restoreEdit(item, recordBefore, ownerBefore));
    },
  });
}
