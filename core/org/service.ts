import type { Pool } from "pg";
import type { AuditRecord } from "#core/audit/entry.ts";
import { recordAll } from "#core/audit/service.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { localDay } from "#core/time.ts";
import { auditOf } from "./file/audit-change.ts";
import { type Conflict, placeOf, valueHash } from "./file/conflict.ts";
import { fileOfState, yamlOfFile } from "./file/file-of-state.ts";
import { type LoadedState, loadState, type StateIds } from "./file/load-state.ts";
import { type Plan, planOrganisation, requireDecision, type Take } from "./file/plan.ts";
import { sayConflicts, sayPlan } from "./file/plan-words.ts";
import { checkOrganisation, organisationKeyOf, parseOrganisationFile } from "./file/read-file.ts";
import { said, schemaFaults } from "./file/schema-problem.ts";
import { type OrganisationState, SETTINGS } from "./file/state.ts";
import { stateOfFile } from "./file/state-of-file.ts";
import { writeChanges } from "./file/write-changes.ts";
import { lockOrganization, lockOrganizationById, raiseRevision } from "./file/write-store.ts";
import { type ProvenanceWrite, saveDeclined, saveProvenance } from "./provenance-store.ts";
import { OrganisationFile } from "./schema.ts";
import { findOrganizationByKey } from "./store.ts";

/** Who does it, as the audit log names them. */
export type By = Pick<AuditRecord, "actor" | "actorAccount" | "surface" | "reason">;

export interface FileText {
  readonly text: string;
  /** As it is named in messages: "aispend.yaml". */
  readonly name: string;
}

export interface PlanResult {
  readonly plan: Plan;
  /** The plan in words, a line a change; the first stands alone. */
  readonly lines: readonly string[];
}

/** What applying the file would change. Writes nothing. Throws `organisation_file_invalid`. */
export async function planFile(db: Db, file: FileText, now: Date): Promise<PlanResult> {
  const orgId = await findOrgId(db, file);
  const current = orgId === undefined ? undefined : await loadState(db, orgId);
  const { plan, lines } = readPlan(current, file, now, undefined);
  return { plan, lines };
}

/** The organisation that the file is about: people whom the directory brought are known with it. */
async function findOrgId(db: Db, file: FileText): Promise<number | undefined> {
  const key = organisationKeyOf(file.text);
  return key === undefined ? undefined : (await findOrganizationByKey(db, key))?.id;
}

function readPlan(
  current: LoadedState | undefined,
  file: FileText,
  now: Date,
  take: Take | undefined,
) {
  // Whom only the file knows, the file must list.
  const people = new Set(
    [...(current?.origins ?? [])]
      .filter(([, origin]) => origin !== "file")
      .map(([person]) => person),
  );
  const parsed = parseOrganisationFile(file.text, file.name, people);
  const { key, name, time_zone } = parsed.organisation;
  const zone = current?.state.settings.get(SETTINGS)?.timeZone ?? time_zone;
  const today = localDay(now, zone);
  const desired = stateOfFile(parsed);
  const members = new Set(desired.people.keys());
  const plan = planOrganisation({ current, desired, today, take, members });
  return { plan, lines: sayPlan(plan, key, setterName(current)), key, name };
}

function setterName(current: LoadedState | undefined): (personId: number | null) => string {
  const keys = new Map([...(current?.ids.people ?? [])].map(([key, id]) => [id, key]));
  return (personId) => {
    if (personId === null) return "the operator";
    const key = keys.get(personId) ?? `person ${personId}`;
    return current?.state.people.get(key)?.name ?? key;
  };
}

export interface ApplyResult extends PlanResult {
  readonly orgId: number;
}

/**
 * Makes the organisation what the file says, in one transaction with an audit entry per change.
 * Applied twice, it does nothing. Throws `chat_values_differ` while a value that was last set in chat
 * differs and `take` does not say which stands, and `time_zone_is_set` for another time zone.
 */
export function applyFile(
  pool: Pool,
  args: { file: FileText; take?: Take | undefined; by: By; now: Date },
): Promise<ApplyResult> {
  const { file, take, now } = args;
  return transaction(pool, async (tx) => {
    const found = await findOrgId(tx, file);
    // Locked before it is read: two changes of one organisation follow each other.
    if (found !== undefined) await lockOrganizationById(tx, found);
    const current = found === undefined ? undefined : await loadState(tx, found);
    const { plan, lines, key, name } = readPlan(current, file, now, take);
    requireDecision(plan, sayConflicts(plan, setterName(current)), take);
    if (take === "chat") requireConsistent(key, plan, current?.origins);
    const orgId = current?.orgId ?? (await createOrganization(tx, { key, name }));
    await write(tx, { ...args, orgId, plan, current, origin: "file" });
    return { orgId, plan, lines };
  });
}

async function createOrganization(tx: Tx, named: { key: string; name: string }): Promise<number> {
  const { id, created } = await lockOrganization(tx, named);
  if (created) return id;
  throw new AispendError("organisation_just_created", `${named.key} was created just now`, {
    kind: "conflict",
    help: "Apply again.",
  });
}

interface WriteRequest {
  readonly orgId: number;
  readonly plan: Plan;
  readonly current: LoadedState | undefined;
  readonly origin: "file" | "chat" | "directory";
  readonly by: By;
  readonly now: Date;
  readonly take?: Take | undefined;
}

