import { OrganisationFile } from "../schema.ts";
import { type FileFault, schemaFaults, valueAt } from "./schema-problem.ts";
import type { FilePath } from "./yaml-lines.ts";

/** A file that could be read, whole or after what is malformed was taken out. */
export interface Readable {
  readonly file: OrganisationFile | undefined;
  readonly faults: readonly FileFault[];
  /** True when the fault may only be an effect of what was taken out. */
  readonly isDoubtful: (fault: FileFault) => boolean;
  /** A path in `file` as it is in the text, where nothing was taken out. */
  readonly original: (path: FilePath) => FilePath;
}

const MAX_ROUNDS = 6;

/**
 * Reads the file by its schema. What is malformed is taken out and the rest read again, so that one
 * run can report both a mistyped field here and an unknown person there.
 */
export function readable(value: unknown): Readable {
  const first = OrganisationFile.safeParse(value);
  if (first.success) {
    return { file: first.data, faults: [], isDoubtful: () => false, original: (path) => path };
  }
  const faults = schemaFaults(first.error.issues, value);
  const pruning: Pruning = { root: structuredClone(value), removed: new Map(), broken: new Set() };
  let paths = faults.map(({ path }) => path);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    // Backwards, so that the places of a list that are still to come keep their numbers.
    for (const path of [...paths].reverse()) takeOut(pruning, path);
    const next = OrganisationFile.safeParse(pruning.root);
    if (next.success) {
      return {
        file: next.data,
        faults,
        isDoubtful: (fault) =>
          isDoubtful(pruning, fault) || faults.some(({ path }) => begins(fault.path, path)),
        original: (path) => original(pruning, path),
      };
    }
    paths = schemaFaults(next.error.issues, pruning.root).map(({ path }) => path);
  }
  return { file: undefined, faults, isDoubtful: () => true, original: (path) => path };
}

/** A place that the schema already complained about, or one inside of it. */
function begins(path: FilePath, start: FilePath): boolean {
  return start.length > 0 && start.every((step, index) => path[index] === step);
}

interface Pruning {
  root: unknown;
  /** By the text of a list's path: the places taken out of it, in the numbers of the text. */
  removed: Map<string, number[]>;
  broken: Set<string>;
}

const ANYTHING = "*";
const SCOPE_PARTS = ["projects", "agents", "functions", "raci", "on_call"];

/** Stands in for what the file must have, so that the rest can be read without it. */
const UNREAD = "unread";
const STAND_INS: Readonly<Record<string, unknown>> = {
  organisation: { key: UNREAD, name: UNREAD, accountable_for_ai_cost: UNREAD },
  "organisation/key": UNREAD,
  "organisation/name": UNREAD,
  "organisation/accountable_for_ai_cost": UNREAD,
  people: [{ key: UNREAD }],
};

function takeOut(pruning: Pruning, path: FilePath): void {
  const standIn = STAND_INS[path.join("/")];
  if (standIn !== undefined) {
    const holder = valueAt(pruning.root, path.slice(0, -1));
    const step = path.at(-1);
    if (holder === null || typeof holder !== "object" || step === undefined) return;
    if (step === "people") pruning.broken.add(step);
    Reflect.set(holder, step, structuredClone(standIn));
    return;
  }
  const { holder, step, at } = lastHolder(pruning.root, path);
  if (holder === undefined || step === undefined) return;
  noteBroken(pruning, at, path, step);
  if (!Array.isArray(holder)) {
    Reflect.deleteProperty(holder, step);
    return;
  }
  const list = original(pruning, at).join("/");
  const place = Number(step);
  holder.splice(place, 1);
  const gone = pruning.removed.get(list) ?? [];
  pruning.removed.set(
    list,
    [...gone, toText(gone, place)].sort((a, b) => a - b),
  );
}

/** What holds the value at the path; where it is missing, what holds the thing that lacks it. */
function lastHolder(root: unknown, path: FilePath) {
  for (let length = path.length; length > 0; length -= 1) {
    const at = path.slice(0, length - 1);
    const step = path[length - 1];
    const holder = valueAt(root, at);
    const held = holder !== null && typeof holder === "object" ? holder : undefined;
    if (held !== undefined && step !== undefined && Object.hasOwn(held, step)) {
      return { holder: held, step, at };
    }
  }
  return { holder: undefined, step: undefined, at: [] };
}

function noteBroken(pruning: Pruning, at: FilePath, path: FilePath, step: string | number): void {
  const names = [...at, step].filter((part) => typeof part === "string");
  const part = names.at(-1) ?? ANYTHING;
  pruning.broken.add(at.length === 0 && path.length === 1 ? ANYTHING : part);
  if (part === "key") pruning.broken.add(names.at(-2) ?? ANYTHING);
  const collection = names.at(-2);
  if (["teams", "projects", "agents"].includes(collection ?? "") && !SCOPE_FIELDS.has(part)) {
    for (const scopePart of SCOPE_PARTS) pruning.broken.add(scopePart);
  }
}

/** Fields of a scope whose loss takes nothing from other checks. */
const SCOPE_FIELDS = new Set([
  "name",
  "cost_centre",
  "archetype",
  "channel",
  "channels",
  "models",
  "members",
  "key",
  ...SCOPE_PARTS,
]);

function isDoubtful(pruning: Pruning, fault: FileFault): boolean {
  const relies = fault.reliesOn ?? [];
  if (relies.length === 0) return false;
  return pruning.broken.has(ANYTHING) || relies.some((part) => pruning.broken.has(part));
}

/** The number that a place of a list had before the places in `gone` were taken out. */
function toText(gone: readonly number[], place: number): number {
  let number = place;
  for (const taken of gone) if (taken <= number) number += 1;
  return number;
}

function original(pruning: Pruning, path: FilePath): FilePath {
  const found: (string | number)[] = [];
  for (const step of path) {
    const gone = pruning.removed.get(found.join("/"));
    found.push(typeof step === "number" && gone !== undefined ? toText(gone, step) : step);
  }
  return found;
}
