import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import { settleBudgets } from "./budget-record.ts";
import { type Conflict, conflictOf } from "./conflict.ts";
import { type Change, differences } from "./difference.ts";
import type { LoadedState, StateIds } from "./load-state.ts";
import { findMoves, type Move, moved, renamePaths, renamePeople } from "./relocate.ts";
import { revert } from "./revert.ts";
import { EMPTY_STATE, type OrganisationState, type PersonRecord } from "./state.ts";
import type { Unsaid } from "./state-of-file.ts";

export type Take = "file" | "chat";

export interface Plan {
  readonly creates: boolean;
  /** What apply would do; without an answer to the conflicts, all but them. */
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
  /** Decided for chat before, and the file still says the same: nothing to ask. */
  readonly kept: readonly Conflict[];
  /** The organisation before the changes, under the names that `target` uses. */
  readonly before: OrganisationState;
  /** The organisation after the changes. */
  readonly target: OrganisationState;
  /** The ids under the names that `target` uses. */
  readonly ids: StateIds;
  /** Where the target's scopes are now. */
  readonly moves: readonly Move[];
}

export interface PlanQuestion {
  /** Undefined: there is no such organisation yet. */
  readonly current: LoadedState | undefined;
  readonly desired: OrganisationState & {
    readonly leavingUnsaid: Unsaid;
    readonly budgetsUnsaid?: boolean;
  };
  /** In the organisation's zone: who is taken out of the file leaves on this day. */
  readonly today: Day;
  /** What wins where the file and chat differ. */
  readonly take?: Take | undefined;
  /** People whom this vouches for: who was known from usage alone becomes a member. */
  readonly members?: ReadonlySet<string> | undefined;
}

const NO_IDS: StateIds = { scopes: new Map([["", 0]]), people: new Map(), products: new Map() };

/** What applying the file would change. Pure: nothing is asked or written. */
export function planOrganisation(question: PlanQuestion): Plan {
  const { current, desired, today, take } = question;
  if (current === undefined) {
    const changes = differences(EMPTY_STATE, desired);
    const none = { conflicts: [], kept: [], moves: [] };
    return { creates: true, changes, before: EMPTY_STATE, target: desired, ids: NO_IDS, ...none };
  }
  const renames = peopleRenames(current, desired);
  const renamed = renamePeople(current.state, (key) => renames.get(key) ?? key);
  const moving = movesOf(current, renamed, desired, take);
  const wanted = renamePaths(
    desired,
    moved(moving.undone.map(({ from, to }) => ({ from: to, to: from }))),
  );
  const relocate = moved(moving.done);
  const placed = renamePaths(renamed, relocate);
  const people = decidePeople(
    current,
    placed,
    { ...wanted, leavingUnsaid: desired.leavingUnsaid },
    today,
    renames,
  );
  const living = new Set(wanted.scopes.keys());
  const budgets = settleBudgets(
    desired.budgetsUnsaid === true ? undefined : wanted.budgets,
    placed.budgets,
    living,
  );
  const goal = { ...wanted, people, budgets };
  const ids: StateIds = {
    scopes: new Map([...current.ids.scopes].map(([path, id]) => [relocate(path), id])),
    people: new Map([...current.ids.people].map(([key, id]) => [renames.get(key) ?? key, id])),
    products: current.ids.products,
  };
  const all = [
    ...[...renames].map(([from, to]) => personRename(from, to)),
    ...newMembers(current, question.members ?? new Set(), renames),
    ...moving.done.map(moveChange),
    ...differences(placed, goal),
  ];
  const judged = all.map((change) => ({ change, conflict: conflictOf(current, ids, change) }));
  const conflicts = [
    ...judged.flatMap(({ conflict }) => (conflict?.declined === false ? [conflict] : [])),
    ...moving.conflicts,
  ];
  const kept = judged.flatMap(({ conflict }) => (conflict?.declined === true ? [conflict] : []));
  const dropped = judged.filter(
    ({ conflict }) => conflict !== undefined && (conflict.declined || take !== "file"),
  );
  const target = revert(
    goal,
    placed,
    dropped.map(({ change }) => change),
  );
  return {
    creates: false,
    changes: judged.filter((one) => !dropped.includes(one)).map(({ change }) => change),
    conflicts,
    kept: [...kept, ...moving.kept],
    before: placed,
    target,
    ids,
    moves: moving.done,
  };
}

