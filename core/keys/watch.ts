import { record } from "../audit/service.ts";
import { listCaps } from "../budgets/caps.ts";
import type { Db, Tx } from "../db/db.ts";
import { hasLeft, type Roster, rosterDay } from "../org/raci.ts";
import { addDays, type Day, daysBetween, localDay } from "../time.ts";
import { requireStep } from "./key-state.ts";
import { selectOverdue } from "./key-store.ts";
import { changeKey, getLocked } from "./life.ts";
import { listKeys } from "./lookup.ts";
import { isModelAllowed } from "./models.ts";
import { findKeyPolicy } from "./policy.ts";
import { decide, markReminded, selectPending } from "./request-store.ts";
import type { KeyRequest, VirtualKey } from "./schema.ts";
import { type KeyUsage, loadUsage } from "./usage.ts";
import { selectLastUse, selectModelsUsed } from "./use-store.ts";

/** Days before its end on which the owner of a key is told, each once. */
export const WARN_DAYS_BEFORE = [14, 3, 1] as const;

export interface ExpiryWarning {
  readonly key: VirtualKey;
  readonly expiresAt: Date;
  /** 14, 3 or 1. */
  readonly daysBefore: number;
  readonly lastDay: Day;
}

/**
 * The nearest warning that is due of a key; one that was slept through is contained in a later
 * one.
 */
export function expiryWarning(
  key: VirtualKey,
  timeZone: string,
  now: Date,
): ExpiryWarning | undefined {
  const { expiresAt } = key;
  if (expiresAt === undefined || (key.state !== "active" && key.state !== "suspended")) {
    return undefined;
  }
  const lastDay = addDays(localDay(expiresAt, timeZone), -1);
  const left = daysBetween(localDay(now, timeZone), lastDay);
  if (left < 0) return undefined;
  const due = WARN_DAYS_BEFORE.filter((days) => left <= days);
  const daysBefore = due.at(-1);
  return daysBefore === undefined ? undefined : { key, expiresAt, daysBefore, lastDay };
}

export async function listExpiryWarnings(
  db: Db,
  args: { orgId: number; timeZone: string; now: Date },
): Promise<ExpiryWarning[]> {
  const keys = await listKeys(db, { orgId: args.orgId, states: ["active", "suspended"] });
  return keys.flatMap((key) => expiryWarning(key, args.timeZone, args.now) ?? []);
}

/** Ends keys whose time is over. Whoever comes to it first does it; returns what ended now. */
export async function endOverdueKeys(tx: Tx, orgId: number, now: Date): Promise<VirtualKey[]> {
  const ended: VirtualKey[] = [];
  for (const { key, step } of await selectOverdue(tx, orgId, now)) {
    const locked = await getLocked(tx, orgId, key.id);
    if (locked.state !== key.state) continue;
    requireStep(locked, step);
    ended.push(await changeKey(tx, locked, step, { by: { actor: "system" }, now }));
  }
  return ended;
}

export type RequestDue = "remind" | "escalate" | "expire";

const HOUR_MS = 3_600_000;

/** What waiting too long brings a request: a reminder, the next level, its end. Pure. */
export function dueOf(
  request: Pick<KeyRequest, "requestedAt" | "remindedAt" | "escalatedAt">,
  policy: { remindHours: number; escalateHours: number; expireDays: number },
  now: Date,
): RequestDue | undefined {
  const hours = (now.getTime() - request.requestedAt.getTime()) / HOUR_MS;
  if (hours >= policy.expireDays * 24) return "expire";
  if (hours >= policy.escalateHours && request.escalatedAt === undefined) return "escalate";
  if (hours >= policy.remindHours && request.remindedAt === undefined) return "remind";
  return undefined;
}

