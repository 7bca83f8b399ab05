import { canonicalJson } from "#core/audit/canonical-json.ts";
import { type OrganisationState, SECTIONS, type Section, splitKey } from "./state.ts";

/** One step from what is to what shall be. Values are as the records hold them. */
export interface Change {
  readonly section: Section;
  /** The record's key in its section. */
  readonly key: string;
  readonly kind: "added" | "removed" | "changed" | "moved";
  /** Empty: the whole record. */
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

/** Sections whose records are said, set and kept as one value. */
const WHOLE: ReadonlySet<Section> = new Set([
  "functions",
  "raci",
  "channels",
  "sources",
  "rules",
  "prices",
  "budgets",
  "targets",
  "repositories",
]);

/** Every difference, in the order in which it can be written. */
export function differences(current: OrganisationState, desired: OrganisationState): Change[] {
  const retired = new Set([...current.scopes.keys()].filter((path) => !desired.scopes.has(path)));
  return SECTIONS.flatMap((section) =>
    sectionDifferences(section, current[section], desired[section]),
  ).filter((change) => !goesWithScope(change, retired));
}

const WITH_SCOPE: ReadonlySet<Section> = new Set(["functions", "raci", "channels", "budgets"]);

/** What was held at a retired scope goes with it and needs no word of its own. */
function goesWithScope(change: Change, retired: ReadonlySet<string>): boolean {
  if (!WITH_SCOPE.has(change.section)) return false;
  return change.kind === "removed" && retired.has(splitKey(change.key)[0]);
}

function sectionDifferences(
  section: Section,
  current: ReadonlyMap<string, object>,
  desired: ReadonlyMap<string, object>,
): Change[] {
  const changes: Change[] = [];
  for (const [key, to] of desired) {
    const from = current.get(key);
    if (from === undefined) {
      changes.push({ section, key, kind: "added", field: "", from: undefined, to });
    } else if (!WHOLE.has(section)) {
      changes.push(...fieldDifferences(section, key, from, to));
    } else if (!same(unplaced(from), unplaced(to))) {
      changes.push({ section, key, kind: "changed", field: "", from, to });
    }
  }
  for (const [key, from] of current) {
    if (desired.has(key)) continue;
    changes.push({ section, key, kind: "removed", field: "", from, to: undefined });
  }
  return [...changes, ...orderDifference(section, current, desired)];
}

function fieldDifferences(section: Section, key: string, from: object, to: object): Change[] {
  return Object.entries(to).flatMap(([field, value]): Change[] => {
    const before: unknown = Reflect.get(from, field);
    if (same(before, value)) return [];
    return [{ section, key, kind: "changed", field, from: before, to: value }];
  });
}

function same(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** A record without its place in a list: adding one before it is no change of it. */
function unplaced(record: object): object {
  const { position: _position, ...rest }: { position?: unknown } = { ...record };
  return rest;
}

/** Records that stayed, in another order: the first rule and the first price of a kind decide. */
function orderDifference(
  section: Section,
  current: ReadonlyMap<string, object>,
  desired: ReadonlyMap<string, object>,
): Change[] {
  if (section !== "rules" && section !== "prices") return [];
  const kindOf = (key: string): string => (section === "prices" ? splitKey(key)[0] : "");
  const from = ordered(current, kindOf).filter((key) => desired.has(key));
  const to = ordered(desired, kindOf).filter((key) => current.has(key));
  if (same(from, to)) return [];
  return [{ section, key: "", kind: "changed", field: "order", from, to }];
}

function ordered(records: ReadonlyMap<string, object>, kindOf: (key: string) => string): string[] {
  const place = (record: object): number => Number(Reflect.get(record, "position"));
  return [...records]
    .sort(([a, first], [b, second]) => {
      const [kind, other] = [kindOf(a), kindOf(b)];
      if (kind !== other) return kind < other ? -1 : 1;
      return place(first) - place(second);
    })
    .map(([key]) => key);
}
