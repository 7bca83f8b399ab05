import type { Db } from "../db/db.ts";
import { selectLiveBlocks, selectRaises } from "./block-store.ts";
import { selectKey, selectKeyByHash, selectKeyByName, selectKeys } from "./key-store.ts";
import type { CapRaise, KeyState, TrafficBlock, VirtualKey } from "./schema.ts";

/**
 * The channel on which changes of keys, blocks and caps are announced; the payload is the org id.
 */
export const KEY_CHANNEL = "aispend_key";

/**
 * The key of a secret by its sha256, in whatever state it is: the caller decides by it and says
 * why not. Undefined: nobody's. A secret that a rotation has ended is nobody's.
 */
export function findKeyByHash(db: Db, hash: Buffer, now: Date): Promise<VirtualKey | undefined> {
  return selectKeyByHash(db, hash, now);
}

export function findKey(db: Db, orgId: number, id: number): Promise<VirtualKey | undefined> {
  return selectKey(db, orgId, id);
}

export function findKeyByName(
  db: Db,
  orgId: number,
  name: string,
): Promise<VirtualKey | undefined> {
  return selectKeyByName(db, orgId, name);
}

export interface KeyFilter {
  readonly orgId: number;
  /** Absent: of the whole organisation. */
  readonly scopeIds?: readonly number[];
  readonly states?: readonly KeyState[];
  readonly limit?: number;
}

/** Newest first. */
export function listKeys(db: Db, filter: KeyFilter): Promise<VirtualKey[]> {
  const { orgId, scopeIds = [], states = [], limit = 1_000 } = filter;
  return selectKeys(db, { orgId, scopeIds, states, limit });
}

export function listLiveBlocks(db: Db, orgId: number): Promise<TrafficBlock[]> {
  return selectLiveBlocks(db, orgId);
}

export function listRaises(db: Db, orgId: number, now: Date): Promise<CapRaise[]> {
  return selectRaises(db, orgId, now);
}