/** Requests that waited too long, marked so that each thing happens once. */
export async function takeDueRequests(
  tx: Tx,
  orgId: number,
  now: Date,
): Promise<{ request: KeyRequest; due: RequestDue }[]> {
  const policy = await findKeyPolicy(tx, orgId);
  const found: { request: KeyRequest; due: RequestDue }[] = [];
  for (const request of await selectPending(tx, orgId)) {
    const due = dueOf(request, policy, now);
    if (due === undefined) continue;
    const { id } = request;
    if (due === "expire") {
      const reason = `nobody decided in ${policy.expireDays} days`;
      const to = { from: "pending", to: "expired" } as const;
      if (!(await decide(tx, { orgId, id, ...to, by: undefined, reason, now }))) continue;
      await record(tx, {
        orgId,
        actor: "system",
        action: "key.request_expired",
        subject: `key_request:${id}`,
        reason,
        at: now,
      });
      found.push({ request: { ...request, state: "expired", decisionReason: reason }, due });
      continue;
    }
    await markReminded(tx, { orgId, id, at: now, escalated: due === "escalate" });
    found.push({ request, due });
  }
  return found;
}

export type KeyFault = "idle" | "ownerless" | "over_privileged";

export interface KeyFinding {
  readonly usage: KeyUsage;
  readonly faults: readonly KeyFault[];
  readonly lastUsedOn: Day | undefined;
  /** Of an over-privileged one: what it may and does not use, in words for a person. */
  readonly unused: readonly string[];
}

const IDLE_DAYS = 30;
/** A cap this many times what was used in 30 days gives more than is needed. */
const WIDE_CAP = 10n;

function wideness(usage: KeyUsage, used: readonly string[]): string[] {
  const { key, cap, lately } = usage;
  const unused = key.models.filter(
    (pattern) => !used.some((one) => isModelAllowed([pattern], one)),
  );
  const wide = cap !== undefined && cap.period === "month" && lately * WIDE_CAP < cap.amount;
  return [
    ...(key.models.length === 0 ? ["may use any model"] : []),
    ...(unused.length > 0 ? [`never used ${unused.slice(0, 3).join(", ")}`] : []),
    ...(wide ? ["uses under a tenth of its cap"] : []),
  ];
}

/**
 * What is wrong with keys: idle for 30 days, without an owner who is here, or wider than their
 * use.
 */
export async function findKeyFaults(
  db: Db,
  args: { roster: Roster; now: Date },
): Promise<KeyFinding[]> {
  const { roster, now } = args;
  const { orgId } = roster;
  const today = rosterDay(roster, now);
  const keys = await listKeys(db, { orgId, states: ["active", "suspended"] });
  const usages = await loadUsage(db, orgId, keys, today);
  const lastUse = await selectLastUse(db, orgId);
  const models = await selectModelsUsed(db, orgId, addDays(today, -IDLE_DAYS));
  return usages.flatMap((usage): KeyFinding[] => {
    const { key } = usage;
    const lastUsedOn = lastUse.get(key.dimensionId);
    const since = lastUsedOn ?? localDay(key.revealedAt ?? key.approvedAt, roster.timeZone);
    const old =
      localDay(key.revealedAt ?? key.approvedAt, roster.timeZone) <= addDays(today, -IDLE_DAYS);
    const idle = daysBetween(since, today) >= IDLE_DAYS;
    const unused = old && !idle ? wideness(usage, models.get(key.dimensionId) ?? []) : [];
    const faults: KeyFault[] = [
      ...(idle ? (["idle"] as const) : []),
      ...(hasLeft(roster, key.ownerId, today) ? (["ownerless"] as const) : []),
      ...(unused.length > 0 ? (["over_privileged"] as const) : []),
    ];
    return faults.length === 0 ? [] : [{ usage, faults, lastUsedOn, unused }];
  });
}

/** The cap of a key, as it stands; undefined where it has none. */
export async function findKeyCap(db: Db, key: VirtualKey) {
  return (await listCaps(db, key.orgId, { kind: "key", id: key.dimensionId }))[0];
}
