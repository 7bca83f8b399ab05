import type { Pool } from "pg";
import type { Kpi, Maturity } from "#core/maturity/schema.ts";
import type { Day } from "#core/time.ts";

/** The KPIs of a month and the maturity as of now. */
export async function loadKpis(
  _pool: Pool,
  _of: { orgId: number; month: Day; today: Day; now: Date },
): Promise<{ kpis: readonly Kpi[]; maturity: Maturity | undefined }> {
  return { kpis: [], maturity: undefined };
}
