import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import { type AttributionRule, ruleTest, type ScopeChain } from "./attribution-rule.ts";
import { type Counting, countingOf } from "./counting.ts";
import { listScopeMoves, type ScopeMoveRow } from "./provenance-store.ts";
import type { ReportTimes } from "./schema.ts";
import {
  findOrganization,
  type ItemRow,
  listIssuedKeys,
  listItems,
  listNativeProjects,
  listPeople,
  listProducts,
  listRules,
  listScopes,
  listSources,
  type NativeProjectRow,
  type PersonRow,
  type ProductRow,
  type ScopeRow,
} from "./store.ts";
import { type Archetype, type PersonDetail, REPORT_TIMES, type ScopeKind } from "./words.ts";

export interface Scope {
  readonly id: number;
  readonly kind: ScopeKind;
  readonly key: string;
  readonly name: string;
  /** 0 = the organisation. */
  readonly parentId: number;
  readonly costCentre: string | undefined;
  readonly archetype: Archetype | undefined;
  readonly retiredOn: Day | undefined;
}

export interface Person {
  readonly id: number;
  /** Undefined: the details were erased. */
  readonly key: string | undefined;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly githubLogin: string | undefined;
  /** First day on which the person is gone. */
  readonly leftOn: Day | undefined;
}

export interface Product {
  readonly id: number;
  readonly key: string;
  readonly name: string;
  readonly partOf: string | undefined;
  readonly projectIds: readonly number[];
  readonly workflows: readonly string[];
  readonly retiredOn: Day | undefined;
}

/** A snapshot of an organisation, immutable; load it anew when its revision moves. */
export interface Directory extends Counting {
  readonly orgId: number;
  readonly revision: bigint;
  readonly key: string;
  readonly name: string;
  readonly timeZone: string;
  readonly demonstration: boolean;
  readonly retention: {
    readonly entryMonths: number;
    readonly hourDays: number;
    readonly personDays: number;
  };
  /** Entries of earlier local days were closed, whatever the policy says since. */
  readonly keptSince: Day | undefined;
  readonly scopes: ReadonlyMap<number, Scope>;
  /** By key and by name, in lower case; several where teams use the same name. */
  readonly scopesByName: ReadonlyMap<string, readonly Scope[]>;
  readonly people: ReadonlyMap<number, Person>;
  /** By key, e-mail and GitHub login, in lower case. */
  readonly peopleByName: ReadonlyMap<string, number>;
  readonly products: ReadonlyMap<string, Product>;
  /** The product's key by the id of its project. */
  readonly productOfProject: ReadonlyMap<number, string>;
  readonly productOfWorkflow: ReadonlyMap<string, string>;
  /** By sha256 hex or the provider's own id of the key; virtual keys by their name in the ledger. */
  readonly keys: ReadonlyMap<string, ScopeChain>;
  /** By "account/project", account by its key or its native id; by the project alone where unique. */
  readonly nativeProjects: ReadonlyMap<string, ScopeChain>;
  /** Oldest first: the past of a moved scope stays with the parent that paid it. */
  readonly moves: readonly ScopeMoveRow[];
  /** In the order of the file: the first that matches decides. */
  readonly rules: readonly AttributionRule[];
  readonly privacy: { readonly personDetail: PersonDetail; readonly basis: string | undefined };
  readonly selfApproval: boolean;
  /** Wall clock of the organisation's zone, "HH:MM"; `from` may be later than `until`. */
  readonly quietHours: { readonly from: string; readonly until: string } | undefined;
  readonly reports: ReportTimes;
  readonly accountableForAiCost: number | undefined;
}

/** Throws `organisation_not_found`. */
export async function loadDirectory(db: Db, orgId: number): Promise<Directory> {
  // One after the other: inside of a transaction there is one connection.
  const organization = await findOrganization(db, orgId);
  if (organization === undefined) {
    throw new AispendError("organisation_not_found", `there is no organisation ${orgId}`, {
      kind: "not_found",
      help: "Create it: aispend apply aispend.yaml.",
    });
  }
  const scopeRows = await listScopes(db, orgId);
  const peopleRows = await listPeople(db, orgId);
  const productRows = await listProducts(db, orgId);
  const items = await listItems(db, orgId);
  const native = await listNativeProjects(db, orgId);
  const issued = await listIssuedKeys(db, orgId);
  const sources = await listSources(db, orgId);
  const ruleRows = await listRules(db, orgId);
  const scopes = new Map(scopeRows.map((row) => [row.id, scopeOf(row)]));
  const people = new Map(peopleRows.map((row) => [row.id, personOf(row)]));
  const products = productsOf(productRows);
  const { timeZone, entryMonths, hourDays, personDays, quietFrom, quietUntil } = organization;
  return {
    orgId,
    revision: organization.revision,
    key: organization.key,
    name: organization.name,
    timeZone,
    demonstration: organization.demonstration,
    retention: { entryMonths, hourDays, personDays },
    keptSince: organization.keptSince ?? undefined,
    scopes,
    scopesByName: indexScopes(scopes),
    people,
    peopleByName: indexPeople(people),
    products,
    productOfProject: new Map(
      [...products.values()].flatMap(({ key, projectIds }) => projectIds.map((id) => [id, key])),
    ),
    productOfWorkflow: new Map(
      [...products.values()].flatMap(({ key, workflows }) => workflows.map((one) => [one, key])),
    ),
    keys: new Map([
      ...keyChains(scopes, items),
      ...issued.map(({ ledgerKey, scopeId }) => [ledgerKey, chainOf(scopes, scopeId)] as const),
    ]),
    nativeProjects: nativeChains(scopes, items, native),
    moves: await listScopeMoves(db, orgId),
    rules: ruleRows.map(({ key, conditions, scopeId, sets }) => ({
      key,
      matches: ruleTest(conditions),
      chain: scopeId === null ? undefined : chainOf(scopes, scopeId),
      sets,
    })),
    ...countingOf(sources),
    privacy: {
      personDetail: organization.personDetail,
      basis: organization.personDetailBasis ?? undefined,
    },
    selfApproval: organization.selfApproval,
    quietHours:
      quietFrom === null || quietUntil === null
        ? undefined
        : { from: quietFrom, until: quietUntil },
    reports: organization.reports ?? REPORT_TIMES,
    accountableForAiCost: organization.accountableId ?? undefined,
  };
}