async function write(tx: Tx, request: WriteRequest): Promise<void> {
  const { orgId, plan, current, origin, by, now } = request;
  const settings = plan.target.settings.get(SETTINGS);
  const today = localDay(now, settings?.timeZone ?? "UTC");
  if (request.take === "chat") await decline(tx, orgId, plan.conflicts);
  if (plan.changes.length === 0) return;
  requireSameZone(current, settings?.timeZone);
  const ids = await writeChanges(tx, { orgId, plan, current, origin, today, now });
  await saveProvenance(tx, orgId, provenanceOf(request, ids));
  const entries = plan.changes.map((change) => ({ ...by, ...auditOf(change, ids), at: now }));
  const created = { action: "organization.created", subject: "organization", at: now, ...by };
  await recordAll(tx, orgId, plan.creates ? [created, ...entries] : entries);
  await raiseRevision(tx, orgId);
}

/** Every report and rollup goes by the zone: changing it rebuilds them, which is a command of its own. */
function requireSameZone(current: LoadedState | undefined, zone: string | undefined): void {
  const now = current?.state.settings.get(SETTINGS)?.timeZone;
  if (now === undefined || now === zone) return;
  throw new AispendError(
    "time_zone_is_set",
    `the time zone is ${now}, and the file says ${zone}: days of the ledger would change`,
    {
      kind: "conflict",
      help: `Run aispend ledger rebuild --time-zone ${zone} first, or write ${now} into the file.`,
    },
  );
}

/** Which values were last set by whom. What the first apply created needs no word: it is the file's. */
function provenanceOf({ plan, origin, by, now }: WriteRequest, ids: StateIds): ProvenanceWrite[] {
  if (plan.creates) return [];
  const setBy = typeof by.actor === "number" ? by.actor : null;
  const writes = new Map<string, ProvenanceWrite>();
  for (const change of plan.changes) {
    const place = placeOf(change, ids);
    writes.set(`${place.subject} ${place.field}`, { ...place, origin, setBy, setAt: now });
  }
  return [...writes.values()];
}

async function decline(tx: Tx, orgId: number, conflicts: readonly Conflict[]): Promise<void> {
  for (const { change, subject, field } of conflicts) {
    await saveDeclined(tx, { orgId, subject, field, hash: valueHash(change.to) });
  }
}

/** Values of chat and of the file together may contradict each other where neither does alone. */
function requireConsistent(
  key: string,
  { target }: Plan,
  origins: LoadedState["origins"] = new Map(),
): void {
  const fields = fileOfState(key, target, listedPeople(target, origins));
  const parsed = OrganisationFile.safeParse(fields);
  const faults = parsed.success
    ? checkOrganisation(parsed.data, new Set(target.people.keys()))
    : schemaFaults(parsed.error.issues, fields);
  if (faults.length === 0) return;
  const lines = faults.map(
    ({ path, message, help }) => `${said(path, fields)}: ${message}. ${help}`,
  );
  throw new AispendError(
    "values_contradict",
    `this does not fit the rest of the organisation:\n${lines.join("\n")}`,
    { kind: "conflict", help: "Correct one of them so that both fit." },
  );
}

/** The organisation as it stands, as the text of aispend.yaml: applying it changes nothing. */
export async function exportOrganisation(db: Db, orgId: number): Promise<string> {
  const current = await loadState(db, orgId);
  if (current === undefined) throw notFound(orgId);
  const { state, origins } = current;
  return yamlOfFile(fileOfState(current.key, state, listedPeople(state, origins)));
}

function notFound(orgId: number): AispendError {
  return new AispendError("organisation_not_found", `there is no organisation ${orgId}`, {
    kind: "not_found",
    help: "Create it: aispend apply aispend.yaml.",
  });
}

/** Who is the file's own, or is named in it; the directory keeps everybody else. */
function listedPeople(
  state: OrganisationState,
  origins: LoadedState["origins"],
): (key: string) => boolean {
  const named = new Set<string>();
  const settings = state.settings.get(SETTINGS);
  for (const key of [settings?.accountable, ...(settings?.onCall ?? [])]) named.add(key ?? "");
  for (const { people } of state.functions.values()) for (const key of people) named.add(key);
  for (const { onCall, members } of state.scopes.values()) {
    for (const key of [...onCall, ...members]) named.add(key);
  }
  for (const { owner } of state.inventory.values()) named.add(owner ?? "");
  const isOwn = (key: string): boolean => {
    const origin = origins.get(key);
    const gone = (state.people.get(key)?.leftOn ?? null) !== null;
    return named.has(key) || (origin !== "directory" && origin !== "usage" && !gone);
  };
  for (const [key, { delegates }] of state.people) {
    if (isOwn(key) || delegates.length > 0) {
      named.add(key);
      for (const { to } of delegates) named.add(to);
    }
  }
  return isOwn;
}

/** Makes a new state of the organisation; throws an AispendError where it must not. */
export type Edit = (state: OrganisationState, current: LoadedState) => OrganisationState;

/**
 * Changes the organisation from chat or the command line, with the same checks, audit entries and
 * transaction as the file. What it sets is the chat's from then on: the file does not overwrite it
 * unasked.
 */
export async function changeOrganisation(
  tx: Tx,
  args: {
    orgId: number;
    edit: Edit;
    by: By;
    now: Date;
    origin?: "chat" | "directory";
    /** People whom the change vouches for, see `planOrganisation`; asked after the edit. */
    members?: () => ReadonlySet<string>;
  },
): Promise<Plan> {
  await lockOrganizationById(tx, args.orgId);
  const current = await loadState(tx, args.orgId);
  if (current === undefined) throw notFound(args.orgId);
  const desired = args.edit(current.state, current);
  const timeZone = current.state.settings.get(SETTINGS)?.timeZone ?? "UTC";
  const plan = planOrganisation({
    current,
    desired: { ...desired, leavingUnsaid: new Set() },
    today: localDay(args.now, timeZone),
    take: "file",
    members: args.members?.(),
  });
  requireConsistent(current.key, plan, current.origins);
  await write(tx, { ...args, plan, current, origin: args.origin ?? "chat" });
  return plan;
}
