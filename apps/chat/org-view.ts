import type { Pool } from "pg";
import { AispendError } from "#core/errors.ts";
import { type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { may } from "#core/org/permission.ts";
import {
  hasLeft,
  onCallOf,
  ownerOf,
  type Roster,
  resolveRaci,
  rosterDay,
  type Seat,
} from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { ACTIVITIES, ACTIVITY_SAID, type PersonDetail } from "#core/org/words.ts";
import type { Day } from "#core/time.ts";
import { type NamedScope, nameScopes } from "./names/name-source.ts";

/** One activity of the RACI table at a scope, its functions resolved to who acts today. */
export interface Answering {
  readonly activity: string;
  readonly accountable: readonly number[];
  readonly responsible: readonly number[];
  readonly consulted: readonly number[];
  readonly informed: readonly number[];
  /** Why nobody is Accountable, where nobody is. */
  readonly vacant: string | undefined;
}

/** The organisation as the chat brain sees it: a snapshot for one question. */
export interface OrgView {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
  readonly demonstration: boolean;
  /** Entries of earlier local days were closed: only their sum is kept. */
  readonly keptSince?: Day | undefined;
  readonly personDetail: PersonDetail;
  /** Why people may be named; required with `named`. */
  readonly personDetailBasis: string | undefined;
  readonly scopes: readonly NamedScope[];
  /** As people call the person; a bare handle after the name was erased. */
  personName(personId: number): string;
  /** By key, e-mail, login or full name; undefined where nobody or several are called so. */
  personNamed(text: string): number | undefined;
  /** Whether the person is gone by now. */
  hasLeft(personId: number): boolean;
  /** Teams where the person holds a function or is on call, or answers for a part of it. */
  teamsOf(personId: number): readonly number[];
  /** Who acts as Accountable for attributing spend at the scope: its owner. */
  ownerOf(scopeId: number): number | undefined;
  answering(scopeId: number): readonly Answering[];
  onCall(scopeId: number): readonly number[];
  /** The one person accountable for AI cost as a whole. */
  readonly accountableForAiCost: number | undefined;
  /** R or A of attribute spend, A of set AI budget, on the scope or an ancestor. */
  maySeeCustomerDetail(personId: number, scopeId: number): boolean;
}

interface Snapshot {
  readonly directory: Directory;
  readonly roster: Roster;
  readonly scopes: readonly NamedScope[];
}

/** A retired scope is no longer in the roster: what held there is asked of what it was in. */
function livingScope({ directory, roster }: Snapshot, scopeId: number): number {
  let id = scopeId;
  while (id !== 0 && !roster.parents.has(id)) id = directory.scopes.get(id)?.parentId ?? 0;
  return id;
}

/** Nobody answers for anything until an aispend.yaml was applied. */
function orNobody<T>(find: () => T, nobody: T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return nobody;
    throw error;
  }
}

function acting(seats: readonly Seat[]): number[] {
  return [...new Set(seats.flatMap(({ actingId }) => (actingId === undefined ? [] : [actingId])))];
}

function answeringAt(snapshot: Snapshot, scopeId: number, now: Date): Answering[] {
  const at = livingScope(snapshot, scopeId);
  return ACTIVITIES.flatMap((activity) => {
    const raci = orNobody(() => resolveRaci(snapshot.roster, activity, at, now), undefined);
    if (raci === undefined) return [];
    const accountable = acting([raci.accountable]);
    return [
      {
        activity: ACTIVITY_SAID[activity],
        accountable,
        responsible: acting(raci.responsible),
        consulted: acting(raci.consulted),
        informed: acting(raci.informed),
        vacant: accountable.length > 0 ? undefined : `${raci.accountable.function} left`,
      },
    ];
  });
}

function personName({ directory }: Snapshot, personId: number): string {
  const person = directory.people.get(personId);
  return person?.name ?? person?.key ?? `person ${personId}`;
}

