import type { Tx } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import type { ScopeKind } from "../words.ts";
import type { PersonRecord, ScopeRecord, SettingsRecord } from "./state.ts";

/** What is written of an organisation, its people and scopes; ids instead of names throughout. */

/** Creates it unless it is there, and locks it: two changes of one organisation follow each other. */
export async function lockOrganization(
  tx: Tx,
  args: { key: string; name: string },
): Promise<{ id: number; created: boolean }> {
  const created = await tx.query<{ id: number }>(
    `insert into organization (key, name) values ($1, $2)
     on conflict (key) do nothing returning id`,
    [args.key, args.name],
  );
  const { rows } = await tx.query<{ id: number }>(
    "select id from organization where key = $1 for update",
    [args.key],
  );
  return { id: rows[0]?.id ?? 0, created: created.rows.length > 0 };
}

export async function lockOrganizationById(tx: Tx, orgId: number): Promise<void> {
  await tx.query("select id from organization where id = $1 for update", [orgId]);
}

export async function updateOrganization(
  tx: Tx,
  args: { orgId: number; settings: SettingsRecord },
): Promise<void> {
  const { settings } = args;
  await tx.query(
    `update organization set name = $2, time_zone = $3, entry_months = $4, hour_days = $5,
       person_days = $6 where id = $1`,
    [
      args.orgId,
      settings.name,
      settings.timeZone,
      settings.entryMonths,
      settings.hourDays,
      settings.personDays,
    ],
  );
}

export async function savePolicy(
  tx: Tx,
  args: { orgId: number; settings: SettingsRecord; accountableId: number },
): Promise<void> {
  const { settings } = args;
  await tx.query(
    `insert into organization_policy (org_id, accountable_person_id, person_detail,
       person_detail_basis, self_approval, quiet_from, quiet_until, reports, models, key_policy,
       inventory)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (org_id) do update set accountable_person_id = excluded.accountable_person_id,
       person_detail = excluded.person_detail, person_detail_basis = excluded.person_detail_basis,
       self_approval = excluded.self_approval, quiet_from = excluded.quiet_from,
       quiet_until = excluded.quiet_until, reports = excluded.reports, models = excluded.models,
       key_policy = excluded.key_policy, inventory = excluded.inventory`,
    [
      args.orgId,
      args.accountableId,
      settings.personDetail,
      settings.personDetailBasis,
      settings.selfApproval,
      settings.quietHours?.from ?? null,
      settings.quietHours?.until ?? null,
      settings.reports,
      settings.models.length === 0 ? null : settings.models,
      settings.keyPolicy,
      settings.inventory,
    ],
  );
}

/** Caches of the directory and of attribution know by it that they are old. */
export async function raiseRevision(tx: Tx, orgId: number): Promise<void> {
  await tx.query("update organization set revision = revision + 1 where id = $1", [orgId]);
}

export async function insertPerson(
  tx: Tx,
  args: { orgId: number; origin: string; leftOn: Day | null },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    "insert into person (org_id, origin, left_on) values ($1, $2, $3) returning id",
    [args.orgId, args.origin, args.leftOn],
  );
  return rows[0]?.id ?? 0;
}

export async function updateLeftOn(
  tx: Tx,
  args: { orgId: number; personId: number; leftOn: Day | null },
): Promise<void> {
  await tx.query("update person set left_on = $3 where org_id = $1 and id = $2", [
    args.orgId,
    args.personId,
    args.leftOn,
  ]);
}

/** From usage alone to a member: the file or the directory knows this person now. */
export async function raiseOrigin(
  tx: Tx,
  args: { orgId: number; personId: number; origin: string },
): Promise<void> {
  await tx.query(
    "update person set origin = $3 where org_id = $1 and id = $2 and origin = 'usage'",
    [args.orgId, args.personId, args.origin],
  );
}

