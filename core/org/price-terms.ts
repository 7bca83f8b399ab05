import type { Db } from "#core/db/db.ts";
import type { OwnTerms } from "#core/pricing/own-terms.ts";
import { Discount, OwnPrice, RegionalUplift } from "#core/pricing/schema.ts";
import { listPriceTerms } from "./store.ts";

/** The organisation's own prices, discounts and uplifts, in the order of its file. */
export async function loadPriceTerms(db: Db, orgId: number): Promise<OwnTerms> {
  const rows = await listPriceTerms(db, orgId);
  const termsOf = (kind: string) =>
    rows.filter((row) => row.kind === kind).map(({ terms }) => terms);
  return {
    prices: termsOf("own").map((terms) => OwnPrice.parse(terms)),
    discounts: termsOf("discount").map((terms) => Discount.parse(terms)),
    uplifts: termsOf("uplift").map((terms) => RegionalUplift.parse(terms)),
  };
}
