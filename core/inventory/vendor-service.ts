import { group as groupBy } from "d3-array";
import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { findInventoryPolicy } from "../org/inventory.ts";
import type { InventoryPolicy } from "../org/inventory-policy-schema.ts";
import { requirePermission } from "../org/permission.ts";
import { rosterDay } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { addDays, addMonths, type Day } from "../time.ts";
import type { VendorDay } from "./facts.ts";
import type { ItemActor } from "./rights.ts";
import type { VendorDecision } from "./schema.ts";
import { judgeVendor, type Vendor } from "./vendor.ts";
import * as store from "./vendor-store.ts";

/** Every provider that anything was spent with or that a review names; the dearest year first. */
export async function loadVendors(
  db: Db,
  orgId: number,
  policy: InventoryPolicy,
  today: Day,
  known?: readonly VendorDay[],
): Promise<Vendor[]> {
  const all = known ?? (await store.listVendorDays(db, orgId, today));
  const days = groupBy(all, ({ vendor }) => vendor);
  const reviews = groupBy(await store.listReviews(db, orgId), ({ vendor }) => vendor);
  const names = new Set([...days.keys(), ...reviews.keys()]);
  const vendors = [...names].map((vendor) =>
    judgeVendor(
      { vendor, days: days.get(vendor) ?? [], reviews: reviews.get(vendor) ?? [] },
      policy,
      today,
    ),
  );
  return vendors.sort((a, b) => (a.spend < b.spend ? 1 : a.spend > b.spend ? -1 : 0));
}

/** Keeps reviews that fell due, so that their days stay when the ledger forgets. Returns the new. */
export async function openDueReviews(
  tx: Tx,
  orgId: number,
  vendors: readonly Vendor[],
  now: Date,
): Promise<number> {
  let opened = 0;
  for (const { vendor, due } of vendors) {
    if (due === undefined) continue;
    const { cause, crossedOn, dueOn, threshold } = due;
    const review = { orgId, vendor, cause, threshold: threshold ?? null, crossedOn, dueOn, now };
    if (await store.insertReview(tx, review)) opened += 1;
  }
  return opened;
}

export interface VendorPress {
  readonly orgId: number;
  /** As the ledger names the provider; case does not matter. */
  readonly vendor: string;
  readonly decision: VendorDecision;
  readonly reason: string;
  /** When it is reviewed again; by the policy unless given. */
  readonly nextOn: Day | undefined;
  /** How many reviews had been decided when the button was drawn. */
  readonly seen: number;
  readonly by: ItemActor;
  readonly now: Date;
}

function requireDecision({ reason, nextOn }: VendorPress, today: Day): string {
  const said = scrub(reason).trim();
  if (said === "" || said.length > 2_000) {
    throw new AispendError("reason_missing", "a decision needs a reason of 1 to 2,000 characters", {
      help: "Say in a sentence why: because of what was it kept, replaced or stopped?",
    });
  }
  if (nextOn !== undefined && nextOn <= today) {
    throw new AispendError("next_review_past", `the next review on ${nextOn} is not to come`, {
      help: `Write a day after ${today}.`,
    });
  }
  return said;
}

/**
 * Records what was decided about a vendor: for those accountable for any activity at the organisation.
 * `already` when somebody decided since the button was drawn: nothing is changed then. Throws
 * `not_permitted`, `vendor_not_found`, `reason_missing`, `next_review_past`.
 */
export function decideVendor(
  pool: Pool,
  press: VendorPress,
): Promise<{ state: "done" | "already"; vendor: Vendor }> {
  const { orgId, decision, by, now, seen } = press;
  const vendor = press.vendor.toLowerCase();
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const question = { action: "see_inventory", scopeId: 0, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    const today = rosterDay(roster, now);
    const reason = requireDecision(press, today);
    await store.lockReviews(tx, orgId);
    const policy = await findInventoryPolicy(tx, orgId);
    const get = async () => getVendor(await loadVendors(tx, orgId, policy, today), vendor);
    const before = await get();
    if (decidedCount(before) !== seen) return { state: "already", vendor: before };
    const nextOn = press.nextOn ?? addMonths(today, policy.vendor_reviews.again_months);
    const { cause, crossedOn, dueOn, threshold } = before.due ?? {
      cause: "asked" as const,
      crossedOn: today,
      dueOn: addDays(today, policy.vendor_reviews.due_days),
      threshold: undefined,
    };
    const review = { orgId, vendor, cause, threshold: threshold ?? null, crossedOn, dueOn, now };
    await store.insertReview(tx, review);
    const { spend } = before;
    const decided = { orgId, vendor, decision, reason, spend, nextOn, now };
    const id = await store.decideOpenReview(tx, { ...decided, decidedBy: by.personId });
    if (id === undefined) return { state: "already", vendor: await get() };
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "vendor.reviewed",
      subject: `vendor_review:${id}`,
      after: { decision, nextOn, spend: spend.toString(), as: as.role },
      reason,
      at: now,
    });
    return { state: "done", vendor: await get() };
  });
}

export function decidedCount({ reviews }: Vendor): number {
  return reviews.filter(({ decidedAt }) => decidedAt !== null).length;
}

export function getVendor(vendors: readonly Vendor[], name: string): Vendor {
  const found = vendors.find(({ vendor }) => vendor === name.toLowerCase());
  if (found !== undefined) return found;
  throw new AispendError("vendor_not_found", `nothing was spent with '${name.slice(0, 60)}'`, {
    kind: "not_found",
    help: "See which there are: vendors",
  });
}
