import { invariant } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import type { Change } from "./difference.ts";
import type { LoadedState } from "./load-state.ts";
import type { Plan } from "./plan.ts";
import type { OrganisationState, Section } from "./state.ts";

/** A plan that is being written; its ids fill as rows are made. */
export interface Writing {
  readonly orgId: number;
  readonly plan: Plan;
  readonly target: OrganisationState;
  readonly current: LoadedState | undefined;
  readonly origin: "file" | "chat" | "directory";
  readonly today: Day;
  readonly now: Date;
  readonly scopes: Map<string, number>;
  readonly people: Map<string, number>;
  readonly products: Map<string, number>;
}

/** The keys of a section's records that have any change, in the plan's order. */
export function touched(writing: Writing, section: Section, ...kinds: Change["kind"][]): string[] {
  const keys = writing.plan.changes
    .filter((change) => change.section === section)
    .filter((change) => kinds.length === 0 || kinds.includes(change.kind))
    .map(({ key }) => key);
  return [...new Set(keys)];
}

export function known(ids: ReadonlyMap<string, number>, key: string): number {
  const id = ids.get(key);
  invariant(id !== undefined, `'${key}' has an id before it is referred to`);
  return id;
}

export function knownOrNull(ids: ReadonlyMap<string, number>, key: string | null): number | null {
  return key === null ? null : known(ids, key);
}
