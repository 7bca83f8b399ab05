import { createHash } from "node:crypto";
import { canonicalJson } from "#core/audit/canonical-json.ts";
import { type BudgetName, readBudgetKey } from "./budget-record.ts";
import type { Change } from "./difference.ts";
import type { LoadedState, StateIds } from "./load-state.ts";
import { splitKey } from "./state.ts";

/** A value that was last set in chat and that the file has otherwise. */
export interface Conflict {
  readonly change: Change;
  readonly subject: string;
  readonly field: string;
  /** Null: the operator. */
  readonly setBy: number | null;
  readonly setAt: Date;
}

export interface JudgedConflict extends Conflict {
  /** The file's value was already seen and chat's kept. */
  readonly declined: boolean;
}

export function conflictOf(
  current: LoadedState,
  ids: StateIds,
  change: Change,
): JudgedConflict | undefined {
  const place = placeOf(change, ids, current.retiredScopes);
  const row = current.provenance.get(`${place.subject} ${place.field}`);
  if (row === undefined || row.origin !== "chat") return undefined;
  const declined = row.declined?.equals(valueHash(change.to)) ?? false;
  return { change, ...place, setBy: row.setBy, setAt: row.setAt, declined };
}

/** What is kept of a value of the file that was declined: enough to know it again. */
export function valueHash(value: unknown): Buffer {
  return createHash("sha256").update(canonicalJson(value)).digest();
}

/** A budget of a scope is a value of the scope; another's is known by a hash of its name. */
export function budgetPlace(
  { subject, kind, period, unit }: BudgetName,
  scopeSubject: (path: string) => string,
): Place {
  const field = `${kind}.${period}.${unit}`;
  if (subject.kind === "scope") return { subject: scopeSubject(subject.path), field };
  const hash = valueHash(subject.name).toString("hex").slice(0, 16);
  return { subject: `${subject.kind}:${hash}`, field };
}

export interface Place {
  readonly subject: string;
  /** `*`: that the thing is there at all. */
  readonly field: string;
}

/** Under which opaque subject and field a change is logged and its origin kept. */
export function placeOf(
  change: Change,
  ids: StateIds,
  retiredScopes: ReadonlyMap<string, number> = new Map(),
): Place {
  const { section, key } = change;
  const field = change.field === "" ? "*" : change.field;
  const scope = (path: string) =>
    path === "" ? "organization" : `scope:${ids.scopes.get(path) ?? retiredScopes.get(path) ?? 0}`;
  switch (section) {
    case "settings":
      return { subject: "organization", field };
    case "people":
      return { subject: `person:${ids.people.get(key) ?? 0}`, field };
    case "scopes":
      return { subject: scope(key), field };
    case "functions":
    case "raci":
    case "channels": {
      const [path, name] = splitKey(key);
      return { subject: scope(path), field: `${section}.${name}` };
    }
    case "products":
      return { subject: `product:${ids.products.get(key) ?? 0}`, field };
    case "inventory":
      return { subject: key, field };
    case "sources":
      return { subject: `source:${key}`, field };
    case "rules":
      return { subject: `attribution_rule:${key}`, field };
    case "budgets":
      return budgetPlace(readBudgetKey(key), scope);
    case "repositories":
      return { subject: `repository:${key}`, field };
    case "targets":
      return { subject: `target:${key}`, field };
    case "prices":
      return { subject: `price:${valueHash(key).toString("hex").slice(0, 16)}`, field };
  }
}