function scopeOf({ costCentre, archetype, retiredOn, ...row }: ScopeRow): Scope {
  return {
    ...row,
    costCentre: costCentre ?? undefined,
    archetype: archetype ?? undefined,
    retiredOn: retiredOn ?? undefined,
  };
}

function personOf(row: PersonRow): Person {
  return {
    id: row.id,
    key: row.key ?? undefined,
    name: row.name ?? undefined,
    email: row.email ?? undefined,
    githubLogin: row.githubLogin ?? undefined,
    leftOn: row.leftOn ?? undefined,
  };
}

function productsOf(rows: readonly ProductRow[]): Map<string, Product> {
  const keys = new Map(rows.map(({ id, key }) => [id, key]));
  return new Map(
    rows.map(({ partOfId, retiredOn, ...row }) => [
      row.key,
      {
        ...row,
        partOf: partOfId === null ? undefined : keys.get(partOfId),
        retiredOn: retiredOn ?? undefined,
      },
    ]),
  );
}

function indexScopes(scopes: ReadonlyMap<number, Scope>): Map<string, Scope[]> {
  const index = new Map<string, Scope[]>();
  for (const scope of scopes.values()) {
    for (const name of new Set([scope.key.toLowerCase(), scope.name.toLowerCase()])) {
      index.set(name, [...(index.get(name) ?? []), scope]);
    }
  }
  return index;
}

/** A key decides over another person's e-mail or login that reads the same. */
function indexPeople(people: ReadonlyMap<number, Person>): Map<string, number> {
  const index = new Map<string, number>();
  for (const of of [
    (person: Person) => person.githubLogin,
    (person: Person) => person.email,
    (person: Person) => person.key,
  ]) {
    for (const person of people.values()) {
      const name = of(person)?.toLowerCase();
      if (name !== undefined) index.set(name, person.id);
    }
  }
  return index;
}

export const NO_CHAIN: ScopeChain = { teamId: 0, projectId: 0, agentId: 0 };

/** The scope and what it lies in. An id of 0, the organisation, has no chain. */
export function chainOf(scopes: ReadonlyMap<number, Scope>, scopeId: number): ScopeChain {
  const scope = scopes.get(scopeId);
  if (scope === undefined) return NO_CHAIN;
  const above = chainOf(scopes, scope.parentId);
  if (scope.kind === "team") return { ...above, teamId: scopeId };
  return scope.kind === "project"
    ? { ...above, projectId: scopeId }
    : { ...above, agentId: scopeId };
}

/** "payments/disputes/triage"; empty for the organisation. */
export function pathOf(
  scopes: ReadonlyMap<number, Pick<Scope, "key" | "parentId">>,
  scopeId: number,
): string {
  const scope = scopes.get(scopeId);
  if (scope === undefined) return "";
  const above = pathOf(scopes, scope.parentId);
  return above === "" ? scope.key : `${above}/${scope.key}`;
}

/** Late usage of a retired key still finds its payer; a key that is in use again decides over it. */
function keyChains(
  scopes: ReadonlyMap<number, Scope>,
  items: readonly ItemRow[],
): Map<string, ScopeChain> {
  const chains = new Map<string, ScopeChain>();
  const keys = items.filter(({ kind }) => kind === "key");
  for (const retired of [true, false]) {
    for (const { nativeId, scopeId, retiredOn } of keys) {
      if (nativeId === null || scopeId === null || (retiredOn !== null) !== retired) continue;
      chains.set(nativeId, chainOf(scopes, scopeId));
    }
  }
  return chains;
}

function nativeChains(
  scopes: ReadonlyMap<number, Scope>,
  items: readonly ItemRow[],
  projects: readonly NativeProjectRow[],
): Map<string, ScopeChain> {
  const nativeIds = new Map(
    items.filter(({ kind }) => kind === "account").map(({ key, nativeId }) => [key, nativeId]),
  );
  const chains = new Map<string, ScopeChain>();
  const times = new Map<string, number>();
  for (const { nativeId } of projects) times.set(nativeId, (times.get(nativeId) ?? 0) + 1);
  for (const { account, nativeId, scopeId } of projects) {
    const chain = chainOf(scopes, scopeId);
    chains.set(`${account}/${nativeId}`, chain);
    const native = nativeIds.get(account);
    if (native !== undefined && native !== null) chains.set(`${native}/${nativeId}`, chain);
    if (times.get(nativeId) === 1) chains.set(nativeId, chain);
  }
  return chains;
}
