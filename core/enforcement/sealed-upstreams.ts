import type { Db } from "../db/db.ts";
import type { SealedSecret, SealedSecrets } from "../org/reseal.ts";
import { upstreamSubject } from "./upstreams.ts";

/** The provider keys that the gateway calls with. */
export const UPSTREAM_SECRETS: SealedSecrets = {
  said: "keys of the gateway's providers",
  async list(db: Db) {
    const { rows } = await db.query<SealedSecret>(
      `select org_id as "orgId", name, sealed_secret as sealed from gateway_upstream
       where sealed_secret is not null order by org_id, name`,
    );
    return rows;
  },
  async replace(db, { orgId, name, sealed }, anew) {
    await db.query(
      `update gateway_upstream set sealed_secret = $4
       where org_id = $1 and name = $2 and sealed_secret = $3`,
      [orgId, name, sealed, anew],
    );
  },
  about: upstreamSubject,
};
