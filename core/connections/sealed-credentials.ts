import type { Db } from "#core/db/db.ts";
import type { SealedSecret, SealedSecrets } from "#core/org/reseal.ts";
import { aboutCredential } from "./service.ts";

/** The read-only keys of connected sources. */
export const CONNECTION_CREDENTIALS: SealedSecrets = {
  said: "keys of connected sources",
  async list(db: Db) {
    const { rows } = await db.query<SealedSecret>(
      `select org_id as "orgId", name, credential as sealed from connection
       where credential is not null order by org_id, name`,
    );
    return rows;
  },
  async replace(db, { orgId, name, sealed }, anew) {
    await db.query(
      `update connection set credential = $4
       where org_id = $1 and name = $2 and credential = $3`,
      [orgId, name, sealed, anew],
    );
  },
  about: aboutCredential,
};
