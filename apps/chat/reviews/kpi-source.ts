import type { Pool } from "pg";
import type { Kpi, Maturity } from "#core/maturity/schema.ts";
import { findMaturity, listKpis } from "#core/maturity/service.ts";
import type { Day } from "#core/time.ts";

/** The KPIs of a month, and the maturity as it stands now. */
export async function loadKpis(
  pool: Pool,
  of: { orgId: number; month: Day; now: Date },
): Promise<{ kpis: readonly Kpi[]; maturity: Maturity }> {
  const { maturity } = await findMaturity(pool, of.orgId, of.now);
  return { kpis: await listKpis(pool, of), maturity };
}
