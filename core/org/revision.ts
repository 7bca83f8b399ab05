import type { Tx } from "#core/db/db.ts";
import { raiseRevision } from "./file/write-store.ts";

/** Snapshots of the organisation are old from the commit on: a key was issued or moved. */
export function touchOrganisation(tx: Tx, orgId: number): Promise<void> {
  return raiseRevision(tx, orgId);
}
