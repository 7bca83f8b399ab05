import type { Db } from "../db/db.ts";
import type { Day } from "../time.ts";
import { sumRefusals } from "./refusal-store.ts";
import type { CapRefusals } from "./schema.ts";

/**
 * How many calls each cap refused from `since` on, a day in the organisation's zone: "refused 12 calls
 * since Monday". A call whose client tried it again counts each time. A cap that refused nothing is
 * missing. Gateways write their counts with their next batch, a tenth of a second later.
 */
export function listCapRefusals(db: Db, orgId: number, since: Day): Promise<CapRefusals[]> {
  return sumRefusals(db, orgId, since);
}