export async function savePersonDetail(
  tx: Tx,
  args: {
    orgId: number;
    personId: number;
    key: string;
    person: Pick<PersonRecord, "name" | "email" | "github">;
  },
): Promise<void> {
  const { person } = args;
  await tx.query(
    `insert into person_detail (org_id, person_id, key, name, email, github_login)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (org_id, person_id) do update set key = excluded.key, name = excluded.name,
       email = excluded.email, github_login = excluded.github_login`,
    [args.orgId, args.personId, args.key, person.name, person.email, person.github],
  );
}

export async function deletePersonDetail(
  tx: Tx,
  args: { orgId: number; personId: number },
): Promise<number> {
  const { rowCount } = await tx.query(
    "delete from person_detail where org_id = $1 and person_id = $2",
    [args.orgId, args.personId],
  );
  return rowCount ?? 0;
}

export async function replaceDelegations(
  tx: Tx,
  args: {
    orgId: number;
    personId: number;
    delegations: readonly { delegateId: number; from: Day; until: Day }[];
  },
): Promise<void> {
  await tx.query("delete from person_delegation where org_id = $1 and person_id = $2", [
    args.orgId,
    args.personId,
  ]);
  await tx.query(
    `insert into person_delegation (org_id, person_id, delegate_id, from_day, until_day)
     select $1, $2, d, f, u from unnest($3::int[], $4::date[], $5::date[]) as t (d, f, u)`,
    [
      args.orgId,
      args.personId,
      args.delegations.map(({ delegateId }) => delegateId),
      args.delegations.map(({ from }) => from),
      args.delegations.map(({ until }) => until),
    ],
  );
}

export async function insertScope(
  tx: Tx,
  args: { orgId: number; kind: ScopeKind; key: string; parentId: number; scope: ScopeRecord },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into scope (org_id, kind, key, name, parent_id, cost_centre, archetype, models)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [
      args.orgId,
      args.kind,
      args.key,
      args.scope.name,
      args.parentId,
      args.scope.costCentre,
      args.scope.archetype,
      args.scope.models.length === 0 ? null : args.scope.models,
    ],
  );
  return rows[0]?.id ?? 0;
}

export async function updateScope(
  tx: Tx,
  args: { orgId: number; scopeId: number; scope: ScopeRecord; retiredOn: Day | null },
): Promise<void> {
  await tx.query(
    `update scope set name = $3, cost_centre = $4, archetype = $5, retired_on = $6, models = $7
     where org_id = $1 and id = $2`,
    [
      args.orgId,
      args.scopeId,
      args.scope.name,
      args.scope.costCentre,
      args.scope.archetype,
      args.retiredOn,
      args.scope.models.length === 0 ? null : args.scope.models,
    ],
  );
}

export async function updateParent(
  tx: Tx,
  args: { orgId: number; scopeId: number; parentId: number },
): Promise<void> {
  await tx.query("update scope set parent_id = $3 where org_id = $1 and id = $2", [
    args.orgId,
    args.scopeId,
    args.parentId,
  ]);
}

export async function replaceOnCall(
  tx: Tx,
  args: { orgId: number; scopeId: number; personIds: readonly number[] },
): Promise<void> {
  await tx.query("delete from scope_on_call where org_id = $1 and scope_id = $2", [
    args.orgId,
    args.scopeId,
  ]);
  await tx.query(
    `insert into scope_on_call (org_id, scope_id, position, person_id)
     select $1, $2, n, p from unnest($3::int[]) with ordinality as t (p, n)`,
    [args.orgId, args.scopeId, args.personIds],
  );
}

export async function replaceMembers(
  tx: Tx,
  args: { orgId: number; scopeId: number; personIds: readonly number[] },
): Promise<void> {
  await tx.query("delete from scope_member where org_id = $1 and scope_id = $2", [
    args.orgId,
    args.scopeId,
  ]);
  await tx.query(
    `insert into scope_member (org_id, scope_id, person_id)
     select $1, $2, p from unnest($3::int[]) as t (p)`,
    [args.orgId, args.scopeId, args.personIds],
  );
}
