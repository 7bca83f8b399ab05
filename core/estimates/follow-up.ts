import type { Tx } from "#core/db/db.ts";
import { explainChange } from "#core/ledger/explain-change.ts";
import { spendTotal } from "#core/ledger/spend.ts";
import type { SpendFilter } from "#core/ledger/spend-query.ts";
import { DRIVERS, type Driver } from "#core/ledger/why.ts";
import { divideHalfEven } from "#core/money.ts";
import { type Directory, loadDirectory } from "#core/org/directory.ts";
import { addDays, type Day, localDay, type Period } from "#core/time.ts";
import { type RepositoryAccess, resolveSubject } from "./access.ts";
import { type FollowUpRow, insertFollowUp } from "./follow-up-store.ts";
import { MONTH_DAYS } from "./profile.ts";
import type { RecordedEffect } from "./record-schema.ts";
import {
  countOverlaps,
  type DueEstimate,
  findValueId,
  listDue,
  listRepositoriesNamed,
} from "./store.ts";

/** When estimates are looked at again, in days after the merge. */
export const FOLLOW_UP_DAYS = [7, 30] as const;

/** Usage comes late: a day is left after the last one that is compared. */
const SETTLING_DAYS = 1;
/** An estimate that could not be looked at in time is not looked at for ever. */
const GIVE_UP_DAYS = 60;
const BATCH = 200;

/**
 * Compares what was predicted with the ledger, 7 and 30 days after each merge. Again on the same day
 * it adds nothing. Returns how many were looked at.
 */
export async function measureEstimates(
  tx: Tx,
  args: { orgId: number; timeZone: string; now: Date },
): Promise<{ measured: number; unmeasured: number }> {
  const { orgId, now } = args;
  const today = localDay(now, args.timeZone);
  let measured = 0;
  let unmeasured = 0;
  let directory: Directory | undefined;
  for (const days of FOLLOW_UP_DAYS) {
    const until = addDays(today, -(days + 1 + SETTLING_DAYS));
    const from = addDays(until, -GIVE_UP_DAYS);
    for (const due of await listDue(tx, { orgId, days, from, until, limit: BATCH })) {
      directory ??= await loadDirectory(tx, orgId);
      const row = await measure(tx, directory, due, days, now);
      await insertFollowUp(tx, orgId, row);
      if (row.state === "measured") measured += 1;
      else unmeasured += 1;
    }
  }
  return { measured, unmeasured };
}

interface Windows {
  readonly before: Period;
  readonly after: Period;
  /** The 30 days before the merge, whose volume a prediction is held against. */
  readonly month: Period;
}

/** As many days before the day of the merge as after it: the same weekdays on both sides. */
function windowsOf(mergedDay: Day, days: number): Windows {
  const first = addDays(mergedDay, 1);
  return {
    before: { start: addDays(mergedDay, -days), end: mergedDay },
    after: { start: first, end: addDays(first, days) },
    month: { start: addDays(mergedDay, -MONTH_DAYS), end: mergedDay },
  };
}

async function measure(
  tx: Tx,
  directory: Directory,
  due: DueEstimate,
  days: 7 | 30,
  now: Date,
): Promise<FollowUpRow> {
  const { orgId } = directory;
  const windows = windowsOf(due.mergedDay, days);
  const access = (await listRepositoriesNamed(tx, due.repository)).find(
    (one) => one.orgId === orgId,
  );
  const parts: Part[] = [];
  for (const effect of due.effects) {
    if (access !== undefined) parts.push(await partOf(tx, directory, access, effect, windows));
  }
  const sum = (of: (part: Part) => bigint): bigint => parts.reduce((all, one) => all + of(one), 0n);
  const reason =
    access === undefined
      ? "the repository is not listed any more"
      : parts.find(({ reason: why }) => why !== undefined)?.reason;
  const { start } = windows.before;
  const overlaps = await countOverlaps(tx, {
    orgId,
    id: due.id,
    scopeIds: due.scopeIds,
    from: start,
    until: windows.after.end,
  });
  const isMeasured = reason === undefined && parts.length > 0;
  return {
    estimateId: due.id,
    days,
    state: isMeasured ? "measured" : "unmeasured",
    reason: isMeasured ? null : (reason ?? "nothing was predicted"),
    predicted: due.predicted,
    measured: isMeasured ? sum(({ measured }) => measured) : null,
    volumeChange: isMeasured ? sum(({ volume }) => volume) : null,
    otherChange: isMeasured ? sum(({ other }) => other) : null,
    callsBefore: sum(({ callsBefore }) => callsBefore),
    callsAfter: sum(({ callsAfter }) => callsAfter),
    overlaps,
    measuredAt: now,
  };
}

