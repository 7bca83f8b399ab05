import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import { endCaps, listCaps, putCap } from "../budgets/caps.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import type { SecretBox } from "../org/secret-box.ts";
import type { KeyDriver, Weakness } from "./driver.ts";
import * as store from "./gateway-store.ts";
import type { By } from "./grant.ts";
import { ensureDimension, notifyGateways } from "./key-store.ts";
import type { VirtualKey } from "./schema.ts";
import { CLASS_OF, type Held, KeyGateway, OWN_GATEWAY } from "./schema.ts";

export interface NewKeyGateway {
  readonly orgId: number;
  readonly name: string;
  readonly kind: KeyGateway["kind"];
  readonly baseUrl: string;
  readonly project?: string | undefined;
  /** The admin key; sealed before it is kept. */
  readonly credential: string;
  readonly isDefault: boolean;
}

/** What an admin key is sealed for: it opens for nothing else. */
export function aboutGateway(orgId: number, name: string): string {
  return `key_gateway:${orgId}:${name}`;
}

/** Takes a gateway into service. Throws `gateway_invalid`, `gateway_name_taken`. */
export function addKeyGateway(
  pool: Pool,
  box: SecretBox,
  wanted: NewKeyGateway,
  by: By,
  now: Date,
): Promise<KeyGateway> {
  const { orgId, name } = wanted;
  const sealed = box.seal(wanted.credential, aboutGateway(orgId, name));
  const draft = { ...wanted, credential: sealed, addedAt: now };
  const checked = KeyGateway.omit({ id: true }).safeParse(draft);
  const isWeb = /^https?:\/\//.test(wanted.baseUrl);
  if (!checked.success || !isWeb || name === OWN_GATEWAY) {
    const field = checked.error?.issues[0]?.path.join(".") ?? (isWeb ? "name" : "baseUrl");
    throw new AispendError("gateway_invalid", `the ${field} of the gateway is not right`, {
      help: "A name such as litellm, and an address such as https://litellm.example.com",
    });
  }
  return transaction(pool, async (tx) => {
    if (wanted.isDefault) await store.clearDefault(tx, orgId);
    const id = await store.insertGateway(tx, checked.data);
    if (id === undefined) {
      throw new AispendError("gateway_name_taken", `there is a gateway '${name}'`, {
        kind: "conflict",
        help: `Remove it first: aispend driver remove ${name}`,
      });
    }
    const { kind, baseUrl, isDefault } = wanted;
    await record(tx, {
      ...by,
      orgId,
      action: "key_gateway.added",
      subject: `key_gateway:${id}`,
      after: { name, kind, baseUrl, isDefault },
      at: now,
    });
    return { ...checked.data, id };
  });
}

export function removeKeyGateway(
  pool: Pool,
  args: { orgId: number; name: string; by: By; now: Date },
): Promise<void> {
  const { orgId, name, by, now } = args;
  return transaction(pool, async (tx) => {
    const { id } = await getKeyGateway(tx, orgId, name);
    await store.removeGateway(tx, { orgId, id, now });
    const subject = `key_gateway:${id}`;
    await record(tx, { ...by, orgId, action: "key_gateway.removed", subject, at: now });
  });
}

export function listKeyGateways(db: Db, orgId: number): Promise<KeyGateway[]> {
  return store.selectGateways(db, orgId);
}

/** Throws `gateway_not_found`. */
export async function getKeyGateway(db: Db, orgId: number, name: string): Promise<KeyGateway> {
  const all = await store.selectGateways(db, orgId);
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name).join(", ");
  throw new AispendError("gateway_not_found", `there is no driven gateway '${name}'`, {
    kind: "not_found",
    help: names === "" ? "Add one: aispend driver add" : `There is: ${names}.`,
  });
}

const HELD_HERE: Held = {
  name: OWN_GATEWAY,
  enforcement: CLASS_OF.aispend,
  check: undefined,
};

