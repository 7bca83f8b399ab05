import type { Db } from "../db/db.ts";
import type { SealedSecret, SealedSecrets } from "../org/reseal.ts";
import { aboutGateway } from "./key-gateway.ts";

/** The admin keys of gateways that are driven. */
export const GATEWAY_CREDENTIALS: SealedSecrets = {
  said: "keys of driven gateways",
  async list(db: Db) {
    const { rows } = await db.query<SealedSecret>(
      `select org_id as "orgId", name, credential as sealed from key_gateway
       where credential is not null order by org_id, name`,
    );
    return rows;
  },
  async replace(db, { orgId, name, sealed }, anew) {
    await db.query(
      `update key_gateway set credential = $4
       where org_id = $1 and name = $2 and credential = $3`,
      [orgId, name, sealed, anew],
    );
  },
  about: aboutGateway,
};
