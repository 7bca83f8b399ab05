import type { Db } from "#core/db/db.ts";
import { spendBy } from "#core/ledger/spend.ts";
import { absolute, divideHalfEven } from "#core/money.ts";
import type { Period } from "#core/time.ts";
import { listProductSums } from "./store.ts";

/** What a product earned and what its AI cost, with harness. Nano-USD. */
export interface ProductMargin {
  readonly product: string;
  readonly revenue: bigint;
  readonly value: bigint | undefined;
  readonly cost: bigint;
  /** Revenue less cost; negative where the AI alone costs more than is earned. */
  readonly margin: bigint;
}

const PRODUCTS = 1_000;

/**
 * AI gross margin of every product with revenue in the period, the largest revenue first. Its cost is
 * everything that the ledger attributes to it, infrastructure included.
 */
export async function listMargins(db: Db, orgId: number, period: Period): Promise<ProductMargin[]> {
  const sums = (await listProductSums(db, orgId, period)).filter(({ earning }) => earning > 0n);
  if (sums.length === 0) return [];
  const lines = await spendBy(db, orgId, {}, period, "product", PRODUCTS);
  const costs = new Map(lines.map(({ name, measures }) => [name, measures.cost]));
  return sums
    .map(({ product, revenue, value, valued }): ProductMargin => {
      const cost = costs.get(product) ?? 0n;
      const worth = valued > 0n ? value : undefined;
      return { product, revenue, value: worth, cost, margin: revenue - cost };
    })
    .sort((a, b) => (a.revenue < b.revenue ? 1 : -1));
}

/** Percent of the revenue that is left, with one decimal; undefined without revenue. */
export function marginPercent({ revenue, margin }: ProductMargin): string | undefined {
  if (revenue <= 0n) return undefined;
  const tenths = divideHalfEven(margin * 1_000n, revenue);
  const size = absolute(tenths);
  return `${tenths < 0n ? "-" : ""}${size / 10n}.${size % 10n}`;
}
