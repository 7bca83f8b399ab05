import { canonicalJson } from "#core/audit/canonical-json.ts";
import { listNamedBudgets } from "#core/budgets/file-budget.ts";
import type { Db } from "#core/db/db.ts";
import { listProvenance, type ProvenanceRow } from "../provenance-store.ts";
import { listDelegations, listHolders, listOnCall, listRaci } from "../responsibility-store.ts";
import {
  findOrganization,
  type ItemRow,
  listItems,
  listMembers,
  listNativeProjects,
  listPeople,
  listPriceTerms,
  listProducts,
  listRules,
  listScopes,
  listSources,
  type NativeProjectRow,
  type OrganizationRow,
  type PersonRow,
  type PriceRow,
  type ProductRow,
  type RuleRow,
  type ScopeRow,
} from "../store.ts";
import { budgetsOf, loadTargets } from "./load-budgets.ts";
import { loadChannels } from "./load-channels.ts";
import { loadRepositories } from "./repository-store.ts";
import {
  functionKey,
  type HolderRecord,
  type ItemRecord,
  itemKey,
  type OrganisationState,
  type PersonRecord,
  raciKey,
  type ScopeRecord,
  SETTINGS,
  type SettingsRecord,
} from "./state.ts";

/** Ids by what the records call things. */
export interface StateIds {
  /** By path; 0 for the organisation's empty path. */
  readonly scopes: ReadonlyMap<string, number>;
  readonly people: ReadonlyMap<string, number>;
  readonly products: ReadonlyMap<string, number>;
}

/** The organisation as it stands in the database. */
export interface LoadedState {
  readonly orgId: number;
  readonly key: string;
  readonly state: OrganisationState;
  readonly ids: StateIds;
  /** Scopes that were retired and may return, by the path that they had. */
  readonly retiredScopes: ReadonlyMap<string, number>;
  readonly origins: ReadonlyMap<string, PersonRow["origin"]>;
  /** By "subject field". */
  readonly provenance: ReadonlyMap<string, ProvenanceRow>;
}

/** What stands in for the key of a person whose details were erased. */
export function erasedKey(personId: number): string {
  return `person-${personId}`;
}

export async function loadState(db: Db, orgId: number): Promise<LoadedState | undefined> {
  const organization = await findOrganization(db, orgId);
  if (organization === undefined) return undefined;
  // One after the other: inside of a transaction there is one connection.
  const scopes = await listScopes(db, orgId);
  const people = await listPeople(db, orgId);
  const delegations = await listDelegations(db, orgId);
  const holders = await listHolders(db, orgId);
  const raci = await listRaci(db, orgId);
  const onCall = await listOnCall(db, orgId);
  const products = await listProducts(db, orgId);
  const items = await listItems(db, orgId);
  const native = await listNativeProjects(db, orgId);
  const sources = await listSources(db, orgId);
  const rules = await listRules(db, orgId);
  const prices = await listPriceTerms(db, orgId);
  const provenance = await listProvenance(db, orgId);
  const targets = await loadTargets(db, orgId);
  const members = await listMembers(db, orgId);
  const keys = new Map(people.map(({ id, key }) => [id, key ?? erasedKey(id)]));
  const paths = scopePaths(scopes);
  const person = (id: number): string => keys.get(id) ?? erasedKey(id);
  const path = (id: number): string => paths.get(id) ?? "";
  const called = new Map<number, string[]>();
  for (const { scopeId, personId } of onCall) {
    called.set(scopeId, [...(called.get(scopeId) ?? []), person(personId)]);
  }
  const calls = (scopeId: number): string[] => called.get(scopeId) ?? [];
  const channels = await loadChannels(db, orgId, path);
  const living = scopes.filter(({ retiredOn }) => retiredOn === null);
  const state: OrganisationState = {
    settings: new Map([
      [SETTINGS, { ...settingsOf(organization, person, calls(0)), channel: channels.ofScope(0) }],
    ]),
    people: peopleOf(people, delegations, person),
    scopes: new Map(
      living.map((row) => [
        path(row.id),
        {
          ...scopeOf(row, calls(row.id), channels.ofScope(row.id)),
          members: (members.get(row.id) ?? []).map(person).toSorted(),
        },
      ]),
    ),
    functions: holdersOf(holders, path, person),
    raci: new Map(
      raci.map(({ scopeId, activity, ...row }) => [raciKey(path(scopeId), activity), row]),
    ),
    channels: channels.byKind,
    products: productsOf(products, path),
    inventory: inventoryOf(items, native, path, person),
    sources: new Map(sources.map(({ source, countsFor }) => [source, { countsFor }])),
    rules: rulesOf(rules, path),
    prices: pricesOf(prices),
    budgets: budgetsOf(
      await listNamedBudgets(db, orgId),
      new Map(living.map(({ id }) => [id, path(id)])),
    ),
    targets,
    repositories: await loadRepositories(db, orgId, path),
  };
  return {
    orgId,
    key: organization.key,
    state,
    ids: {
      scopes: new Map([["", 0], ...living.map(({ id }) => [path(id), id] as const)]),
      people: new Map([...keys].map(([id, key]) => [key, id])),
      products: new Map(products.map(({ id, key }) => [key, id])),
    },
    retiredScopes: new Map(
      scopes.filter(({ retiredOn }) => retiredOn !== null).map(({ id }) => [path(id), id]),
    ),
    origins: new Map(people.map(({ id, origin }) => [person(id), origin])),
    provenance: new Map(provenance.map((row) => [`${row.subject} ${row.field}`, row])),
  };
}

