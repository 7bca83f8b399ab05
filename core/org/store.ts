import type { Db } from "#core/db/db.ts";
import type { Day } from "#core/time.ts";
import type { KeyPolicyRecord } from "./file/state.ts";
import type { InventoryPolicy } from "./inventory-policy-schema.ts";
import type { CountsFor, RuleConditions, RuleSets } from "./inventory-schema.ts";
import type { ReportTimes } from "./schema.ts";
import type { Archetype, ItemKind, PersonDetail, Procurement, ScopeKind } from "./words.ts";

/** What is read of an organisation. Rows come as the pool parses them; writing is write-store.ts. */

export interface OrganizationRow {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly timeZone: string;
  readonly demonstration: boolean;
  readonly revision: bigint;
  readonly entryMonths: number;
  readonly hourDays: number;
  readonly personDays: number;
  /** Entries of earlier local days were closed; null where none were. */
  readonly keptSince: Day | null;
  readonly accountableId: number | null;
  readonly personDetail: PersonDetail;
  readonly personDetailBasis: string | null;
  readonly selfApproval: boolean;
  readonly quietFrom: string | null;
  readonly quietUntil: string | null;
  /** Null: keys may use any model. */
  readonly models: readonly string[] | null;
  readonly keyPolicy: KeyPolicyRecord | null;
  readonly reports: ReportTimes | null;
  readonly inventory: InventoryPolicy | null;
}

const ORGANIZATION = `select o.id, o.key, o.name, o.time_zone as "timeZone", o.demonstration,
  o.revision, o.entry_months as "entryMonths", o.hour_days as "hourDays",
  o.person_days as "personDays", nullif(o.entries_erased_before, '-infinity') as "keptSince",
  p.accountable_person_id as "accountableId",
  coalesce(p.person_detail, 'self') as "personDetail",
  p.person_detail_basis as "personDetailBasis", coalesce(p.self_approval, false) as "selfApproval",
  p.quiet_from as "quietFrom", p.quiet_until as "quietUntil", p.reports,
  p.inventory, p.models, p.key_policy as "keyPolicy"
  from organization o left join organization_policy p on p.org_id = o.id`;

export async function findOrganization(
  db: Db,
  orgId: number,
): Promise<OrganizationRow | undefined> {
  const { rows } = await db.query<OrganizationRow>(`${ORGANIZATION} where o.id = $1`, [orgId]);
  return rows[0];
}

export async function findOrganizationByKey(
  db: Db,
  key: string,
): Promise<OrganizationRow | undefined> {
  const { rows } = await db.query<OrganizationRow>(`${ORGANIZATION} where o.key = $1`, [key]);
  return rows[0];
}

export interface ScopeRow {
  readonly id: number;
  readonly kind: ScopeKind;
  readonly key: string;
  readonly name: string;
  readonly parentId: number;
  readonly costCentre: string | null;
  readonly archetype: Archetype | null;
  readonly models: readonly string[] | null;
  readonly retiredOn: Day | null;
}

/** Parents before their children. */
export async function listScopes(db: Db, orgId: number): Promise<ScopeRow[]> {
  const { rows } = await db.query<ScopeRow>(
    `select id, kind, key, name, parent_id as "parentId", cost_centre as "costCentre", archetype,
       models, retired_on as "retiredOn"
     from scope where org_id = $1
     order by array_position(array['team', 'project', 'agent'], kind), key, id`,
    [orgId],
  );
  return rows;
}

/** Members that the file names, by scope. */
export async function listMembers(db: Db, orgId: number): Promise<Map<number, number[]>> {
  const { rows } = await db.query<{ scopeId: number; people: number[] }>(
    `select scope_id as "scopeId", array_agg(person_id order by person_id) as people
     from scope_member where org_id = $1 group by scope_id`,
    [orgId],
  );
  return new Map(rows.map(({ scopeId, people }) => [scopeId, people]));
}

export interface PersonRow {
  readonly id: number;
  readonly leftOn: Day | null;
  readonly origin: "file" | "chat" | "directory" | "usage";
  /** Null: the details were erased, or there never were any. */
  readonly key: string | null;
  readonly name: string | null;
  readonly email: string | null;
  readonly githubLogin: string | null;
}

