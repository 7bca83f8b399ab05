import { absolute, type NanoUsd, nanoUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { CAUSES, type Cause, type ReconciledDay, type ReconciledGroup } from "./reconcile.ts";

export interface AccountReconciliation {
  readonly account: string;
  readonly provider: string;
  readonly billed: NanoUsd;
  readonly metered: NanoUsd;
  /** Billed less metered; the causes add up to it. */
  readonly difference: NanoUsd;
  readonly causes: Readonly<Record<Cause, NanoUsd>>;
  /** The groupings of the period that differ most, either way. */
  readonly groups: readonly ReconciledGroup[];
  readonly days: number;
  /** Days whose difference is in the ledger now. */
  readonly bookedDays: number;
  /** Days with usage whose cost is not out, or too young to be settled. */
  readonly waitingDays: number;
  /** The bill's first UTC day that drifts, and the first with so much that no gateway saw. */
  readonly driftsSince: Day | undefined;
  readonly unseenSince: Day | undefined;
}

const GROUPS_KEPT = 20;
const DRIFT_PERCENT = 1n;

/** A difference above 1% of the bill, either way, is looked into. */
export function isDrift({
  billed,
  difference,
}: Pick<AccountReconciliation, "billed" | "difference">): boolean {
  return absolute(difference) * 100n > absolute(billed) * DRIFT_PERCENT;
}

/** What was billed and not metered at all: bypass, and tokens that are missing. */
export function unseenOf(causes: { readonly [Name in Cause]?: bigint }): bigint {
  return (causes.bypass ?? 0n) + (causes.missed ?? 0n);
}

/** The days of one account, added up. */
export interface Sum {
  readonly account: string;
  provider: string;
  billed: bigint;
  metered: bigint;
  readonly causes: Map<Cause, bigint>;
  readonly groups: Map<string, ReconciledGroup>;
  days: number;
  bookedDays: number;
  waitingDays: number;
  driftsSince: Day | undefined;
  unseenSince: Day | undefined;
}

export function newSum(account: string): Sum {
  const counts = { days: 0, bookedDays: 0, waitingDays: 0 };
  return {
    ...{ account, provider: "", billed: 0n, metered: 0n, ...counts },
    causes: new Map(),
    groups: new Map(),
    ...{ driftsSince: undefined, unseenSince: undefined },
  };
}

/** Days come in their order. */
export function addDay(
  sum: Sum,
  day: Day,
  { billed, metered, groups }: ReconciledDay,
  state: "booked" | "settled" | "waiting",
): void {
  sum.billed += billed;
  sum.metered += metered;
  sum.days += 1;
  if (state === "booked") sum.bookedDays += 1;
  if (state === "waiting") sum.waitingDays += 1;
  let unseen = 0n;
  for (const group of groups) {
    sum.provider ||= group.provider;
    for (const { cause, amount } of group.causes) {
      unseen += unseenOf({ [cause]: amount });
      sum.causes.set(cause, (sum.causes.get(cause) ?? 0n) + amount);
    }
    const name = [group.project, group.key, group.model].join("\n");
    const before = sum.groups.get(name);
    sum.groups.set(name, before === undefined ? group : added(before, group));
  }
  if (isDrift({ billed, difference: nanoUsd(billed - metered) })) sum.driftsSince ??= day;
  if (unseen > 0n && isDrift({ billed, difference: nanoUsd(unseen) })) sum.unseenSince ??= day;
}

function added(left: ReconciledGroup, right: ReconciledGroup): ReconciledGroup {
  const causes = CAUSES.flatMap((cause) => {
    const parts = [...left.causes, ...right.causes].filter((one) => one.cause === cause);
    const amount = parts.reduce((sum, one) => sum + one.amount, 0n);
    return amount === 0n ? [] : [{ cause, amount: nanoUsd(amount) }];
  });
  return {
    ...left,
    billed: nanoUsd(left.billed + right.billed),
    metered: nanoUsd(left.metered + right.metered),
    difference: nanoUsd(left.difference + right.difference),
    causes,
  };
}

export function summed({ causes, groups, ...sum }: Sum): AccountReconciliation {
  const all = CAUSES.map((cause) => [cause, nanoUsd(causes.get(cause) ?? 0n)]);
  return {
    ...sum,
    billed: nanoUsd(sum.billed),
    metered: nanoUsd(sum.metered),
    difference: nanoUsd(sum.billed - sum.metered),
    causes: Object.fromEntries(all) as Record<Cause, NanoUsd>,
    groups: [...groups.values()]
      .filter(({ difference }) => difference !== 0n)
      .sort((a, b) => compareAmounts(absolute(a.difference), absolute(b.difference)))
      .slice(0, GROUPS_KEPT),
  };
}

/** The greater first. */
export function compareAmounts(left: bigint, right: bigint): number {
  return left < right ? 1 : left > right ? -1 : 0;
}
