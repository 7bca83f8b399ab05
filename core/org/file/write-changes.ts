import type { Tx } from "#core/db/db.ts";
import { invariant } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import { type ChannelFor, deleteChannel, deleteChannelsAt, saveChannel } from "../channel-store.ts";
import { channelOfText } from "../channel-text.ts";
import { insertScopeMove } from "../provenance-store.ts";
import { ACTIVITIES, CHANNEL_KINDS, FUNCTIONS } from "../words.ts";
import type { LoadedState, StateIds } from "./load-state.ts";
import type { Plan } from "./plan.ts";
import { kindOfPath, lastKey, parentPath, SETTINGS, splitKey } from "./state.ts";
import { writeBudgets } from "./write-budgets.ts";
import { writeInventory } from "./write-inventory.ts";
import {
  deleteHeldAt,
  deleteRaci,
  replaceHolders,
  saveRaci,
} from "./write-responsibility-store.ts";
import {
  insertPerson,
  insertScope,
  raiseOrigin,
  replaceDelegations,
  replaceMembers,
  replaceOnCall,
  savePersonDetail,
  savePolicy,
  updateLeftOn,
  updateOrganization,
  updateParent,
  updateScope,
} from "./write-store.ts";
import { known, touched, type Writing } from "./writing.ts";

export interface WriteArgs {
  readonly orgId: number;
  readonly plan: Plan;
  readonly current: LoadedState | undefined;
  readonly origin: "file" | "chat" | "directory";
  readonly today: Day;
  readonly now: Date;
}

/** Writes the changes of a plan in the caller's transaction; returns the ids, with those made here. */
export async function writeChanges(tx: Tx, args: WriteArgs): Promise<StateIds> {
  const writing: Writing = {
    ...args,
    target: args.plan.target,
    scopes: new Map(args.plan.ids.scopes),
    people: new Map(args.plan.ids.people),
    products: new Map(args.plan.ids.products),
  };
  await writePeople(tx, writing);
  await writeScopes(tx, writing);
  await writeSettings(tx, writing);
  await writeResponsibilities(tx, writing);
  await writeInventory(tx, writing);
  await writeBudgets(tx, writing);
  return { scopes: writing.scopes, people: writing.people, products: writing.products };
}

async function writePeople(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, people, origin } = writing;
  const before = writing.plan.ids.people;
  for (const key of touched(writing, "people")) {
    const leftOn = target.people.get(key)?.leftOn ?? null;
    const personId = people.get(key);
    if (personId !== undefined) await updateLeftOn(tx, { orgId, personId, leftOn });
    else people.set(key, await insertPerson(tx, { orgId, origin, leftOn }));
  }
  const identified = touchedFields(writing, (field) => !UNIDENTIFYING.has(field));
  // Keys and addresses are unique, and two people may exchange theirs: all are let go of first.
  for (const key of identified.filter((one) => before.has(one))) {
    const personId = known(people, key);
    const nobody = { name: null, email: null, github: null };
    await savePersonDetail(tx, { orgId, personId, key: `\u0001${personId}`, person: nobody });
  }
  for (const key of touchedFields(writing, (field) => field === "origin")) {
    await raiseOrigin(tx, { orgId, personId: known(people, key), origin });
  }
  for (const key of identified) {
    const person = target.people.get(key);
    if (person === undefined) continue;
    await savePersonDetail(tx, { orgId, personId: known(people, key), key, person });
  }
  for (const key of touchedFields(writing, (field) => field === "" || field === "delegates")) {
    const delegates = target.people.get(key)?.delegates ?? [];
    if (delegates.length === 0 && !before.has(key)) continue;
    const delegations = delegates.map(({ to, from, until }) => ({
      delegateId: known(people, to),
      from,
      until,
    }));
    await replaceDelegations(tx, { orgId, personId: known(people, key), delegations });
  }
}

const UNIDENTIFYING: ReadonlySet<string> = new Set(["leftOn", "delegates", "origin"]);

function touchedFields({ plan }: Writing, wanted: (field: string) => boolean): string[] {
  const keys = plan.changes
    .filter(({ section, field }) => section === "people" && wanted(field))
    .map(({ key }) => key);
  return [...new Set(keys)];
}

