import type { Pool } from "pg";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError, invariant } from "../errors.ts";
import { lineage, type Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import {
  type DesiredKey,
  drift,
  type KeyDriver,
  type ObservedKey,
  type OpenDriver,
} from "./driver.ts";
import type { By } from "./grant.ts";
import {
  bindDriven,
  checkKeyGateway,
  getKeyGateway,
  listKeyGateways,
  recordSeen,
} from "./key-gateway.ts";
import { requireStep } from "./key-state.ts";
import { markRevealed, selectKey } from "./key-store.ts";
import { changeKey, getLocked, type KeyPress } from "./life.ts";
import { listKeys, listLiveBlocks, listRaises } from "./lookup.ts";
import { byOf } from "./request-service.ts";
import { type Revealed, requireRevealer } from "./reveal.ts";
import { type KeyGateway, OWN_GATEWAY, type TrafficBlock, type VirtualKey } from "./schema.ts";
import { findKeyCap } from "./watch.ts";

/** What the gateway shall make of a key now: its cap with the raises in force. */
async function desiredOf(db: Db, key: VirtualKey, now: Date): Promise<DesiredKey | undefined> {
  const cap = await findKeyCap(db, key);
  if (cap === undefined) return undefined;
  const raises = await listRaises(db, key.orgId, now);
  const amount = raises
    .filter(({ subject, period }) => subject.id === key.dimensionId && period === cap.period)
    .filter(({ subject }) => subject.kind === "key")
    .reduce((most, raise) => (raise.amount > most ? raise.amount : most), cap.amount);
  const { name, models, expiresAt } = key;
  return { name, capAmount: amount, capPeriod: cap.period, models, expiresAt };
}

/**
 * The receipt of a secret that a driven gateway made: "12.0", as no secret of ours has the number
 * 0.
 */
const DRIVEN = 0;

export function isDrivenReceipt(receipt: string): boolean {
  return receipt.endsWith(`.${DRIVEN}`);
}

/**
 * Makes the key at its gateway and shows its secret. The press claims the key first, so that two
 * at once make one; where the gateway refuses, it can be revealed again.
 */
export async function revealDriven(
  pool: Pool,
  openDriver: OpenDriver,
  press: KeyPress,
): Promise<Revealed> {
  const { orgId, keyId, by, now } = press;
  const claimed = await transaction(pool, async (tx) => {
    const key = await getLocked(tx, orgId, keyId);
    await requireRevealer(tx, key, press);
    requireStep(key, "reveal");
    await markRevealed(tx, { orgId, id: keyId, at: now });
    return changeKey(tx, key, "reveal", { by: byOf(by), now });
  });
  try {
    const driver = openDriver(await getKeyGateway(pool, orgId, claimed.gateway));
    const desired = await desiredOf(pool, claimed, now);
    invariant(desired !== undefined, "a key that was granted has a cap");
    // A name is taken there for ever: what is made again is called otherwise.
    const again = claimed.externalId === undefined ? "" : `-${now.getTime().toString(36)}`;
    const made = await driver.create({ ...desired, name: `${claimed.name}${again}` });
    await bind(pool, claimed, driver, made.observed, now);
    const said = drift(desired, made.observed);
    await recordSeen(pool, {
      orgId,
      keyId,
      observed: seen(made.observed),
      drift: said,
      failure: undefined,
      now,
    });
    return { key: claimed, secret: made.secret, receipt: `${keyId}.${DRIVEN}` };
  } catch (error) {
    await unclaim(pool, press);
    throw error;
  }
}

async function bind(
  pool: Pool,
  key: VirtualKey,
  driver: KeyDriver,
  observed: ObservedKey,
  now: Date,
): Promise<void> {
  await transaction(pool, async (tx) => {
    const { timeZone } = await loadRoster(tx, key.orgId);
    await bindObserved(tx, key, driver, observed, { timeZone, by: { actor: "system" }, now });
  });
}

/** From now on the key is what its gateway calls it. */
export async function bindObserved(
  tx: Tx,
  key: VirtualKey,
  driver: KeyDriver,
  { externalId }: ObservedKey,
  at: { timeZone: string; by: By; now: Date },
): Promise<void> {
  // LiteLLM names its keys by their hash in what it meters; elsewhere the name stays.
  const ledgerKey = driver.kind === "litellm" ? externalId : key.ledgerKey;
  await bindDriven(tx, key, { externalId, ledgerKey, ...at });
}

async function unclaim(pool: Pool, { orgId, keyId, by, now }: KeyPress): Promise<VirtualKey> {
  return transaction(pool, async (tx) => {
    const key = await getLocked(tx, orgId, keyId);
    if (key.state !== "active") return key;
    await markRevealed(tx, { orgId, id: keyId, at: null });
    return changeKey(tx, key, "unshow", { by: byOf(by), now });
  });
}

/** The secret could not be shown: the key is blocked at its gateway, and can be revealed again. */
export async function takeBackDriven(
  pool: Pool,
  openDriver: OpenDriver,
  press: KeyPress,
): Promise<VirtualKey> {
  const key = await selectKey(pool, press.orgId, press.keyId);
  if (key?.externalId === undefined || key.state !== "active") throw notDriven(press.keyId);
  await requireRevealer(pool, { ...key, state: "approved", lapsesAt: new Date(8.64e15) }, press);
  const driver = openDriver(await getKeyGateway(pool, key.orgId, key.gateway));
  await driver.block(key.externalId);
  return unclaim(pool, press);
}

function notDriven(keyId: number): AispendError {
  return new AispendError("key_not_found", `there is no key ${keyId} to take back`, {
    kind: "not_found",
    help: "See which there are: keys",
  });
}

function seen({ externalId, capAmount, blocked, models }: ObservedKey): object {
  return { externalId, capAmount: capAmount?.toString() ?? null, blocked, models };
}

/** Whether nothing may go through it: by its own state, or by a block on it or above it. */
export function isStopped(
  key: VirtualKey,
  blocks: readonly TrafficBlock[],
  roster: Roster,
  now: Date,
): boolean {
  if (key.state !== "active") return true;
  if (key.expiresAt !== undefined && key.expiresAt <= now) return true;
  const line = roster.parents.has(key.scopeId) ? lineage(roster, key.scopeId) : [key.scopeId];
  return blocks.some(({ targetKind, targetId }) =>
    targetKind === "key" ? targetId === key.id : line.includes(targetId),
  );
}

const LOOK_BACK_MS = 7 * 86_400_000;

export interface Synced {
  readonly keys: number;
  readonly changed: number;
  readonly failed: number;
}

/**
 * Makes driven gateways what they shall be: blocks, caps, read back each time. A call that was
 * lost is found on the next run; what a gateway lowered in silence is kept as its drift.
 */
export async function syncDriven(
  pool: Pool,
  openDriver: OpenDriver,
  orgId: number,
  now: Date,
): Promise<Synced> {
  const gateways = new Map((await listKeyGateways(pool, orgId)).map((one) => [one.name, one]));
  if (gateways.size === 0) return { keys: 0, changed: 0, failed: 0 };
  for (const gateway of gateways.values()) await checkIfDue(pool, openDriver, gateway, now);
  const roster = await loadRoster(pool, orgId);
  const blocks = await listLiveBlocks(pool, orgId);
  const all = await listKeys(pool, { orgId, limit: 100_000 });
  const recent = new Date(now.getTime() - LOOK_BACK_MS);
  const keys = all.filter(
    ({ gateway, externalId, endedAt }) =>
      gateway !== OWN_GATEWAY &&
      externalId !== undefined &&
      (endedAt === undefined || endedAt > recent),
  );
  const done = { keys: keys.length, changed: 0, failed: 0 };
  for (const key of keys) {
    const stopped = isStopped(key, blocks, roster, now);
    const outcome = await syncKey(pool, openDriver, gateways.get(key.gateway), key, stopped, now);
    if (outcome === "changed") done.changed += 1;
    if (outcome === "failed") done.failed += 1;
  }
  return done;
}

const CHECK_MS = 3_600_000;

/** Each hour: settings there are changed by people who do not tell. */
async function checkIfDue(
  pool: Pool,
  openDriver: OpenDriver,
  gateway: KeyGateway,
  now: Date,
): Promise<void> {
  const { checkedAt } = gateway;
  if (checkedAt !== undefined && now.getTime() - checkedAt.getTime() < CHECK_MS) return;
  try {
    await checkKeyGateway(pool, openDriver(gateway), gateway, now);
  } catch (error) {
    // What was found last stands, with its time; that it does not answer is said of each of its keys.
    if (!(error instanceof AispendError)) throw error;
  }
}

async function syncKey(
  pool: Pool,
  openDriver: OpenDriver,
  gateway: KeyGateway | undefined,
  key: VirtualKey,
  stopped: boolean,
  now: Date,
): Promise<"same" | "changed" | "failed"> {
  const note = { orgId: key.orgId, keyId: key.id, now };
  try {
    if (gateway === undefined)
      throw new AispendError("gateway_not_found", "its gateway was removed");
    const driver = openDriver(gateway);
    const desired = await desiredOf(pool, key, now);
    const before = await driver.read(key.externalId ?? "");
    const after = await adjusted(driver, key, { before, desired, stopped });
    const gone = after === undefined && !stopped ? ["the gateway does not know it any more"] : [];
    const said = after === undefined || desired === undefined ? gone : drift(desired, after);
    const observed = after === undefined ? undefined : seen(after);
    await recordSeen(pool, { ...note, observed, drift: said, failure: undefined });
    return JSON.stringify(before && seen(before)) === JSON.stringify(observed) ? "same" : "changed";
  } catch (error) {
    if (!(error instanceof AispendError)) throw error;
    await recordSeen(pool, { ...note, observed: undefined, drift: [], failure: error.message });
    return "failed";
  }
}

async function adjusted(
  driver: KeyDriver,
  key: VirtualKey,
  at: { before: ObservedKey | undefined; desired: DesiredKey | undefined; stopped: boolean },
): Promise<ObservedKey | undefined> {
  const { before, desired, stopped } = at;
  if (before === undefined) return undefined;
  let is = before;
  if (stopped && !is.blocked) {
    if (driver.blockIsFinal && key.state === "suspended") {
      throw new AispendError("gateway_cannot", `${driver.title} cannot suspend a key, only end it`);
    }
    is = await driver.block(is.externalId);
  }
  if (!stopped && is.blocked) is = await driver.unblock(is.externalId);
  const capDiffers = is.capAmount !== null && is.capAmount !== desired?.capAmount;
  if (!stopped && desired !== undefined && capDiffers) {
    is = await driver.setBudget(is.externalId, desired);
  }
  return is;
}
