import type { Pool } from "pg";

import { attributionBase, type SnapshotScope } from "#core/ledger/attribution-base.ts";
import { cachedLocalDay, type OrgContext } from "#core/ledger/prepare.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import type { Day } from "#core/time.ts";

/** Scopes as rows, from paths such as "payments/disputes/triage"; ids by path. */
export async function makeScopes(
  owner: Pool,
  orgId: number,
  paths: readonly string[],
): Promise<{ ids: Map<string, number>; scopes: SnapshotScope[] }> {
  const ids = new Map<string, number>();
  const scopes: SnapshotScope[] = [];
  for (const path of paths) {
    const parts = path.split("/");
    for (const [depth, key] of parts.entries()) {
      const own = parts.slice(0, depth + 1).join("/");
      if (ids.has(own)) continue;
      const kind = (["team", "project", "agent"] as const)[depth] ?? "agent";
      const parentId = ids.get(parts.slice(0, depth).join("/")) ?? 0;
      const { rows } = await owner.query<{ id: number }>(
        `insert into scope (org_id, kind, key, name, parent_id) values ($1, $2, $3, $3, $4)
         returning id`,
        [orgId, kind, key, parentId],
      );
      const id = rows[0]?.id ?? 0;
      ids.set(own, id);
      scopes.push({ id, kind, key, parentId });
    }
  }
  return { ids, scopes };
}

/** A context over these scopes: catalogue prices, every source counts, nothing too old. */
export function makeContext(
  orgId: number,
  scopes: readonly SnapshotScope[],
  over: Partial<OrgContext> = {},
): OrgContext {
  const base = attributionBase({
    scopes,
    keys: new Map(),
    nativeProjects: [],
    rules: [],
    productOfProject: new Map(),
    productOfWorkflow: new Map(),
  });
  const timeZone = over.timeZone ?? "UTC";
  return {
    orgId,
    revision: 1n,
    timeZone,
    oldestDay: "2020-01-01" as Day,
    base,
    priceBook: buildPriceBook(loadCatalogue()),
    counts: () => true,
    localDayOf: cachedLocalDay(timeZone),
    ...over,
  };
}