async function writeScopes(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, scopes } = writing;
  for (const path of touched(writing, "scopes", "added").sort(byDepth)) {
    const scope = target.scopes.get(path);
    if (scope === undefined) continue;
    const returning = writing.current?.retiredScopes.get(path);
    if (returning !== undefined) {
      await updateScope(tx, { orgId, scopeId: returning, scope, retiredOn: null });
      scopes.set(path, returning);
      continue;
    }
    const parentId = known(scopes, parentPath(path));
    const named = { kind: kindOfPath(path), key: lastKey(path), parentId, scope };
    scopes.set(path, await insertScope(tx, { orgId, ...named }));
  }
  await writeMoves(tx, writing);
  for (const path of touched(writing, "scopes", "changed")) {
    const scope = target.scopes.get(path);
    if (scope === undefined) continue;
    await updateScope(tx, { orgId, scopeId: known(scopes, path), scope, retiredOn: null });
  }
  for (const path of touched(writing, "scopes", "added", "changed")) {
    await replaceOnCall(tx, {
      orgId,
      scopeId: known(scopes, path),
      personIds: (target.scopes.get(path)?.onCall ?? []).map((key) => known(writing.people, key)),
    });
    await replaceMembers(tx, {
      orgId,
      scopeId: known(scopes, path),
      personIds: (target.scopes.get(path)?.members ?? []).map((key) => known(writing.people, key)),
    });
    const channel = target.scopes.get(path)?.channel ?? null;
    await writeChannel(tx, orgId, { scopeId: known(scopes, path), kind: "any", channel });
  }
  for (const path of touched(writing, "scopes", "removed")) {
    const scopeId = known(scopes, path);
    const scope = writing.plan.before.scopes.get(path);
    invariant(scope !== undefined, `${path} was there before`);
    await updateScope(tx, { orgId, scopeId, scope, retiredOn: writing.today });
    await deleteHeldAt(tx, { orgId, scopeId });
    await deleteChannelsAt(tx, { orgId, scopeId });
  }
}

async function writeChannel(
  tx: Tx,
  orgId: number,
  { scopeId, kind, channel }: { scopeId: number; kind: ChannelFor; channel: string | null },
): Promise<void> {
  if (channel === null) await deleteChannel(tx, { orgId, scopeId, kind });
  else await saveChannel(tx, orgId, { scopeId, kind, ...channelOfText(channel) });
}

function byDepth(a: string, b: string): number {
  return a.split("/").length - b.split("/").length;
}

/** Two scopes may exchange their places: each is first put where nothing is. */
async function writeMoves(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, scopes, now } = writing;
  const moving = writing.plan.moves.map(({ from, to }) => ({
    scopeId: known(scopes, to),
    from: writing.current?.ids.scopes.get(parentPath(from)) ?? 0,
    to: known(scopes, parentPath(to)),
  }));
  for (const { scopeId } of moving) await updateParent(tx, { orgId, scopeId, parentId: -scopeId });
  for (const { scopeId, from, to } of moving) {
    await updateParent(tx, { orgId, scopeId, parentId: to });
    await insertScopeMove(tx, { orgId, scopeId, movedAt: now, from, to });
  }
}

async function writeSettings(tx: Tx, writing: Writing): Promise<void> {
  if (touched(writing, "settings").length === 0) return;
  const { orgId, people } = writing;
  const settings = writing.target.settings.get(SETTINGS);
  invariant(settings !== undefined, "an organisation has settings");
  await updateOrganization(tx, { orgId, settings });
  await savePolicy(tx, { orgId, settings, accountableId: known(people, settings.accountable) });
  const personIds = settings.onCall.map((key) => known(people, key));
  await replaceOnCall(tx, { orgId, scopeId: 0, personIds });
  await writeChannel(tx, orgId, { scopeId: 0, kind: "any", channel: settings.channel });
}

async function writeResponsibilities(tx: Tx, writing: Writing): Promise<void> {
  const { orgId, target, scopes, people } = writing;
  for (const key of touched(writing, "functions")) {
    const [path, name] = splitKey(key);
    const held = FUNCTIONS.find((one) => one === name);
    invariant(held !== undefined, `${name} is a function`);
    const personIds = (target.functions.get(key)?.people ?? []).map((one) => known(people, one));
    await replaceHolders(tx, { orgId, scopeId: known(scopes, path), function: held, personIds });
  }
  for (const key of touched(writing, "raci")) {
    const [path, name] = splitKey(key);
    const activity = ACTIVITIES.find((one) => one === name);
    invariant(activity !== undefined, `${name} is an activity`);
    const scopeId = known(scopes, path);
    const row = target.raci.get(key);
    if (row === undefined) await deleteRaci(tx, { orgId, scopeId, activity });
    else await saveRaci(tx, { orgId, scopeId, activity, row });
  }
  for (const key of touched(writing, "channels")) {
    const [path, name] = splitKey(key);
    const kind = CHANNEL_KINDS.find((one) => one === name);
    invariant(kind !== undefined, `${name} is a kind of message`);
    const channel = target.channels.get(key)?.channel ?? null;
    await writeChannel(tx, orgId, { scopeId: known(scopes, path), kind, channel });
  }
}
