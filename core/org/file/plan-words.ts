import { ACTIVITIES, ACTIVITY_SAID, CHANNEL_KIND_SAID, CHANNEL_KINDS } from "../words.ts";
import { sayBudget, sayBudgetName } from "./budget-record.ts";
import type { Conflict } from "./conflict.ts";
import type { Change } from "./difference.ts";
import type { Plan } from "./plan.ts";
import {
  type BudgetRecord,
  type HolderRecord,
  kindOfPath,
  lastKey,
  parentPath,
  type RaciRecord,
  type SourceRecord,
  splitKey,
} from "./state.ts";

/** Who set a value, as a person reads it. */
export type SetterName = (personId: number | null) => string;

/** The plan as lines: + added, ~ changed, > moved, - retired, ! asks, = kept. The first stands alone. */
export function sayPlan(plan: Plan, key: string, nameOf: SetterName): string[] {
  const lines = plan.changes.map((change) => sayChange(change));
  const kept = plan.kept.map((conflict) => sayKept(conflict, nameOf));
  return [headline(plan, key), ...lines, ...sayConflicts(plan, nameOf), ...kept];
}

export function sayConflicts({ conflicts }: Plan, nameOf: SetterName): string[] {
  return conflicts.map((conflict) => sayConflict(conflict, nameOf));
}

