import type { Contributor, Finding } from "#core/anomalies/schema.ts";
import { findKeyReach, nameValues, type ValueName } from "#core/anomalies/surroundings.ts";
import type { Db } from "#core/db/db.ts";
import { listKeys, listLiveBlocks } from "#core/keys/lookup.ts";
import type { TrafficBlock, VirtualKey } from "#core/keys/schema.ts";
import { saidValue } from "../names/find-named.ts";
import type { OrgView } from "../org-view.ts";
import { spellName } from "../subject.ts";

/** Names and people around a finding: everything that its message says beside the finding itself. */
export interface FindingSetting {
  readonly now: Date;
  readonly timeZone: string;
  /** "checkout-agent". */
  readonly said: string;
  /** "agent checkout-agent": how to ask about it; undefined for a source or an account. */
  readonly command: string | undefined;
  /** The scope it concerns, where the subject is another thing: "payments". */
  readonly where: string | undefined;
  readonly owner: string | undefined;
  readonly onCall: readonly string[];
  readonly personName: (id: number) => string;
  readonly contributorName: (of: Contributor) => string;
  /** The key behind it, and what else stops with it. */
  readonly key: KeyBehind | undefined;
  /** Its traffic is refused already. */
  readonly blocked: { readonly at: Date; readonly by: string } | undefined;
}

export interface KeyBehind {
  readonly said: string;
  /** "block key ci-nightly-7"; undefined: it was not issued here, so that no gateway can refuse it. */
  readonly block: string | undefined;
  readonly alsoStops: readonly string[];
  readonly servesCustomers: boolean;
}

const MOSTLY = 0.5;
const STOPS_SAID = 3;

function scopeName(org: OrgView, id: number): string {
  if (id === 0) return org.name;
  return org.scopes.find((scope) => scope.id === id)?.shortName ?? `scope ${id}`;
}

function wantedNames({ evidence, subject }: Finding, brief: boolean): ValueName[] {
  const own = subject.kind === "scope" || subject.kind === "source" ? [] : [subject];
  return [
    ...own.map(({ kind, key }) => ({ dimension: kind as string, id: Number(key) })),
    ...(brief ? [] : evidence.contributors).map(({ kind, id }) => ({
      dimension: kind as string,
      id,
    })),
  ].filter(({ id }) => Number.isSafeInteger(id));
}

/** The key that bears most of it, or that it is about. */
function keyIdOf({ class: of, evidence, subject }: Finding): number | undefined {
  if (subject.kind === "key") return Number(subject.key);
  if (of !== "runaway_loop") return undefined;
  return evidence.contributors.find(({ kind, share }) => kind === "key" && share >= MOSTLY)?.id;
}

const LIVING = ["approved", "active", "suspended"] as const;

interface Behind {
  readonly id: number;
  readonly name: string;
  /** As it was issued here. */
  readonly issued: VirtualKey | undefined;
}

async function keyBehind(
  db: Db,
  org: OrgView,
  finding: Finding,
  names: ReadonlyMap<string, string>,
): Promise<Behind | undefined> {
  const id = keyIdOf(finding);
  const name = id === undefined ? undefined : names.get(`key:${id}`);
  if (id === undefined || name === undefined) return undefined;
  const keys = await listKeys(db, { orgId: org.id, states: LIVING });
  return { id, name, issued: keys.find(({ dimensionId }) => dimensionId === id) };
}

async function reachOf(
  db: Db,
  org: OrgView,
  finding: Finding,
  { id, issued, name }: Behind,
  now: Date,
): Promise<KeyBehind> {
  const reach = await findKeyReach(db, org.id, id, now);
  const others = reach.scopeIds.filter((scopeId) => String(scopeId) !== finding.subject.key);
  return {
    said: issued?.name ?? saidValue("key", name),
    block: issued && `block key ${spellName(issued.name)}`,
    alsoStops: others.slice(0, STOPS_SAID).map((scopeId) => scopeName(org, scopeId)),
    servesCustomers: reach.servesCustomers,
  };
}

/** The block of the key behind it, or of its scope. */
function blockOf(
  blocks: readonly TrafficBlock[],
  { subject }: Finding,
  behind: Behind | undefined,
): TrafficBlock | undefined {
  return blocks.find(({ targetKind, targetId }) =>
    targetKind === "key"
      ? targetId === behind?.issued?.id
      : subject.kind === "scope" && String(targetId) === subject.key,
  );
}

/** `brief`: for a line in a list, without the key behind it. */
export async function settingOf(
  db: Db,
  org: OrgView,
  finding: Finding,
  now: Date,
  brief = false,
): Promise<FindingSetting> {
  const { scopeId, subject } = finding;
  const names = await nameValues(db, org.id, wantedNames(finding, brief));
  const behind = brief ? undefined : await keyBehind(db, org, finding, names);
  const blocks = brief ? [] : await listLiveBlocks(db, org.id);
  const block = blockOf(blocks, finding, behind);
  const scope = org.scopes.find(({ id }) => String(id) === subject.key);
  const isScope = subject.kind === "scope";
  const value = names.get(`${subject.kind}:${subject.key}`);
  const owner = org.ownerOf(scopeId);
  const command = isScope
    ? scope && `${scope.kind} ${spellName(scope.shortName)}`
    : value !== undefined && subject.kind !== "account" && subject.kind !== "source"
      ? `${subject.kind} ${spellName(value)}`
      : undefined;
  const saidName = subject.kind === "key" && value !== undefined ? saidValue("key", value) : value;
  return {
    now,
    timeZone: org.timeZone,
    said: isScope
      ? scopeName(org, Number(subject.key))
      : (saidName ?? (subject.kind === "source" ? subject.key : `${subject.kind} ${subject.key}`)),
    command: isScope && subject.key === "0" ? "org" : command,
    where: isScope ? undefined : scopeName(org, scopeId),
    owner: owner === undefined ? undefined : org.personName(owner),
    onCall: org.onCall(scopeId).map((id) => org.personName(id)),
    personName: (id) => org.personName(id),
    contributorName: ({ kind, id }) => {
      if (kind === "agent" || kind === "scope") return scopeName(org, id);
      const name = names.get(`${kind}:${id}`) ?? `${id}`;
      return kind === "key" ? saidValue("key", name) : name;
    },
    key: behind && (await reachOf(db, org, finding, behind, now)),
    blocked: block && {
      at: block.blockedAt,
      by: block.blockedBy === undefined ? "the operator" : org.personName(block.blockedBy),
    },
  };
}
