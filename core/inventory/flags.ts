import { addDays, type Day, daysBetween } from "../time.ts";
import type { Item } from "./item.ts";
import { InventoryFlag } from "./schema.ts";

/** What the rules are asked against; days as aispend.yaml sets them under `inventory`. */
export interface FlagSetting {
  readonly today: Day;
  readonly idleDays: number;
  readonly newDays: number;
  readonly contractDays: number;
  /** The first day that the ledger has; undefined while it is empty. */
  readonly ledgerSince: Day | undefined;
  /** Vendors, in lower case, whose review is due. */
  readonly dueVendors: ReadonlySet<string>;
}

/** Retired, and nothing was spent on it since: it is out of every list. */
export function isGone(item: Item): boolean {
  return item.retiredOn !== undefined && !isReopened(item);
}

/**
 * Spend on a later day than that on which it was retired. What was spent on the day itself may have
 * been spent before.
 */
export function isReopened({ retiredOn, use }: Item): boolean {
  const last = use?.lastUsed;
  return retiredOn !== undefined && last !== undefined && last > retiredOn;
}

/** Nobody who is here answers for it. A model has no owner until somebody takes it. */
export function isOwnerless({ kind, ownerId, ownerLeft }: Item): boolean {
  return kind !== "model" && (ownerId === undefined || ownerLeft);
}

/**
 * First used within `newDays`, declared by nobody, issued by nobody here and not decided about: shadow
 * use. While the ledger itself is younger than that, nothing is new: all of it is.
 */
export function isNew(item: Item, { ledgerSince, newDays, today }: FlagSetting): boolean {
  const first = item.use?.firstUsed;
  if (first === undefined || ledgerSince === undefined) return false;
  if (item.isDeclared || item.virtualKeyId !== undefined || item.decision !== undefined)
    return false;
  if (daysBetween(ledgerSince, today) < newDays) return false;
  return daysBetween(first, today) < newDays;
}

/** One key or account, two teams or more within `shared_days`: one key, one team, one use. */
export function isShared({ kind, use }: Item): boolean {
  return (kind === "key" || kind === "account") && (use?.teams.length ?? 0) >= 2;
}

/**
 * A key or account without spend for `idleDays`, or a seat plan with seats that nobody used for 30 days.
 * What was never used is idle once the ledger is that old.
 */
export function isIdle(item: Item, { idleDays, ledgerSince, today }: FlagSetting): boolean {
  if (item.kind === "seat_plan") return (item.idleSeats ?? 0) > 0;
  if (item.kind !== "key" && item.kind !== "account") return false;
  if (item.use === undefined || ledgerSince === undefined) return false;
  return daysBetween(item.use.lastUsed ?? ledgerSince, today) >= idleDays;
}

/** The last day on which notice can be given, or on which it ends where none is needed. */
export function noticeDay({ contractUntil, noticeDays }: Item): Day | undefined {
  return contractUntil === undefined ? undefined : addDays(contractUntil, -(noticeDays ?? 0));
}

/** From `contractDays` before notice is due, and on until a new end is declared. */
export function isContractDue(item: Item, { contractDays, today }: FlagSetting): boolean {
  const day = noticeDay(item);
  return day !== undefined && today >= addDays(day, -contractDays);
}

/** Accounts and seat plans of a vendor whose review is due. */
export function isReviewDue({ kind, provider }: Item, { dueVendors }: FlagSetting): boolean {
  if (kind !== "account" && kind !== "seat_plan") return false;
  return provider !== undefined && dueVendors.has(provider.toLowerCase());
}

const RULES: Readonly<Record<InventoryFlag, (item: Item, setting: FlagSetting) => boolean>> = {
  reopened: isReopened,
  ownerless: isOwnerless,
  new: isNew,
  shared: isShared,
  idle: isIdle,
  contract: isContractDue,
  review: isReviewDue,
};

/** Why a thing is listed, the gravest first. What is gone is not listed. */
export function flagsOf(item: Item, setting: FlagSetting): InventoryFlag[] {
  if (isGone(item)) return [];
  return InventoryFlag.options.filter((flag) => RULES[flag](item, setting));
}
