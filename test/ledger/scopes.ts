import type { Pool } from "pg";

/** Scopes as rows, from paths such as "payments/disputes/triage"; ids by path. */
export async function makeScopes(
  owner: Pool,
  orgId: number,
  paths: readonly string[],
): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (const path of paths) {
    const parts = path.split("/");
    for (const [depth, key] of parts.entries()) {
      const own = parts.slice(0, depth + 1).join("/");
      if (ids.has(own)) continue;
      const { rows } = await owner.query<{ id: number }>(
        `insert into scope (org_id, kind, key, name, parent_id) values ($1, $2, $3, $3, $4)
         returning id`,
        [
          orgId,
          ["team", "project", "agent"][depth],
          key,
          ids.get(parts.slice(0, depth).join("/")) ?? 0,
        ],
      );
      ids.set(own, rows[0]?.id ?? 0);
    }
  }
  return ids;
}
