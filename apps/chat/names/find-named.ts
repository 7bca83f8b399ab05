import type { DimensionValue } from "#core/ledger/spend.ts";
import type { SpendFilter } from "#core/ledger/spend-query.ts";
import type { Named } from "../subject.ts";
import { foldName, nearNames } from "./fold-name.ts";
import type { NamedScope, NameSource, ScopeKind, ValueDimension } from "./name-source.ts";

export type NamedKind = Exclude<Named["kind"], "org" | "person">;

/** The order in which a bare name is looked for. */
export const SEARCH_ORDER: readonly NamedKind[] = [
  "team",
  "project",
  "agent",
  "workflow",
  "product",
  "model",
  "provider",
  "feature",
  "environment",
  "key",
  "customer",
];

const SCOPE_FILTERS = { team: "teamId", project: "projectId", agent: "agentId" } as const;
const VALUE_FILTERS = { provider: "providerId", model: "modelId", key: "keyId" } as const;

export function isScopeKind(kind: NamedKind): kind is ScopeKind {
  return kind === "team" || kind === "project" || kind === "agent";
}

export function namedScope(scope: NamedScope): Named {
  const filter: SpendFilter = { [SCOPE_FILTERS[scope.kind]]: scope.id };
  const name = scope.shortName;
  return { kind: scope.kind, said: name, name, filter, scopeId: scope.id };
}

/** A sha256 is a handle, not a name: its first digits tell keys apart. */
export function saidValue(dimension: ValueDimension, value: string): string {
  return dimension === "key" && /^[0-9a-f]{40,}$/.test(value) ? `key ${value.slice(0, 12)}` : value;
}

export function namedValue(dimension: ValueDimension, { id, value }: DimensionValue): Named {
  const filter: SpendFilter =
    dimension === "provider" || dimension === "model" || dimension === "key"
      ? { [VALUE_FILTERS[dimension]]: id }
      : { dimension: { name: dimension, valueId: id } };
  return {
    kind: dimension,
    said: saidValue(dimension, value),
    name: value,
    filter,
    scopeId: undefined,
  };
}

function unattributedOf(kind: NamedKind): Named {
  const said = `spend without ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
  const filter: SpendFilter = isScopeKind(kind)
    ? { [SCOPE_FILTERS[kind]]: 0 }
    : namedValue(kind, { id: 0, value: "" }).filter;
  return { kind, said, name: "unattributed", filter, scopeId: 0 };
}

function scopesNamed(
  scopes: readonly NamedScope[],
  kind: ScopeKind,
  text: string,
): readonly NamedScope[] {
  const ofKind = scopes.filter((scope) => scope.kind === kind);
  const lower = text.toLowerCase();
  const byPath = ofKind.filter((scope) => `/${scope.path}`.endsWith(`/${lower}`));
  if (byPath.length > 0) return preferLiving(byPath);
  const folded = foldName(text);
  return preferLiving(
    ofKind.filter((scope) =>
      [scope.key, scope.name, scope.path].some((name) => foldName(name) === folded),
    ),
  );
}

function preferLiving(scopes: readonly NamedScope[]): readonly NamedScope[] {
  const living = scopes.filter(({ retired }) => !retired);
  return living.length > 0 ? living : scopes;
}

/** The same words with the separators that names are written with. */
function spellings(text: string): readonly string[] {
  const words = foldName(text).split(" ");
  return words.length === 1
    ? [text]
    : [text, ...["-", "_", " ", "/", "."].map((separator) => words.join(separator))];
}

async function valuesNamed(
  source: NameSource,
  dimension: ValueDimension,
  text: string,
): Promise<readonly DimensionValue[]> {
  const folded = foldName(text);
  if (folded === "") return [];
  for (const spelling of spellings(text)) {
    const found = await source.find(dimension, spelling);
    const same = found.filter((one) => one.value === text);
    if (same.length > 0) return same;
    const alike = found.filter((one) => foldName(one.value) === folded);
    if (alike.length > 0) return alike;
  }
  return [];
}

/** Scopes of the other kinds that have the name as well: a team and a project may share one. */
export function namesakes(source: NameSource, found: Named, text: string): Named[] {
  if (found.kind === "org" || found.kind === "person" || !isScopeKind(found.kind)) return [];
  return (["team", "project", "agent"] as const)
    .filter((kind) => kind !== found.kind)
    .flatMap((kind) => scopesNamed(source.scopes, kind, text).map(namedScope));
}

/** What has exactly this name, separators and case aside; several where it is not unique. */
export async function findExact(
  source: NameSource,
  kind: NamedKind,
  text: string,
): Promise<Named[]> {
  if (foldName(text) === "unattributed") return [unattributedOf(kind)];
  if (isScopeKind(kind)) {
    return scopesNamed(source.scopes, kind, text).map(namedScope);
  }
  if (kind === "customer" && !source.seesCustomers) return [];
  const values = await valuesNamed(source, kind, text);
  return values.map((value) => namedValue(kind, value));
}

/** Every model that has the words in its name: "claude", "gpt 4o". Undefined when none has. */
export async function findFamily(source: NameSource, text: string): Promise<Named | undefined> {
  const folded = foldName(text);
  if (folded.length < 3 || !/[a-z]/.test(folded)) return undefined;
  // From the whole list: a search stops at 50, and a family may have more dated and prefixed names.
  const models = await source.list("model");
  const family = models.filter(({ value }) => ` ${foldName(value)} `.includes(` ${folded} `));
  const [only] = family;
  if (only === undefined) return undefined;
  if (family.length === 1) return namedValue("model", only);
  const ids = family.map(({ id }) => id).sort((a, b) => a - b);
  return {
    kind: "model",
    said: text,
    name: text.toLowerCase(),
    filter: { modelIds: ids },
    scopeId: undefined,
  };
}

interface Candidate {
  readonly names: readonly string[];
  readonly named: Named;
}

/** Names near to what was typed, of one kind or of every kind that the audience may see. */
export async function findNear(
  source: NameSource,
  kind: NamedKind | undefined,
  text: string,
): Promise<Named[]> {
  // Keys are handles: nobody misspells one among all other names.
  const kinds = kind === undefined ? SEARCH_ORDER.filter((one) => one !== "key") : [kind];
  const candidates: Candidate[] = [];
  for (const one of kinds) {
    if (one === "customer" && !source.seesCustomers) continue;
    if (isScopeKind(one)) {
      for (const scope of source.scopes) {
        if (scope.kind !== one || scope.retired) continue;
        candidates.push({ names: [scope.key, scope.name], named: namedScope(scope) });
      }
    } else {
      for (const value of await source.list(one)) {
        candidates.push({ names: [value.value], named: namedValue(one, value) });
      }
    }
  }
  return nearNames(text, candidates, ({ names }) => names).map(({ named }) => named);
}