function rulesOf(
  rules: readonly RuleRow[],
  path: (id: number) => string,
): OrganisationState["rules"] {
  return new Map(
    rules.map(({ key, position, conditions, scopeId, sets }) => [
      key,
      { position, when: conditions, scope: scopeId === null ? null : path(scopeId), sets },
    ]),
  );
}

/** The rows come with parents first. */
function scopePaths(scopes: readonly ScopeRow[]): Map<number, string> {
  const paths = new Map<number, string>();
  for (const { id, key, parentId } of scopes) {
    const above = paths.get(parentId);
    paths.set(id, above === undefined ? key : `${above}/${key}`);
  }
  return paths;
}

function settingsOf(
  row: OrganizationRow,
  person: (id: number) => string,
  onCall: readonly string[],
): Omit<SettingsRecord, "channel"> {
  const { quietFrom, quietUntil } = row;
  return {
    name: row.name,
    timeZone: row.timeZone,
    accountable: row.accountableId === null ? "" : person(row.accountableId),
    onCall,
    entryMonths: row.entryMonths,
    hourDays: row.hourDays,
    personDays: row.personDays,
    personDetail: row.personDetail,
    personDetailBasis: row.personDetailBasis,
    selfApproval: row.selfApproval,
    quietHours:
      quietFrom === null || quietUntil === null ? null : { from: quietFrom, until: quietUntil },
    reports: row.reports,
    inventory: row.inventory,
    models: row.models ?? [],
    keyPolicy: row.keyPolicy,
  };
}

function peopleOf(
  people: readonly PersonRow[],
  delegations: Awaited<ReturnType<typeof listDelegations>>,
  person: (id: number) => string,
): Map<string, PersonRecord> {
  const records = new Map<string, PersonRecord>();
  const delegates = new Map<number, PersonRecord["delegates"][number][]>();
  for (const { personId, delegateId, from, until } of delegations) {
    const list = delegates.get(personId) ?? [];
    list.push({ to: person(delegateId), from, until });
    delegates.set(personId, list);
  }
  for (const { id, name, email, githubLogin, leftOn } of people) {
    records.set(person(id), {
      name,
      email,
      github: githubLogin,
      delegates: delegates.get(id) ?? [],
      leftOn,
    });
  }
  return records;
}

function scopeOf(
  { name, costCentre, archetype, models }: ScopeRow,
  onCall: readonly string[],
  channel: string | null,
): Omit<ScopeRecord, "members"> {
  return { name, costCentre, archetype, onCall, channel, models: models ?? [] };
}

function holdersOf(
  holders: Awaited<ReturnType<typeof listHolders>>,
  path: (id: number) => string,
  person: (id: number) => string,
): Map<string, HolderRecord> {
  const records = new Map<string, HolderRecord>();
  for (const { scopeId, function: name, personId } of holders) {
    const key = functionKey(path(scopeId), name);
    records.set(key, { people: [...(records.get(key)?.people ?? []), person(personId)] });
  }
  return records;
}

function productsOf(
  products: readonly ProductRow[],
  path: (id: number) => string,
): OrganisationState["products"] {
  const keys = new Map(products.map(({ id, key }) => [id, key]));
  const living = products.filter(({ retiredOn }) => retiredOn === null);
  return new Map(
    living.map(({ key, name, partOfId, projectIds, workflows }) => [
      key,
      {
        name,
        partOf: partOfId === null ? null : (keys.get(partOfId) ?? null),
        projects: projectIds.map(path).toSorted(),
        workflows: workflows.toSorted(),
      },
    ]),
  );
}

function inventoryOf(
  items: readonly ItemRow[],
  native: readonly NativeProjectRow[],
  path: (id: number) => string,
  person: (id: number) => string,
): Map<string, ItemRecord> {
  const living = items.filter(({ retiredOn }) => retiredOn === null);
  return new Map(
    living.map(({ kind, key, scopeId, ownerId, retiredOn: _retiredOn, ...item }) => [
      itemKey(kind, key),
      {
        ...item,
        scope: scopeId === null ? null : path(scopeId),
        owner: ownerId === null ? null : person(ownerId),
        projects:
          kind === "account"
            ? native
                .filter(({ account }) => account === key)
                .map(({ nativeId, scopeId: scope }) => ({ id: nativeId, scope: path(scope) }))
                .toSorted((a, b) => (a.id < b.id ? -1 : 1))
            : [],
      },
    ]),
  );
}

function pricesOf(rows: readonly PriceRow[]): OrganisationState["prices"] {
  const positions = new Map<string, number>();
  return new Map(
    rows.map(({ kind, terms }) => {
      const position = positions.get(kind) ?? 0;
      positions.set(kind, position + 1);
      return [`${kind}:${canonicalJson(terms)}`, { position, terms }];
    }),
  );
}