/** Its class at best, or what it was found to be: whatever is missing makes it check afterwards. */
function heldBy({ name, kind, weak, checkedAt }: KeyGateway): Held {
  const best = CLASS_OF[kind];
  const isLowered = weak.length > 0 && (best === "hard" || best === "bounded");
  const check = checkedAt === undefined ? undefined : { at: checkedAt, weak };
  return { name, enforcement: isLowered ? "soft" : best, check };
}

/** Where new keys are made, and how firmly a cap is held there. */
export async function defaultGateway(db: Db, orgId: number): Promise<Held> {
  const found = (await store.selectGateways(db, orgId)).find(({ isDefault }) => isDefault);
  return found === undefined ? HELD_HERE : heldBy(found);
}

/** How firmly the cap of a key is held where it lives. */
export async function heldAt(
  db: Db,
  { orgId, gateway }: Pick<VirtualKey, "orgId" | "gateway">,
): Promise<Held> {
  if (gateway === OWN_GATEWAY) return HELD_HERE;
  const found = (await store.selectGateways(db, orgId)).find(({ name }) => name === gateway);
  if (found !== undefined) return heldBy(found);
  // Taken away since: nothing holds it any more.
  return { name: gateway, enforcement: "observe", check: undefined };
}

/** Asks a gateway what makes its caps weaker, and keeps the answer for wherever a cap is shown. */
export async function checkKeyGateway(
  db: Db,
  driver: Pick<KeyDriver, "check">,
  { orgId, id }: Pick<KeyGateway, "orgId" | "id">,
  now: Date,
): Promise<Weakness[]> {
  const found = await driver.check();
  await store.saveCheck(db, { orgId, id, weak: found.map(({ said }) => said), now });
  return found;
}

/** The admin key, for the driver alone. Throws `secret_unreadable`. */
export function openCredential(box: SecretBox, { orgId, name, credential }: KeyGateway): string {
  if (credential === undefined) throw new Error("a gateway in service has its credential");
  return box.open(credential, aboutGateway(orgId, name));
}

/**
 * The key was made at its gateway: from now on the ledger knows it by what that gateway calls it.
 */
export async function bindDriven(
  tx: Tx,
  key: VirtualKey,
  args: { externalId: string; ledgerKey: string; timeZone: string; by: By; now: Date },
): Promise<void> {
  const { orgId, id } = key;
  const { externalId, ledgerKey, now } = args;
  const dimensionId = await ensureDimension(tx, orgId, ledgerKey);
  const subject = { kind: "key" as const, id: key.dimensionId };
  for (const { period, amount, reason } of await listCaps(tx, orgId, subject)) {
    if (dimensionId === key.dimensionId) break;
    const to = { kind: "key" as const, id: dimensionId };
    const { by, timeZone } = args;
    const cap = { orgId, subject: to, period, amount, reason, by, timeZone, now };
    await putCap(tx, { ...cap, enforcement: "soft" });
  }
  if (dimensionId !== key.dimensionId) await endCaps(tx, { orgId, subject, by: args.by, now });
  await store.updateDriven(tx, { orgId, id, externalId, ledgerKey, dimensionId, now });
  await notifyGateways(tx, orgId);
}

export interface Seen {
  readonly orgId: number;
  readonly keyId: number;
  readonly observed: object | undefined;
  readonly drift: readonly string[];
  readonly failure: string | undefined;
  readonly now: Date;
}

/** What the gateway said of a key, and where that is not what was wanted. */
export function recordSeen(db: Db, seen: Seen): Promise<void> {
  return store.saveObservation(db, seen);
}

export function findSeen(db: Db, orgId: number, keyId: number) {
  return store.selectObservation(db, orgId, keyId);
}

/** Living keys of driven gateways that are not what they were asked to be. */
export function listDeviations(db: Db, orgId: number) {
  return store.selectDeviations(db, orgId);
}
