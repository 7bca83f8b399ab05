import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import { endCaps } from "../budgets/caps.ts";
import type { Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { type Permission, requirePermission } from "../org/permission.ts";
import { hasLeft, rosterDay } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import type { By } from "./grant.ts";
import { isLiving, type KeyStep, requireStep } from "./key-state.ts";
import * as store from "./key-store.ts";
import { byOf, type Person } from "./request-service.ts";
import type { VirtualKey } from "./schema.ts";

export interface KeyPress {
  readonly orgId: number;
  readonly keyId: number;
  readonly by: Person;
  readonly now: Date;
}

export function keyNotFound(name: string | number): AispendError {
  return new AispendError("key_not_found", `there is no key '${name}'`, {
    kind: "not_found",
    help: "See which there are: keys",
  });
}

/** The key, locked: presses at the same time follow each other. */
export async function getLocked(tx: Tx, orgId: number, keyId: number): Promise<VirtualKey> {
  const key = await store.lockKey(tx, orgId, keyId);
  if (key === undefined) throw keyNotFound(keyId);
  return key;
}

const RIGHTS = {
  suspend: "suspend_key",
  resume: "suspend_key",
  revoke: "revoke_key",
  rotate: "rotate_key",
  transfer: "transfer_key",
} as const satisfies Partial<Record<KeyStep, Permission>>;

/** domain.md section 4: its owner, or the scope's owner. Throws `not_permitted`. */
export async function requireKeyRight(
  tx: Tx,
  key: VirtualKey,
  step: keyof typeof RIGHTS,
  by: Person,
  now: Date,
): Promise<string> {
  const roster = await loadRoster(tx, key.orgId);
  const { as } = requirePermission(roster, by.personId, {
    action: RIGHTS[step],
    scopeId: roster.parents.has(key.scopeId) ? key.scopeId : 0,
    thingOwnerId: key.ownerId,
    now,
  });
  return as.role;
}

/** Whatever happens to a key: the row, the log and the gateways, in one transaction. */
export async function changeKey(
  tx: Tx,
  key: VirtualKey,
  step: KeyStep,
  args: { by: By; now: Date; reason?: string | undefined; after?: object },
): Promise<VirtualKey> {
  const { by, now } = args;
  const { orgId, id } = key;
  const state = requireStep(key, step);
  const ended = !isLiving(state);
  await store.updateState(tx, { orgId, id, state, now, ended });
  if (ended) {
    await store.endSecrets(tx, { orgId, keyId: id, now });
    await endCaps(tx, { orgId, subject: { kind: "key", id: key.dimensionId }, by, now });
  }
  await record(tx, {
    ...by,
    orgId,
    action: `key.${DONE[step]}`,
    subject: `virtual_key:${id}`,
    before: { state: key.state },
    after: { state, ...args.after },
    reason: args.reason,
    at: now,
  });
  await store.notifyGateways(tx, orgId);
  return { ...key, state, changedAt: now };
}

const DONE: Readonly<Record<KeyStep, string>> = {
  reveal: "revealed",
  unshow: "not_shown",
  rotate: "rotated",
  suspend: "suspended",
  resume: "resumed",
  revoke: "revoked",
  transfer: "transferred",
  raise: "raised",
  undo: "undone",
  lapse: "lapsed",
  expire: "expired",
};

type StepPress = KeyPress & { readonly reason?: string | undefined };

/** Suspends, resumes or revokes. The same again changes nothing and says how it stands. */
export function stepKey(
  pool: Pool,
  step: "suspend" | "resume" | "revoke",
  press: StepPress,
): Promise<{ key: VirtualKey; changed: boolean }> {
  return transaction(pool, (tx) => stepKeyWithin(tx, step, press));
}

/** The same, together with what else the transaction does. */
export async function stepKeyWithin(
  tx: Tx,
  step: "suspend" | "resume" | "revoke",
  { orgId, keyId, by, now, ...press }: StepPress,
): Promise<{ key: VirtualKey; changed: boolean }> {
  const key = await getLocked(tx, orgId, keyId);
  const as = await requireKeyRight(tx, key, step, by, now);
  const there = { suspend: "suspended", resume: "active", revoke: "revoked" } as const;
  if (key.state === there[step]) return { key, changed: false };
  const reason = press.reason === undefined ? undefined : scrub(press.reason).slice(0, 500);
  const done = await changeKey(tx, key, step, { by: byOf(by), now, reason, after: { as } });
  return { key: done, changed: true };
}

type TransferPress = KeyPress & { readonly to: number };

/** Gives a key to another owner. Throws `not_permitted`, `person_left`. */
export function transferKey(pool: Pool, press: TransferPress): Promise<VirtualKey> {
  return transaction(pool, (tx) => transferKeyWithin(tx, press));
}

/** The same, together with what else the transaction does. */
export async function transferKeyWithin(tx: Tx, press: TransferPress): Promise<VirtualKey> {
  const { orgId, keyId, by, now, to } = press;
  const key = await getLocked(tx, orgId, keyId);
  const as = await requireKeyRight(tx, key, "transfer", by, now);
  requireStep(key, "transfer");
  const roster = await loadRoster(tx, orgId);
  if (hasLeft(roster, to, rosterDay(roster, now))) {
    throw new AispendError("person_left", "that person has left", {
      kind: "conflict",
      help: "Give it to somebody who is here.",
    });
  }
  await store.updateOwner(tx, { orgId, id: keyId, ownerId: to, now });
  await record(tx, {
    ...byOf(by),
    orgId,
    action: "key.transferred",
    subject: `virtual_key:${keyId}`,
    before: { owner: `person:${key.ownerId}` },
    after: { owner: `person:${to}`, as },
    at: now,
  });
  await store.notifyGateways(tx, orgId);
  return { ...key, ownerId: to };
}