function headline(plan: Plan, key: string): string {
  const { changes, conflicts } = plan;
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? "" : "s"}`;
  if (plan.creates) return `Creates organisation ${key} with ${many(changes.length, "record")}.`;
  const asked = `${many(conflicts.length, "value")} last set in chat: --take file or --take chat`;
  if (changes.length === 0) {
    return conflicts.length === 0
      ? `Nothing to change: ${key} is as the file says.`
      : `Nothing else to change in ${key}; ${asked}.`;
  }
  const said = `${many(changes.length, "change")} to ${key}`;
  return conflicts.length === 0 ? `${said}.` : `${said}; ${asked}.`;
}

export function sayChange(change: Change): string {
  const { kind, field, from, to } = change;
  const what = sayRecord(change);
  if (kind === "moved") {
    const [old, now] = [parentPath(String(from)), parentPath(String(to))];
    const name = `${kindOfPath(String(to))} ${lastKey(String(to))}`;
    return `> ${name}: from ${old} to ${now}; its past stays with ${old}`;
  }
  if (kind === "added") return `+ ${what}${sayDetails(change)}`;
  if (kind === "removed") return `- ${what}: ${sayRemoval(change)}`;
  if (change.section === "people" && field === "leftOn") {
    return to === null
      ? `~ ${what}: is back`
      : `- ${what}: gone from ${sayValue(to)} on; what they hold is vacant until somebody is named`;
  }
  if (field === "origin") return `~ ${what}: a member; was known from usage only`;
  if (field === "order") return `~ order of ${change.section}: ${sayValue(to)}`;
  const name = field === "" ? "" : `${fieldSaid(field)} `;
  return `~ ${what}: ${name}${sayRecordValue(change, from)} -> ${sayRecordValue(change, to)}`;
}

function sayRemoval({ section, from }: Change): string {
  if (section === "prices") return `removed (${sayValue(partOf(from, "terms"))})`;
  if (section === "scopes") return "retired; its past stays in every report";
  return section === "products" || section === "inventory" ? "retired" : "removed";
}

function sayConflict(conflict: Conflict, nameOf: SetterName): string {
  const { change } = conflict;
  const field = change.field === "" ? "" : `${fieldSaid(change.field)} `;
  return (
    `! ${sayRecord(change)}: ${field}${standing(change)} since ${sayInstant(conflict.setAt)}, ` +
    `set in chat by ${nameOf(conflict.setBy)}; the file says ${wanted(change)}`
  );
}

function sayKept(conflict: Conflict, nameOf: SetterName): string {
  const by = `${nameOf(conflict.setBy)} on ${sayInstant(conflict.setAt)}`;
  return `= ${sayRecord(conflict.change)}: kept as set in chat by ${by}`;
}

function standing(change: Change): string {
  if (change.kind === "added") return "not there";
  return change.kind === "removed" ? "there" : sayRecordValue(change, change.from);
}

function wanted(change: Change): string {
  if (change.kind === "added") return "that it is";
  return change.kind === "removed" ? "nothing of it" : sayRecordValue(change, change.to);
}

function sayInstant(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function fieldSaid(field: string): string {
  return field.replaceAll("_", " ").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function sayRecord({ section, key, from, to }: Change): string {
  const [left, right] = splitKey(key);
  const place = left === "" ? "the organisation" : left;
  switch (section) {
    case "settings":
      return "organisation";
    case "people":
      return `person ${key}`;
    case "scopes":
      return `${kindOfPath(key)} ${key}`;
    case "functions":
      return `${right} of ${place}`;
    case "raci": {
      const activity = ACTIVITIES.find((one) => one === right);
      return `'${activity === undefined ? right : ACTIVITY_SAID[activity]}' of ${place}`;
    }
    case "channels": {
      const kind = CHANNEL_KINDS.find((one) => one === right);
      return `channel of ${place} for ${kind === undefined ? right : CHANNEL_KIND_SAID[kind]}`;
    }
    case "products":
      return `product ${key}`;
    case "inventory":
      return `${left.replace("_", " ")} ${right}`;
    case "sources":
      return `source ${key}`;
    case "rules":
      return `attribution rule ${key}`;
    case "prices":
      return sayPriceTerms(left, from ?? to);
    case "budgets":
      return sayBudgetName(key);
    case "repositories":
      return `repository ${key}`;
    case "targets":
      return `target of ${left === "kpi" ? right.replaceAll("_", " ") : `workflow ${right}`}`;
  }
}

/** "own price of gpt-5", "discount Enterprise agreement", "uplift of eu". */
function sayPriceTerms(kind: string, record: unknown): string {
  const terms = partOf(record, "terms");
  const name = ["name", "region", "model"].map((field) => partOf(terms, field)).find(isText);
  if (kind === "own") return `own price of ${sayValue(partOf(terms, "model"))}`;
  return kind === "discount" ? `discount ${sayValue(name)}` : `uplift of ${sayValue(name)}`;
}

function partOf(record: unknown, field: string): unknown {
  return record !== null && typeof record === "object" ? Reflect.get(record, field) : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** What is worth a word of a new record: its name where it says more than the key, and who holds it. */
function sayDetails(change: Change): string {
  const { section, key, to } = change;
  if (section === "functions" || section === "raci" || section === "sources") {
    return `: ${sayRecordValue(change, to)}`;
  }
  if (["budgets", "channels", "targets", "repositories"].includes(section)) {
    return `: ${sayRecordValue(change, to)}`;
  }
  if (section === "prices") return `: ${sayValue(partOf(to, "terms"))}`;
  if (to === null || typeof to !== "object" || section === "rules") return "";
  const parts = ["name", "costCentre", "owner", "scope"].flatMap((field) => {
    const value: unknown = Reflect.get(to, field);
    if (typeof value !== "string" || value === lastKey(key)) return [];
    return [field === "name" ? value : `${fieldSaid(field)} ${value}`];
  });
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function sayRecordValue({ section, field, key }: Change, value: unknown): string {
  if (field !== "" || value === undefined) return sayValue(value);
  if (section === "functions") return sayHolder(value);
  if (section === "raci") return sayRaci(value);
  if (section === "budgets") return isBudget(value) ? sayBudget(key, value) : sayValue(value);
  if (section === "sources") return sayCounts(value);
  if (section === "channels") return sayValue(partOf(value, "channel"));
  return sayValue(value);
}

function isHolder(value: unknown): value is HolderRecord {
  return typeof value === "object" && value !== null && "people" in value;
}
function isRaci(value: unknown): value is RaciRecord {
  return typeof value === "object" && value !== null && "accountable" in value;
}
function isBudget(value: unknown): value is BudgetRecord {
  return typeof value === "object" && value !== null && "alerts" in value;
}
function isSource(value: unknown): value is SourceRecord {
  return typeof value === "object" && value !== null && "countsFor" in value;
}

function sayHolder(value: unknown): string {
  return isHolder(value) ? value.people.join(", ") : sayValue(value);
}

function sayRaci(value: unknown): string {
  if (!isRaci(value)) return sayValue(value);
  const parts = [
    `A ${value.accountable}`,
    ...value.responsible.map((name) => `R ${name}`),
    ...value.consulted.map((name) => `C ${name}`),
    ...value.informed.map((name) => `I ${name}`),
  ];
  return parts.join(", ");
}

function sayCounts(value: unknown): string {
  if (!isSource(value)) return sayValue(value);
  return typeof value.countsFor === "string"
    ? `counts for ${value.countsFor}`
    : `counts for ${value.countsFor.map((traffic) => sayValue(traffic)).join("; ")}`;
}

function sayValue(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(sayValue).join(", ");
  if (typeof value !== "object") return String(value);
  const span = saySpan(value);
  if (span !== undefined) return span;
  return Object.entries(value)
    .filter(([name, part]) => part !== null && name !== "position")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => `${fieldSaid(name)} ${sayValue(part)}`)
    .join(", ");
}

/** "farid 2026-12-21 to 2027-01-06", "20:00 to 07:00": a delegation, quiet hours. */
function saySpan(value: object): string | undefined {
  const { from, until, to, ...rest }: Record<string, unknown> = { ...value };
  if (!isText(from) || !isText(until) || Object.keys(rest).length > 0) return undefined;
  return `${isText(to) ? `${to} ` : ""}${from} to ${until}`;
}
