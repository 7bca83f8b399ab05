import { canonicalJson } from "#core/audit/canonical-json.ts";
import { scrub } from "#core/audit/opaque.ts";
import { auditedBudget } from "./budget-record.ts";
import { placeOf } from "./conflict.ts";
import type { Change } from "./difference.ts";
import type { StateIds } from "./load-state.ts";
import { type Section, splitKey } from "./state.ts";

const NOUNS = {
  settings: "organization",
  people: "person",
  scopes: "scope",
  functions: "function",
  raci: "raci",
  channels: "channel",
  products: "product",
  inventory: "inventory",
  sources: "source",
  rules: "attribution_rule",
  prices: "price",
  budgets: "budget",
  targets: "target",
  repositories: "repository",
} satisfies Record<Section, string>;

/** Fields that say who somebody is: that they changed is logged, what they say is not. */
const IDENTIFYING: ReadonlySet<string> = new Set(["name", "email", "github", "key"]);
/** Fields that hold keys of people. */
const PEOPLE: ReadonlySet<string> = new Set([
  "accountable",
  "onCall",
  "owner",
  "people",
  "to",
  "members",
]);

/** Sections whose records are values of a scope: logged under the name of what is held. */
const HELD: ReadonlySet<Section> = new Set(["functions", "raci", "channels"]);

export interface AuditedChange {
  readonly action: string;
  readonly subject: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** A change as the audit log keeps it: people by their ids, nothing that identifies one. */
export function auditOf(change: Change, ids: StateIds): AuditedChange {
  const place = placeOf(change, ids);
  const noun = change.section === "inventory" ? splitKey(change.key)[0] : NOUNS[change.section];
  const value = (of: unknown): unknown => {
    if (of === undefined) return undefined;
    const kept = change.section === "budgets" ? auditedBudget(change.key, of) : of;
    const opaque = opaqueValue(change.section, change.field, kept, ids);
    const label = HELD.has(change.section) ? splitKey(change.key)[1] : change.field;
    const shown = label === "" ? opaque : { [label]: opaque };
    // Free text may hold an address that somebody typed.
    const safe: unknown = JSON.parse(scrub(canonicalJson(shown)));
    return safe;
  };
  const retired = change.section === "scopes" || change.section === "inventory";
  const verb = change.kind === "removed" && retired ? "retired" : change.kind;
  return {
    action: `${noun}.${verb}`,
    subject: scrub(place.subject),
    before: value(change.from),
    after: value(change.to),
  };
}

function opaqueValue(section: Section, field: string, value: unknown, ids: StateIds): unknown {
  const person = (key: unknown): unknown => {
    const id = typeof key === "string" ? ids.people.get(key) : undefined;
    return id === undefined ? null : `person:${id}`;
  };
  if (section === "people" && IDENTIFYING.has(field)) return value === null ? null : "(not logged)";
  if (PEOPLE.has(field) && section !== "raci") {
    return Array.isArray(value) ? value.map(person) : value === null ? null : person(value);
  }
  if (Array.isArray(value)) return value.map((one) => opaqueValue(section, "", one, ids));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, opaqueValue(section, name, part, ids)]),
  );
}
