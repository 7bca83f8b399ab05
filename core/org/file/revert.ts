import type { Change } from "./difference.ts";
import { type OrganisationState, splitKey } from "./state.ts";

/** `goal` with some of its changes taken back to what `placed` has. */
export function revert(
  goal: OrganisationState,
  placed: OrganisationState,
  dropped: readonly Change[],
): OrganisationState {
  const result = {
    settings: new Map(goal.settings),
    people: new Map(goal.people),
    scopes: new Map(goal.scopes),
    functions: new Map(goal.functions),
    raci: new Map(goal.raci),
    channels: new Map(goal.channels),
    products: new Map(goal.products),
    inventory: new Map(goal.inventory),
    sources: new Map(goal.sources),
    rules: new Map(goal.rules),
    prices: new Map(goal.prices),
    budgets: new Map(goal.budgets),
    targets: new Map(goal.targets),
    repositories: new Map(goal.repositories),
  };
  for (const change of dropped) {
    revertRecord<object>(result[change.section], placed[change.section], change);
    if (change.section === "scopes" && change.field === "") {
      const { key: path, kind } = change;
      const isAt = (other: string): boolean => other === path;
      const isBelow = (other: string): boolean => isAt(other) || other.startsWith(`${path}/`);
      if (kind === "added") {
        for (const below of [...result.scopes.keys()].filter(isBelow)) result.scopes.delete(below);
      }
      // What is held there comes and goes with the scope, without a change of its own.
      const touched = kind === "added" ? isBelow : isAt;
      copyHeld(result.functions, placed.functions, touched);
      copyHeld(result.raci, placed.raci, touched);
      copyHeld(result.channels, placed.channels, touched);
      copyHeld(result.budgets, placed.budgets, touched);
    }
  }
  return result;
}

function copyHeld<R>(
  records: Map<string, R>,
  before: ReadonlyMap<string, R>,
  touched: (path: string) => boolean,
): void {
  for (const key of [...records.keys()]) if (touched(splitKey(key)[0])) records.delete(key);
  for (const [key, record] of before) if (touched(splitKey(key)[0])) records.set(key, record);
}

function revertRecord<R extends object>(
  records: Map<string, R>,
  before: ReadonlyMap<string, R>,
  { key, kind, field }: Change,
): void {
  const was = before.get(key);
  const is = records.get(key);
  if (kind === "added" || was === undefined) records.delete(key);
  else if (field === "" || is === undefined) records.set(key, was);
  else records.set(key, { ...is, [field]: Reflect.get(was, field) });
}