/** What one subject's spend did, split into what the change touches and the rest. Nano-USD. */
interface Part {
  readonly reason: string | undefined;
  /** A month of the change's own effect at the volume of the 30 days before it. */
  readonly measured: bigint;
  readonly volume: bigint;
  readonly other: bigint;
  readonly callsBefore: bigint;
  readonly callsAfter: bigint;
}

function unmeasured(reason: string, callsBefore = 0n, callsAfter = 0n): Part {
  return { reason, measured: 0n, volume: 0n, other: 0n, callsBefore, callsAfter };
}

async function partOf(
  tx: Tx,
  directory: Directory,
  access: RepositoryAccess,
  effect: RecordedEffect,
  windows: Windows,
): Promise<Part> {
  const filters = await filtersOf(tx, directory, access, effect);
  if (typeof filters === "string") return unmeasured(filters);
  const own = ownDrivers(effect);
  let change = 0n;
  let volume = 0n;
  let other = 0n;
  let callsBefore = 0n;
  let callsAfter = 0n;
  let callsOfMonth = 0n;
  const { orgId } = directory;
  for (const filter of filters) {
    const why = await explainChange(tx, orgId, filter, windows.before, windows.after);
    for (const driver of DRIVERS) {
      if (own.has(driver)) change += why.parts[driver];
      else if (driver === "requests") volume += why.parts[driver];
      else other += why.parts[driver];
    }
    callsBefore += (await spendTotal(tx, orgId, filter, windows.before)).requests;
    callsAfter += (await spendTotal(tx, orgId, filter, windows.after)).requests;
    callsOfMonth += (await spendTotal(tx, orgId, filter, windows.month)).requests;
  }
  if (callsBefore <= 0n) return unmeasured("no calls were made before it", callsBefore, callsAfter);
  if (callsAfter <= 0n) return unmeasured("no calls were made after it", callsBefore, callsAfter);
  // The decomposition weighs a driver by the mean volume of both sides: that is divided out again.
  const measured = divideHalfEven(change * callsOfMonth * 2n, callsBefore + callsAfter);
  return { reason: undefined, measured, volume, other, callsBefore, callsAfter };
}

/** A change of a prompt, model or parameter shows in what a call holds; never in how many there are. */
function ownDrivers({ kinds, roles }: RecordedEffect): ReadonlySet<Driver> {
  const own = new Set<Driver>([
    "input_per_request",
    "cache_share",
    "cache_write",
    "output_per_request",
  ]);
  if (kinds.includes("model")) own.add("model_mix");
  if (roles.some((role) => role === "service tier" || role === "batch size")) {
    for (const driver of DRIVERS) if (driver.startsWith("price_")) own.add(driver);
  }
  return own;
}

/** A filter for each scope of the subject, or why its spend cannot be read. */
async function filtersOf(
  tx: Tx,
  directory: Directory,
  access: RepositoryAccess,
  { subject }: RecordedEffect,
): Promise<SpendFilter[] | string> {
  const found = resolveSubject(directory, access, subject);
  if (found.state === "refused") return found.reason;
  const { workflow, feature, prompt, scopeIds } = found.filter;
  if (prompt !== undefined) return "spend is not kept by prompt revision";
  if (workflow !== undefined && feature !== undefined) {
    return "spend of a workflow is not kept by feature";
  }
  const name = workflow === undefined ? "feature" : "workflow";
  const value = workflow ?? feature;
  const valueId =
    value === undefined ? undefined : await findValueId(tx, directory.orgId, name, value);
  if (value !== undefined && valueId === undefined) return `no usage names ${name} ${value}`;
  const dimension = valueId === undefined ? {} : { dimension: { name, valueId } as const };
  return scopeIds.map((id) => {
    const kind = directory.scopes.get(id)?.kind;
    if (kind === "team") return { teamId: id, ...dimension };
    return kind === "project" ? { projectId: id, ...dimension } : { agentId: id, ...dimension };
  });
}
