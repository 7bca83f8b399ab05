import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { requireStep } from "./key-state.ts";
import * as store from "./key-store.ts";
import { changeKey, getLocked, type KeyPress, requireKeyRight } from "./life.ts";
import { byOf } from "./request-service.ts";
import { selectRequest } from "./request-store.ts";
import { OWN_GATEWAY, type VirtualKey } from "./schema.ts";
import { mintSecret } from "./secret.ts";

/** Who alone may see the secret: whoever asked for the key; after a rotation its owner. */
export async function revealerOf(db: Db, key: VirtualKey): Promise<number> {
  if (key.state !== "approved" || key.requestId === undefined) return key.ownerId;
  const request = await selectRequest(db, key.orgId, key.requestId);
  return request?.requestedBy ?? key.ownerId;
}

/** A rotation has begun and its new secret was not seen yet: every secret there is has an end. */
export async function isRotating(db: Db, key: VirtualKey, now: Date): Promise<boolean> {
  if (key.state !== "active" || key.gateway !== OWN_GATEWAY) return false;
  const secrets = await store.selectSecrets(db, { orgId: key.orgId, keyId: key.id, now });
  return secrets.every(({ expiresAt }) => expiresAt !== undefined);
}

export interface Revealed {
  readonly key: VirtualKey;
  /** Shown once, here; nothing keeps it. */
  readonly secret: string;
  /** Names what was minted, to take it back where it could not be shown. */
  readonly receipt: string;
}

/** Throws `not_permitted`, `key_lapsed`. */
export async function requireRevealer(tx: Db, key: VirtualKey, press: KeyPress): Promise<void> {
  const { by, now } = press;
  if ((await revealerOf(tx, key)) !== by.personId) {
    throw new AispendError("not_permitted", `you may not see the secret of ${key.name}`, {
      kind: "forbidden",
      help: "It is shown to the one who asked for the key, and after a rotation to its owner.",
    });
  }
  if (key.state === "approved" && key.lapsesAt <= now) {
    const said = `the key ${key.name} was not revealed in 7 days and has lapsed`;
    const help = "Ask for a new one: key request";
    throw new AispendError("key_lapsed", said, { kind: "conflict", help });
  }
}

/**
 * Mints the secret of a key for the one person who may see it. Throws `not_permitted` for anybody
 * else and `key_state_wrong` where there is none to reveal.
 */
export function revealKey(pool: Pool, press: KeyPress): Promise<Revealed> {
  const { orgId, keyId, by, now } = press;
  return transaction(pool, async (tx) => {
    const key = await getLocked(tx, orgId, keyId);
    await requireRevealer(tx, key, press);
    const rotating = await isRotating(tx, key, now);
    if (!rotating) requireStep(key, "reveal");
    const { secret, hash } = mintSecret();
    const id = await store.insertSecret(tx, { orgId, keyId, hash, now });
    const actor = byOf(by);
    if (rotating) {
      await audit(tx, key, press, "key.rotation_revealed");
      await store.notifyGateways(tx, orgId);
    } else {
      await changeKey(tx, key, "reveal", { by: actor, now });
      await store.markRevealed(tx, { orgId, id: keyId, at: now });
    }
    return { key: { ...key, state: "active" }, secret, receipt: `${keyId}.${id}` };
  });
}

function audit(tx: Tx, key: VirtualKey, { by, now }: KeyPress, action: string): Promise<void> {
  const subject = `virtual_key:${key.id}`;
  return record(tx, { ...byOf(by), orgId: key.orgId, action, subject, at: now });
}

/**
 * The secret could not be shown: it is revoked, and Reveal works again. Only by whom it was minted
 * for, and only of the newest secret. Returns the key as it stands.
 */
export function takeBackSecret(
  pool: Pool,
  press: Omit<KeyPress, "keyId"> & { readonly receipt: string },
): Promise<VirtualKey> {
  const { orgId, by, now, receipt } = press;
  const match = /^(\d{1,9})\.(\d{1,9})$/.exec(receipt);
  const [keyId, secretId] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  return transaction(pool, async (tx) => {
    const key = await getLocked(tx, orgId, keyId);
    const secrets = await store.selectSecrets(tx, { orgId, keyId, now });
    const [newest, ...older] = secrets;
    const request = key.requestId && (await selectRequest(tx, orgId, key.requestId));
    const isTheirs = [key.ownerId, request ? request.requestedBy : 0].includes(by.personId);
    if (!isTheirs || newest?.id !== secretId || newest.expiresAt !== undefined) return key;
    await store.endSecrets(tx, { orgId, keyId, now, id: secretId });
    const wasFirst =
      older.length === 0 && !(await store.hasOlderSecret(tx, { orgId, keyId, id: secretId }));
    if (!wasFirst) {
      await audit(tx, key, { ...press, keyId }, "key.rotation_not_shown");
      await store.notifyGateways(tx, orgId);
      return key;
    }
    const done = await changeKey(tx, key, "unshow", { by: byOf(by), now });
    await store.markRevealed(tx, { orgId, id: keyId, at: null });
    return done;
  });
}

function rotatesElsewhere({ name, gateway }: VirtualKey): AispendError {
  return new AispendError(
    "gateway_cannot",
    `${name} lives at ${gateway}, which makes its secrets`,
    {
      kind: "unprocessable",
      help: `Let the operator do it: aispend driver regenerate ${gateway} ${name} --to FILE`,
    },
  );
}

/** At most this long both secrets of a key work. */
const MAX_OVERLAP_HOURS = 24 * 30;
const HOUR_MS = 3_600_000;

/**
 * Begins a rotation: the secret that there is works for `overlapHours` more (0: it was lost or
 * leaked), and the owner can reveal a new one. Throws `not_permitted`, `key_state_wrong`,
 * `overlap_invalid`.
 */
export async function rotateKey(
  pool: Pool,
  press: KeyPress & { readonly overlapHours: number },
): Promise<{ key: VirtualKey; oldUntil: Date }> {
  const { orgId, keyId, by, now, overlapHours } = press;
  if (!Number.isInteger(overlapHours) || overlapHours < 0 || overlapHours > MAX_OVERLAP_HOURS) {
    throw new AispendError("overlap_invalid", `'${overlapHours}' hours is not an overlap`, {
      help: `Write 0 to ${MAX_OVERLAP_HOURS} hours.`,
    });
  }
  return transaction(pool, async (tx) => {
    const key = await getLocked(tx, orgId, keyId);
    const as = await requireKeyRight(tx, key, "rotate", by, now);
    requireStep(key, "rotate");
    if (key.gateway !== OWN_GATEWAY) throw rotatesElsewhere(key);
    const oldUntil = new Date(now.getTime() + overlapHours * HOUR_MS);
    await store.expireSecrets(tx, { orgId, keyId, at: oldUntil });
    await record(tx, {
      ...byOf(by),
      orgId,
      action: "key.rotated",
      subject: `virtual_key:${keyId}`,
      after: { oldUntil: oldUntil.toISOString(), as },
      at: now,
    });
    await store.notifyGateways(tx, orgId);
    return { key, oldUntil };
  });
}