function personNamed({ directory }: Snapshot, text: string): number | undefined {
  const wanted = text.trim().replace(/^@/, "").toLowerCase();
  const known = directory.peopleByName.get(wanted);
  if (known !== undefined) return known;
  const people = [...directory.people.values()];
  const named = people.filter(({ name }) => name?.toLowerCase() === wanted);
  // A first name names the one person who has it, and nobody where several do.
  const begun = people.filter(({ name }) => name?.toLowerCase().split(" ")[0] === wanted);
  const [only, ...others] = named.length > 0 ? named : begun;
  return others.length === 0 ? only?.id : undefined;
}

function teamsOf({ directory, roster, scopes }: Snapshot, personId: number): number[] {
  const held = new Set<number>();
  const add = (scopeId: number) => {
    let id = scopeId;
    for (let scope = directory.scopes.get(id); scope !== undefined; ) {
      id = scope.id;
      scope = directory.scopes.get(scope.parentId);
    }
    if (id !== 0 && roster.parents.has(id)) held.add(id);
  };
  for (const [key, people] of roster.holders) {
    if (people.includes(personId)) add(Number(key.split(":")[0]));
  }
  for (const [scopeId, people] of roster.onCall) if (people.includes(personId)) add(scopeId);
  return scopes.filter(({ id }) => held.has(id)).map(({ id }) => id);
}

function viewOf(snapshot: Snapshot, now: Date): OrgView {
  const { directory, roster } = snapshot;
  return {
    id: directory.orgId,
    name: directory.name,
    timeZone: directory.timeZone,
    demonstration: directory.demonstration,
    keptSince: directory.keptSince,
    personDetail: directory.privacy.personDetail,
    personDetailBasis: directory.privacy.basis,
    scopes: snapshot.scopes,
    personName: (personId) => personName(snapshot, personId),
    personNamed: (text) => personNamed(snapshot, text),
    hasLeft: (personId) => hasLeft(roster, personId, rosterDay(roster, now)),
    teamsOf: (personId) => teamsOf(snapshot, personId),
    ownerOf: (scopeId) =>
      orNobody(() => ownerOf(roster, livingScope(snapshot, scopeId), now).actingId, undefined),
    answering: (scopeId) => answeringAt(snapshot, scopeId, now),
    onCall: (scopeId) => onCallOf(roster, livingScope(snapshot, scopeId), now),
    accountableForAiCost: roster.accountableForAiCost,
    maySeeCustomerDetail: (personId, scopeId) =>
      orNobody(
        () =>
          may(roster, personId, {
            action: "see_customer_detail",
            scopeId: livingScope(snapshot, scopeId),
            now,
          }).allowed,
        false,
      ),
  };
}

const KEPT_ORGS = 100;

/** Organisations as snapshots, loaded anew when their revision moves. */
export function createOrgViews(pool: Pool): (orgId: number, now: Date) => Promise<OrgView> {
  const kept = new Map<number, Snapshot>();
  return async (orgId, now) => {
    const { rows } = await pool.query<{ revision: bigint }>(
      "select revision from organization where id = $1",
      [orgId],
    );
    let snapshot = kept.get(orgId);
    if (snapshot === undefined || snapshot.directory.revision !== rows[0]?.revision) {
      snapshot = await loadSnapshot(pool, orgId);
      kept.delete(orgId);
      kept.set(orgId, snapshot);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_ORGS && oldest !== undefined) kept.delete(oldest);
    }
    return viewOf(snapshot, now);
  };
}

async function loadSnapshot(pool: Pool, orgId: number): Promise<Snapshot> {
  const [directory, roster] = await Promise.all([
    loadDirectory(pool, orgId),
    loadRoster(pool, orgId),
  ]);
  const scopes = [...directory.scopes.values()].map(({ id, kind, key, name, retiredOn }) => ({
    id,
    kind,
    key,
    name,
    path: pathOf(directory.scopes, id),
    retired: retiredOn !== undefined,
  }));
  return { directory, roster, scopes: nameScopes(scopes) };
}
