import type { Tx } from "../db/db.ts";
import { notifyGateways as notify } from "./key-store.ts";

/** Tells every gateway, once the transaction commits, to look at the organisation anew. */
export function notifyGateways(tx: Tx, orgId: number): Promise<void> {
  return notify(tx, orgId);
}
