import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import type { Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { loadState } from "../org/file/load-state.ts";
import { itemKey } from "../org/file/state.ts";
import { listDeclared } from "../org/inventory.ts";
import type { Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { changeOrganisation, type Edit } from "../org/service.ts";
import { type Declared, declareEdit, itemKindOf } from "./declare.ts";
import type { LedgerFacts } from "./facts.ts";
import type { FlaggedItem } from "./item.ts";
import { type ItemActor, type ItemRight, type ItemStep, requireItemRight } from "./rights.ts";
import { type DecisionKind, type InventoryKind, RecordBefore } from "./schema.ts";
import { type Inventory, loadInventory } from "./service.ts";
import { insertDecision } from "./store.ts";

export interface ItemPress {
  readonly orgId: number;
  readonly kind: InventoryKind;
  readonly id: string;
  /** The decision that stood when the button was drawn; 0 = none. */
  readonly seen: number;
  readonly by: ItemActor;
  readonly now: Date;
  readonly reason?: string | undefined;
}

/** `already`: somebody decided since the button was drawn; nothing was changed. */
export interface Decided {
  readonly state: "done" | "already";
  readonly item: FlaggedItem;
  /** All of it after the press. */
  readonly inventory: Inventory;
}

export function itemNotFound(id: string): AispendError {
  return new AispendError(
    "item_not_found",
    `nothing in the inventory is called '${id.slice(0, 60)}'`,
    {
      kind: "not_found",
      help: "See what there is: inventory all",
    },
  );
}

interface Found {
  readonly item: FlaggedItem;
  readonly inventory: Inventory;
}

/** The thing as it stands; `known` where the ledger was read before. Throws `item_not_found`. */
export async function getItem(
  tx: Tx,
  { orgId, kind, id, now }: ItemPress,
  known?: LedgerFacts,
): Promise<Found> {
  const inventory = await loadInventory(tx, orgId, now, known);
  const item = inventory.items.find((one) => one.kind === kind && one.id === id);
  if (item === undefined) throw itemNotFound(id);
  return { item, inventory };
}

export interface Work {
  readonly tx: Tx;
  readonly roster: Roster;
  readonly item: FlaggedItem;
  readonly right: ItemRight;
  readonly ledger: LedgerFacts;
}

interface Outcome {
  readonly decision: DecisionKind;
  readonly ownerId: number | undefined;
  readonly isRetired: boolean;
}

interface Deciding {
  readonly step: ItemStep;
  /** Throws where it must not be. */
  readonly outcomeOf: (work: Work) => Outcome;
  readonly act: (work: Work) => Promise<unknown>;
}

/** One decision: looked at, permitted, kept as the next of the thing, done and logged; or nothing. */
export function decide(
  pool: Pool,
  press: ItemPress,
  { step, outcomeOf, act }: Deciding,
): Promise<Decided> {
  const { orgId, by, now, kind, id, seen } = press;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const found = await getItem(tx, press);
    const { item } = found;
    const { ledger } = found.inventory;
    if ((item.decision?.id ?? 0) !== seen) return { state: "already", ...found };
    const right = requireItemRight(roster, by.personId, step, item, now);
    const work = { tx, roster, item, right, ledger };
    const outcome = outcomeOf(work);
    const made = await insertDecision(tx, {
      ...outcome,
      orgId,
      kind,
      item: id,
      follows: seen,
      ownerBefore: item.ownerId,
      recordBefore: await declaredRecord(tx, orgId, item),
      decidedBy: by.personId,
      role: right.role,
      now,
      reason: reasonOf(press),
    });
    // Of two presses at once the second waits for the first here, and finds that it came later.
    if (made === undefined) return { state: "already", ...(await getItem(tx, press, ledger)) };
    await act(work);
    await log(tx, press, { made, outcome, role: right.role, ownerBefore: item.ownerId });
    return { state: "done", ...(await getItem(tx, press, ledger)) };
  });
}

function reasonOf({ reason }: ItemPress): string | undefined {
  return reason === undefined ? undefined : scrub(reason).slice(0, 500);
}

async function log(
  tx: Tx,
  press: ItemPress,
  of: { made: number; outcome: Outcome; role: string; ownerBefore: number | undefined },
): Promise<void> {
  const { orgId, by, kind, now } = press;
  const person = (id: number | undefined) => (id === undefined ? null : `person:${id}`);
  await record(tx, {
    orgId,
    actor: by.personId,
    actorAccount: by.actorAccount,
    surface: by.surface,
    action: `inventory.${of.outcome.decision}`,
    subject: `inventory_decision:${of.made}`,
    before: { owner: person(of.ownerBefore) },
    after: {
      kind,
      owner: person(of.outcome.ownerId),
      retired: of.outcome.isRetired,
      as: of.role,
    },
    reason: reasonOf(press),
    at: now,
  });
}

/** As it is declared now, without its owner; undefined where it is not. */
async function declaredRecord(
  tx: Tx,
  orgId: number,
  { kind, declaredKey }: FlaggedItem,
): Promise<RecordBefore | undefined> {
  const declared = itemKindOf(kind);
  if (declared === undefined || declaredKey === undefined) return undefined;
  const found = (await loadState(tx, orgId))?.state.inventory.get(itemKey(declared, declaredKey));
  return found === undefined ? undefined : RecordBefore.parse({ ...found, owner: null });
}

/** A change of the organisation's file from chat. */
export function change(tx: Tx, { orgId, by, now }: ItemPress, edit: Edit) {
  const { personId: actor, actorAccount, surface } = by;
  return changeOrganisation(tx, { orgId, edit, by: { actor, actorAccount, surface }, now });
}

/** The declaration with these fields; one that was retired is in force again. */
export async function declare(
  press: ItemPress,
  { tx, item }: Pick<Work, "tx" | "item">,
  fields: Declared,
): Promise<void> {
  if (itemKindOf(item.kind) === undefined) return;
  const retired = (await listDeclared(tx, press.orgId)).find(
    (row) => row.kind === item.kind && row.key === item.declaredKey && row.retiredOn !== null,
  );
  await change(tx, press, declareEdit(item, fields, retired));
}
