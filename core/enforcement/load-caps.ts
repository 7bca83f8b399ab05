import type { Budget } from "#core/budgets/schema.ts";
import { listLiveBudgets } from "#core/budgets/service.ts";
import type { Db } from "#core/db/db.ts";
import { AispendError } from "#core/errors.ts";
import { listKeys, listRaises } from "#core/keys/lookup.ts";
import type { CapRaise, VirtualKey } from "#core/keys/schema.ts";
import { type Directory, loadDirectory } from "#core/org/directory.ts";
import { type Authority, eligible } from "#core/org/permission.ts";
import type { Roster } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Cap } from "./cap.ts";

interface Names {
  readonly directory: Directory;
  readonly roster: Roster;
  readonly keys: ReadonlyMap<number, VirtualKey>;
  readonly now: Date;
}

function nameOf({ directory, keys }: Names, { kind, id }: Budget["subject"]): string {
  if (kind === "key") return `key ${keys.get(id)?.name ?? id}`;
  const scope = directory.scopes.get(id);
  return scope === undefined ? directory.name : `${scope.kind} ${scope.key}`;
}

/** Names of the nearest people who may raise it. */
function raisedBy({ directory, roster, keys, now }: Names, subject: Budget["subject"]): string[] {
  const scopeId = subject.kind === "key" ? (keys.get(subject.id)?.scopeId ?? 0) : subject.id;
  if (!roster.parents.has(scopeId) && scopeId !== 0) return [];
  const able = ableToRaise(roster, scopeId, now);
  const nearest = able[0]?.scopeId;
  return able
    .filter((one) => one.scopeId === nearest)
    .flatMap(({ personId }) => directory.people.get(personId)?.name ?? [])
    .slice(0, 2);
}

/** An organisation whose file names nobody yet still has caps, and its requests an answer. */
function ableToRaise(roster: Roster, scopeId: number, now: Date): readonly Authority[] {
  try {
    return eligible(roster, { action: "raise_cap", scopeId, now });
  } catch (error) {
    if (error instanceof AispendError && error.code === "accountable_missing") return [];
    throw error;
  }
}

function commandOf(names: Names, subject: Budget["subject"]): string {
  if (subject.kind === "key") return `/aispend key raise ${names.keys.get(subject.id)?.name ?? ""}`;
  const scope = names.directory.scopes.get(subject.id);
  return `/aispend cap raise ${scope === undefined ? "org" : `${scope.kind} ${scope.key}`} AMOUNT`;
}

function capOf(names: Names, budget: Budget, raises: readonly CapRaise[]): Cap | undefined {
  const { subject, period, amount, shadowUntil } = budget;
  const { kind, id } = subject;
  // The table refuses a cap on anything else, or in tokens.
  if (kind !== "scope" && kind !== "key") return undefined;
  return {
    subject: { kind, id },
    period,
    amount,
    isHard: budget.enforcement === "hard",
    shadowUntil,
    raises: raises
      .filter((one) => one.subject.kind === kind && one.subject.id === id && one.period === period)
      .map(({ amount: to, fromAt, untilAt }) => ({ amount: to, from: fromAt, until: untilAt })),
    name: nameOf(names, subject),
    raisedBy: raisedBy(names, subject),
    command: commandOf(names, subject),
  };
}

/** The live caps of an organisation, with what a refusal says of them. */
export async function loadCaps(
  db: Db,
  orgId: number,
  now: Date,
): Promise<{ caps: Cap[]; timeZone: string }> {
  const budgets = (await listLiveBudgets(db, orgId)).filter(({ kind }) => kind === "cap");
  const raises = await listRaises(db, orgId, now);
  const directory = await loadDirectory(db, orgId);
  const keys = await listKeys(db, { orgId, limit: 100_000 });
  const names: Names = {
    directory,
    roster: await loadRoster(db, orgId),
    keys: new Map(keys.map((key) => [key.dimensionId, key])),
    now,
  };
  const caps = budgets.flatMap((budget) => capOf(names, budget, raises) ?? []);
  return { caps, timeZone: directory.timeZone };
}