export async function listPeople(db: Db, orgId: number): Promise<PersonRow[]> {
  const { rows } = await db.query<PersonRow>(
    `select p.id, p.left_on as "leftOn", p.origin, d.key, d.name, d.email,
       d.github_login as "githubLogin"
     from person p left join person_detail d on d.org_id = p.org_id and d.person_id = p.id
     where p.org_id = $1 order by p.id`,
    [orgId],
  );
  return rows;
}

export interface ProductRow {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly partOfId: number | null;
  readonly retiredOn: Day | null;
  readonly projectIds: readonly number[];
  readonly workflows: readonly string[];
}

export async function listProducts(db: Db, orgId: number): Promise<ProductRow[]> {
  const { rows } = await db.query<ProductRow>(
    `select p.id, p.key, p.name, p.part_of_id as "partOfId", p.retired_on as "retiredOn",
       array(select scope_id from product_project m
             where m.org_id = p.org_id and m.product_id = p.id order by 1) as "projectIds",
       array(select workflow from product_workflow m
             where m.org_id = p.org_id and m.product_id = p.id order by 1) as workflows
     from product p where p.org_id = $1 order by p.key`,
    [orgId],
  );
  return rows;
}

export interface ItemRow {
  readonly kind: ItemKind;
  readonly key: string;
  readonly name: string | null;
  readonly provider: string | null;
  readonly account: string | null;
  readonly nativeId: string | null;
  readonly scopeId: number | null;
  readonly ownerId: number | null;
  readonly costCentre: string | null;
  readonly approvedUse: string | null;
  readonly seats: number | null;
  readonly procurement: Procurement | null;
  readonly contractFrom: Day | null;
  readonly contractUntil: Day | null;
  readonly noticeDays: number | null;
  readonly paymentMethod: string | null;
  readonly retiredOn: Day | null;
}

export async function listItems(db: Db, orgId: number): Promise<ItemRow[]> {
  const { rows } = await db.query<ItemRow>(
    `select kind, key, name, provider, account, native_id as "nativeId", scope_id as "scopeId",
       owner_id as "ownerId", cost_centre as "costCentre", approved_use as "approvedUse", seats,
       procurement, contract_from as "contractFrom", contract_until as "contractUntil",
       notice_days as "noticeDays", payment_method as "paymentMethod", retired_on as "retiredOn"
     from inventory_item where org_id = $1 order by kind, key`,
    [orgId],
  );
  return rows;
}

/** Virtual keys of every state: late usage of one that ended still finds its payer. */
export async function listIssuedKeys(
  db: Db,
  orgId: number,
): Promise<{ ledgerKey: string; scopeId: number }[]> {
  const { rows } = await db.query<{ ledgerKey: string; scopeId: number }>(
    `select ledger_key as "ledgerKey", scope_id as "scopeId" from virtual_key where org_id = $1`,
    [orgId],
  );
  return rows;
}

export interface NativeProjectRow {
  readonly account: string;
  readonly nativeId: string;
  readonly scopeId: number;
}

export async function listNativeProjects(db: Db, orgId: number): Promise<NativeProjectRow[]> {
  const { rows } = await db.query<NativeProjectRow>(
    `select account, native_id as "nativeId", scope_id as "scopeId"
     from native_project where org_id = $1 order by account, native_id`,
    [orgId],
  );
  return rows;
}

export interface SourceRow {
  readonly source: string;
  readonly countsFor: CountsFor;
}

export async function listSources(db: Db, orgId: number): Promise<SourceRow[]> {
  const { rows } = await db.query<SourceRow>(
    `select source, counts_for as "countsFor" from usage_source where org_id = $1 order by source`,
    [orgId],
  );
  return rows;
}

export interface RuleRow {
  readonly key: string;
  readonly position: number;
  readonly conditions: RuleConditions;
  readonly scopeId: number | null;
  readonly sets: RuleSets;
}

export async function listRules(db: Db, orgId: number): Promise<RuleRow[]> {
  const { rows } = await db.query<RuleRow>(
    `select key, position, conditions, scope_id as "scopeId", sets
     from attribution_rule where org_id = $1 order by position`,
    [orgId],
  );
  return rows;
}

export interface PriceRow {
  readonly kind: "own" | "discount" | "uplift";
  readonly terms: unknown;
}

export async function listPriceTerms(db: Db, orgId: number): Promise<PriceRow[]> {
  const { rows } = await db.query<PriceRow>(
    "select kind, terms from price_agreement where org_id = $1 order by kind, position",
    [orgId],
  );
  return rows;
}
