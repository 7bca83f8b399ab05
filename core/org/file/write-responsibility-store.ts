import type { Tx } from "#core/db/db.ts";
import type { CountsFor } from "../inventory-schema.ts";
import type { Activity, FunctionName, ItemKind } from "../words.ts";
import type { ItemRecord, RaciRecord, RuleRecord } from "./state.ts";

export async function replaceHolders(
  tx: Tx,
  args: { orgId: number; scopeId: number; function: FunctionName; personIds: readonly number[] },
): Promise<void> {
  await tx.query(
    "delete from function_holder where org_id = $1 and scope_id = $2 and function = $3",
    [args.orgId, args.scopeId, args.function],
  );
  await tx.query(
    `insert into function_holder (org_id, scope_id, function, position, person_id)
     select $1, $2, $3, n, p from unnest($4::int[]) with ordinality as t (p, n)`,
    [args.orgId, args.scopeId, args.function, args.personIds],
  );
}

export async function saveRaci(
  tx: Tx,
  args: { orgId: number; scopeId: number; activity: Activity; row: RaciRecord },
): Promise<void> {
  await tx.query(
    `insert into raci (org_id, scope_id, activity, accountable_function, responsible, consulted,
       informed)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (org_id, scope_id, activity) do update
       set accountable_function = excluded.accountable_function,
         responsible = excluded.responsible, consulted = excluded.consulted,
         informed = excluded.informed`,
    [
      args.orgId,
      args.scopeId,
      args.activity,
      args.row.accountable,
      args.row.responsible,
      args.row.consulted,
      args.row.informed,
    ],
  );
}

export async function deleteRaci(
  tx: Tx,
  args: { orgId: number; scopeId: number; activity: Activity },
): Promise<void> {
  await tx.query("delete from raci where org_id = $1 and scope_id = $2 and activity = $3", [
    args.orgId,
    args.scopeId,
    args.activity,
  ]);
}

/** A retired scope answers for nothing: its roles, on-call and RACI rows go. */
export async function deleteHeldAt(
  tx: Tx,
  args: { orgId: number; scopeId: number },
): Promise<void> {
  const values = [args.orgId, args.scopeId];
  await tx.query("delete from raci where org_id = $1 and scope_id = $2", values);
  await tx.query("delete from function_holder where org_id = $1 and scope_id = $2", values);
  await tx.query("delete from scope_on_call where org_id = $1 and scope_id = $2", values);
}

