import type { Db, Tx } from "#core/db/db.ts";
import type { RepositoryRecord } from "./repository-record.ts";

interface RepositoryRow {
  readonly name: string;
  readonly nativeId: string | null;
  readonly projectId: number | null;
  readonly scopeIds: readonly number[];
}

/** By name; scopes by their paths. */
export async function loadRepositories(
  db: Db,
  orgId: number,
  path: (id: number) => string,
): Promise<Map<string, RepositoryRecord>> {
  const { rows } = await db.query<RepositoryRow>(
    `select r.name, r.native_id as "nativeId", r.project_id as "projectId",
       coalesce((select array_agg(s.scope_id) from repository_scope s
         where s.org_id = $1 and s.name = r.name), '{}') as "scopeIds"
     from repository r where r.org_id = $1 order by r.name`,
    [orgId],
  );
  return new Map(
    rows.map(({ name, nativeId, projectId, scopeIds }) => [
      name,
      {
        nativeId,
        project: projectId === null ? null : path(projectId),
        scopes: scopeIds.map(path).toSorted(),
      },
    ]),
  );
}

export async function deleteRepository(
  tx: Tx,
  args: { orgId: number; name: string },
): Promise<void> {
  await tx.query("delete from repository where org_id = $1 and name = $2", [args.orgId, args.name]);
}

export async function insertRepository(
  tx: Tx,
  args: RepositoryRow & { readonly orgId: number },
): Promise<void> {
  const { orgId, name, nativeId, projectId, scopeIds } = args;
  await tx.query(
    "insert into repository (org_id, name, native_id, project_id) values ($1, $2, $3, $4)",
    [orgId, name, nativeId, projectId],
  );
  await tx.query(
    "insert into repository_scope (org_id, name, scope_id) select $1, $2, unnest($3::int[])",
    [orgId, name, scopeIds],
  );
}
