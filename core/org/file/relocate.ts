import { type OrganisationState, splitKey } from "./state.ts";

type Rename = (name: string) => string;

function mapKeys<V>(
  map: ReadonlyMap<string, V>,
  rename: Rename,
  value: (v: V) => V,
): Map<string, V> {
  return new Map([...map].map(([key, record]) => [rename(key), value(record)]));
}

/** The same state with people called otherwise, wherever they are named. */
export function renamePeople(state: OrganisationState, rename: Rename): OrganisationState {
  return {
    ...state,
    settings: mapKeys(state.settings, String, (settings) => ({
      ...settings,
      accountable: rename(settings.accountable),
      onCall: settings.onCall.map(rename),
    })),
    people: mapKeys(state.people, rename, (person) => ({
      ...person,
      delegates: person.delegates.map((delegate) => ({ ...delegate, to: rename(delegate.to) })),
    })),
    scopes: mapKeys(state.scopes, String, (scope) => ({
      ...scope,
      onCall: scope.onCall.map(rename),
      members: scope.members.map(rename).toSorted(),
    })),
    functions: mapKeys(state.functions, String, ({ people }) => ({ people: people.map(rename) })),
    inventory: mapKeys(state.inventory, String, (item) => ({
      ...item,
      owner: item.owner === null ? null : rename(item.owner),
    })),
  };
}

/** The same state with scopes at other paths, wherever they are named. */
export function renamePaths(state: OrganisationState, rename: Rename): OrganisationState {
  const before: Rename = (key) => {
    const [path, rest] = splitKey(key);
    return `${path === "" ? "" : rename(path)}:${rest}`;
  };
  return {
    ...state,
    scopes: mapKeys(state.scopes, rename, (scope) => scope),
    functions: mapKeys(state.functions, before, (holder) => holder),
    raci: mapKeys(state.raci, before, (row) => row),
    channels: mapKeys(state.channels, before, (record) => record),
    budgets: mapKeys(state.budgets, before, (budget) => budget),
    products: mapKeys(state.products, String, (product) => ({
      ...product,
      projects: product.projects.map(rename).toSorted(),
    })),
    inventory: mapKeys(state.inventory, String, (item) => ({
      ...item,
      scope: item.scope === null ? null : rename(item.scope),
      projects: item.projects.map((project) => ({ ...project, scope: rename(project.scope) })),
    })),
    repositories: mapKeys(state.repositories, String, (repository) => ({
      ...repository,
      project: repository.project === null ? null : rename(repository.project),
      scopes: repository.scopes.map(rename).toSorted(),
    })),
    rules: mapKeys(state.rules, String, (rule) => ({
      ...rule,
      scope: rule.scope === null ? null : rename(rule.scope),
    })),
  };
}

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** A path after the moves: what lies below a moved scope moves with it. */
export function moved(moves: readonly Move[]): Rename {
  return (path) => {
    for (const { from, to } of moves) {
      if (path === from) return to;
      if (path.startsWith(`${from}/`)) return `${to}${path.slice(from.length)}`;
    }
    return path;
  };
}

/**
 * Scopes of one depth (2 = projects, 3 = agents) that were at one path and are now at exactly one
 * other with the same key: they moved. Where that cannot be told, or where a retired scope waits to
 * return, the old one is retired and a new one added.
 */
export function findMoves(
  current: ReadonlySet<string>,
  desired: ReadonlySet<string>,
  retired: ReadonlySet<string>,
  depth: number,
): Move[] {
  const ofDepth = (path: string): boolean => path.split("/").length === depth;
  const gone = byKey([...current].filter((path) => ofDepth(path) && !desired.has(path)));
  const come = byKey([...desired].filter((path) => ofDepth(path) && !current.has(path)));
  return [...gone].flatMap(([key, sources]) => {
    const targets = come.get(key) ?? [];
    const [from, to] = [sources[0], targets[0]];
    if (sources.length !== 1 || targets.length !== 1 || from === undefined || to === undefined) {
      return [];
    }
    return retired.has(to) ? [] : [{ from, to }];
  });
}

function byKey(paths: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const key = path.slice(path.lastIndexOf("/") + 1);
    found.set(key, [...(found.get(key) ?? []), path]);
  }
  return found;
}