export async function saveProduct(
  tx: Tx,
  args: { orgId: number; key: string; name: string },
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into product (org_id, key, name) values ($1, $2, $3)
     on conflict (org_id, key) do update set name = excluded.name, retired_on = null
     returning id`,
    [args.orgId, args.key, args.name],
  );
  return rows[0]?.id ?? 0;
}

export async function updateProductParent(
  tx: Tx,
  args: { orgId: number; productId: number; partOfId: number | null },
): Promise<void> {
  await tx.query("update product set part_of_id = $3 where org_id = $1 and id = $2", [
    args.orgId,
    args.productId,
    args.partOfId,
  ]);
}

export async function retireProduct(
  tx: Tx,
  args: { orgId: number; productId: number; retiredOn: string },
): Promise<void> {
  await tx.query(
    "update product set retired_on = $3, part_of_id = null where org_id = $1 and id = $2",
    [args.orgId, args.productId, args.retiredOn],
  );
}

/** All memberships at once: a project that changes its product is never in both. */
export async function replaceProductMembers(
  tx: Tx,
  args: {
    orgId: number;
    projects: readonly { scopeId: number; productId: number }[];
    workflows: readonly { workflow: string; productId: number }[];
  },
): Promise<void> {
  await tx.query("delete from product_project where org_id = $1", [args.orgId]);
  await tx.query("delete from product_workflow where org_id = $1", [args.orgId]);
  await tx.query(
    `insert into product_project (org_id, scope_id, product_id)
     select $1, s, p from unnest($2::int[], $3::int[]) as t (s, p)`,
    [
      args.orgId,
      args.projects.map(({ scopeId }) => scopeId),
      args.projects.map(({ productId }) => productId),
    ],
  );
  await tx.query(
    `insert into product_workflow (org_id, workflow, product_id)
     select $1, w, p from unnest($2::text[], $3::int[]) as t (w, p)`,
    [
      args.orgId,
      args.workflows.map(({ workflow }) => workflow),
      args.workflows.map(({ productId }) => productId),
    ],
  );
}

export async function saveItem(
  tx: Tx,
  args: {
    orgId: number;
    kind: ItemKind;
    key: string;
    item: ItemRecord;
    scopeId: number | null;
    ownerId: number | null;
  },
): Promise<void> {
  const { item } = args;
  await tx.query(
    `insert into inventory_item (org_id, kind, key, name, provider, account, native_id, scope_id,
       owner_id, cost_centre, approved_use, seats, procurement, contract_from, contract_until,
       notice_days, payment_method)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (org_id, kind, key) do update set name = excluded.name,
       provider = excluded.provider, account = excluded.account, native_id = excluded.native_id,
       scope_id = excluded.scope_id, owner_id = excluded.owner_id,
       cost_centre = excluded.cost_centre, approved_use = excluded.approved_use,
       seats = excluded.seats, procurement = excluded.procurement,
       contract_from = excluded.contract_from, contract_until = excluded.contract_until,
       notice_days = excluded.notice_days, payment_method = excluded.payment_method,
       retired_on = null`,
    [
      args.orgId,
      args.kind,
      args.key,
      item.name,
      item.provider,
      item.account,
      item.nativeId,
      args.scopeId,
      args.ownerId,
      item.costCentre,
      item.approvedUse,
      item.seats,
      item.procurement,
      item.contractFrom,
      item.contractUntil,
      item.noticeDays,
      item.paymentMethod,
    ],
  );
}

export async function retireItem(
  tx: Tx,
  args: { orgId: number; kind: string; key: string; retiredOn: string },
): Promise<void> {
  await tx.query(
    "update inventory_item set retired_on = $4 where org_id = $1 and kind = $2 and key = $3",
    [args.orgId, args.kind, args.key, args.retiredOn],
  );
}

export async function replaceNativeProjects(
  tx: Tx,
  args: {
    orgId: number;
    account: string;
    projects: readonly { nativeId: string; scopeId: number }[];
  },
): Promise<void> {
  await tx.query("delete from native_project where org_id = $1 and account = $2", [
    args.orgId,
    args.account,
  ]);
  await tx.query(
    `insert into native_project (org_id, account, native_id, scope_id)
     select $1, $2, n, s from unnest($3::text[], $4::int[]) as t (n, s)`,
    [
      args.orgId,
      args.account,
      args.projects.map(({ nativeId }) => nativeId),
      args.projects.map(({ scopeId }) => scopeId),
    ],
  );
}

export async function saveSource(
  tx: Tx,
  args: { orgId: number; source: string; countsFor: CountsFor },
): Promise<void> {
  await tx.query(
    `insert into usage_source (org_id, source, counts_for) values ($1, $2, $3)
     on conflict (org_id, source) do update set counts_for = excluded.counts_for`,
    [args.orgId, args.source, JSON.stringify(args.countsFor)],
  );
}

export async function deleteSource(tx: Tx, args: { orgId: number; source: string }): Promise<void> {
  await tx.query("delete from usage_source where org_id = $1 and source = $2", [
    args.orgId,
    args.source,
  ]);
}

export async function deleteRules(tx: Tx, orgId: number): Promise<void> {
  await tx.query("delete from attribution_rule where org_id = $1", [orgId]);
}

export async function insertRule(
  tx: Tx,
  args: { orgId: number; key: string; rule: RuleRecord; scopeId: number | null },
): Promise<void> {
  await tx.query(
    `insert into attribution_rule (org_id, key, position, conditions, scope_id, sets)
     values ($1, $2, $3, $4, $5, $6)`,
    [
      args.orgId,
      args.key,
      args.rule.position,
      JSON.stringify(args.rule.when),
      args.scopeId,
      JSON.stringify(args.rule.sets),
    ],
  );
}

export async function deletePriceTerms(tx: Tx, orgId: number): Promise<void> {
  await tx.query("delete from price_agreement where org_id = $1", [orgId]);
}

export async function insertPriceTerm(
  tx: Tx,
  args: { orgId: number; kind: string; position: number; terms: unknown },
): Promise<void> {
  await tx.query(
    "insert into price_agreement (org_id, kind, position, terms) values ($1, $2, $3, $4)",
    [args.orgId, args.kind, args.position, JSON.stringify(args.terms)],
  );
}