/** A person of the directory or of usage who stands in the file under another key. */
function peopleRenames(current: LoadedState, desired: OrganisationState): Map<string, string> {
  const renames = new Map<string, string>();
  const byEmail = new Map<string, string>();
  for (const [key, { email }] of current.state.people) {
    if (desired.people.has(key)) continue;
    byEmail.set(key.toLowerCase(), key);
    if (email !== null) byEmail.set(email, key);
  }
  for (const [key, { email, github }] of desired.people) {
    if (current.state.people.has(key)) continue;
    const known = [email, github?.toLowerCase()].map((name) => byEmail.get(name ?? ""));
    const found = known.find((one) => one !== undefined && !renames.has(one));
    if (found !== undefined) renames.set(found, key);
  }
  return renames;
}

function personRename(from: string, to: string): Change {
  return { section: "people", key: to, kind: "changed", field: "key", from, to };
}

function newMembers(
  current: LoadedState,
  members: ReadonlySet<string>,
  renames: ReadonlyMap<string, string>,
): Change[] {
  return [...current.origins].flatMap(([person, origin]): Change[] => {
    const key = renames.get(person) ?? person;
    if (origin !== "usage" || !members.has(key)) return [];
    return [
      { section: "people", key, kind: "changed", field: "origin", from: "usage", to: "member" },
    ];
  });
}

function moveChange({ from, to }: Move): Change {
  return { section: "scopes", key: to, kind: "moved", field: "parent", from, to };
}

/** Projects first, then the agents that are left: what moves with its project is no move of its own. */
function movesOf(
  current: LoadedState,
  state: OrganisationState,
  desired: OrganisationState,
  take: Take | undefined,
) {
  const retired = new Set(current.retiredScopes.keys());
  const all: Move[] = [];
  for (const depth of [2, 3]) {
    const at = moved(all);
    const now = new Set([...state.scopes.keys()].map(at));
    for (const { from, to } of findMoves(now, new Set(desired.scopes.keys()), retired, depth)) {
      const origin = [...state.scopes.keys()].find((path) => at(path) === from) ?? from;
      all.push({ from: origin, to });
    }
  }
  const judged = all.map((move) => {
    const change = moveChange(move);
    const ids = {
      ...current.ids,
      scopes: new Map([[move.to, current.ids.scopes.get(move.from) ?? 0]]),
    };
    return { move, conflict: conflictOf(current, ids, change) };
  });
  const isUndone = ({ conflict }: (typeof judged)[number]): boolean =>
    conflict !== undefined && (conflict.declined || take !== "file");
  const conflicts = judged.flatMap(({ conflict }) => (conflict === undefined ? [] : [conflict]));
  return {
    done: deepestFirst(judged.filter((one) => !isUndone(one)).map(({ move }) => move)),
    undone: judged.filter(isUndone).map(({ move }) => move),
    conflicts: conflicts.filter(({ declined }) => !declined),
    kept: conflicts.filter(({ declined }) => declined),
  };
}

function deepestFirst(moves: readonly Move[]): Move[] {
  return moves.toSorted((a, b) => b.from.split("/").length - a.from.split("/").length);
}

/** People are never removed: who was in the file and is not any more leaves today. */
function decidePeople(
  current: LoadedState,
  placed: OrganisationState,
  desired: PlanQuestion["desired"],
  today: Day,
  renames: ReadonlyMap<string, string>,
): Map<string, PersonRecord> {
  const people = new Map<string, PersonRecord>();
  const original = new Map([...renames].map(([from, to]) => [to, from]));
  for (const [key, wanted] of desired.people) {
    const now = placed.people.get(key);
    const id = current.ids.people.get(original.get(key) ?? key);
    const leaving = current.provenance.get(`person:${id} leftOn`);
    const staysGone = desired.leavingUnsaid.has(key) && leaving?.origin === "directory";
    people.set(key, staysGone ? { ...wanted, leftOn: now?.leftOn ?? null } : wanted);
  }
  for (const [key, now] of placed.people) {
    if (people.has(key)) continue;
    const leaves = current.origins.get(key) === "file" && now.leftOn === null;
    people.set(key, leaves ? { ...now, leftOn: today } : now);
  }
  return people;
}

/** Throws `chat_values_differ` while nobody has said which of both values stands. */
export function requireDecision(plan: Plan, said: readonly string[], take: Take | undefined): void {
  if (take !== undefined || plan.conflicts.length === 0) return;
  const count = plan.conflicts.length;
  const values = count === 1 ? "1 value was" : `${count} values were`;
  throw new AispendError(
    "chat_values_differ",
    `${values} last set in chat and the file differs:\n${said.join("\n")}`,
    { kind: "conflict", help: "Say which stands: --take file or --take chat." },
  );
}
