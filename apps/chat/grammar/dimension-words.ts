import type { SpendDimension } from "#core/ledger/spend-query.ts";

/** What spend can be asked of: the organisation, or one value of a dimension. */
export type SubjectKind = SpendDimension | "org";

const KIND_WORDS: ReadonlyMap<string, SubjectKind> = new Map<string, SubjectKind>([
  ["org", "org"],
  ["organisation", "org"],
  ["organization", "org"],
  ["company", "org"],
  ["team", "team"],
  ["teams", "team"],
  ["squad", "team"],
  ["squads", "team"],
  ["department", "team"],
  ["departments", "team"],
  ["project", "project"],
  ["projects", "project"],
  ["agent", "agent"],
  ["agents", "agent"],
  ["model", "model"],
  ["models", "model"],
  ["llm", "model"],
  ["llms", "model"],
  ["provider", "provider"],
  ["providers", "provider"],
  ["vendor", "provider"],
  ["vendors", "provider"],
  ["workflow", "workflow"],
  ["workflows", "workflow"],
  ["product", "product"],
  ["products", "product"],
  ["customer", "customer"],
  ["customers", "customer"],
  ["client", "customer"],
  ["clients", "customer"],
  ["key", "key"],
  ["keys", "key"],
  ["person", "person"],
  ["persons", "person"],
  ["people", "person"],
  ["engineer", "person"],
  ["engineers", "person"],
  ["developer", "person"],
  ["developers", "person"],
  ["employee", "person"],
  ["employees", "person"],
  ["user", "person"],
  ["users", "person"],
  ["feature", "feature"],
  ["features", "feature"],
  ["environment", "environment"],
  ["environments", "environment"],
  ["env", "environment"],
]);

/** The kind that a word names ("teams", "vendor"), if any. */
export function kindOf(word: string): SubjectKind | undefined {
  return KIND_WORDS.get(word);
}

/** The dimension that a word names; the organisation is none. */
export function dimensionOf(word: string): SpendDimension | undefined {
  const kind = KIND_WORDS.get(word);
  return kind === "org" ? undefined : kind;
}

const PLURALS: Readonly<Record<SpendDimension, string>> = {
  team: "teams",
  project: "projects",
  agent: "agents",
  provider: "providers",
  model: "models",
  key: "keys",
  workflow: "workflows",
  product: "products",
  customer: "customers",
  person: "people",
  feature: "features",
  environment: "environments",
};

export function pluralOf(dimension: SpendDimension): string {
  return PLURALS[dimension];
}

/** For help and refusals: every dimension by its canonical word. */
export const DIMENSION_NAMES = Object.keys(PLURALS).join(", ");
