import { endFinding, recordFinding } from "#core/anomalies/service.ts";
import type { Tx } from "#core/db/db.ts";
import type { Reconciliation } from "#core/ledger/reconcile-period.ts";
import { type AccountReconciliation, isDrift, unseenOf } from "#core/ledger/reconcile-sum.ts";
import { type NanoUsd, nanoUsd, saidUsd, saidUsdChange } from "#core/money.ts";
import { addDays, type Day, daysBetween, startOfDay } from "#core/time.ts";

const DAY_HOURS = 24n;

export interface DriftArgs {
  readonly orgId: number;
  readonly found: Reconciliation;
  /** The ledger's id of an account by its name. */
  readonly idOf: (account: string) => number;
  /** The organisation's zone: a day of the bill is said as the same day there. */
  readonly timeZone: string;
  readonly now: Date;
}

/**
 * Records what a reconciliation has found of each account, in the caller's transaction: a difference
 * above 1% of the bill (`reconciliation_drift`), and above 1% of it that no gateway saw (`bypass`).
 * A finding whose account agrees with its bill again is ended. Returns how many are open.
 */
export async function recordDrifts(tx: Tx, args: DriftArgs): Promise<number> {
  let open = 0;
  for (const account of args.found.accounts) {
    const unseen = nanoUsd(unseenOf(account.causes));
    const bypassed = isDrift({ billed: account.billed, difference: unseen }) && unseen > 0n;
    const drifting = isDrift(account) && !bypassed;
    open += await settleFinding(tx, args, account, {
      kind: "bypass",
      amount: bypassed ? unseen : undefined,
      since: account.unseenSince,
    });
    open += await settleFinding(tx, args, account, {
      kind: "reconciliation_drift",
      amount: drifting ? account.difference : undefined,
      since: account.driftsSince,
    });
  }
  return open;
}

async function settleFinding(
  tx: Tx,
  args: DriftArgs,
  account: AccountReconciliation,
  drift: {
    readonly kind: "bypass" | "reconciliation_drift";
    readonly amount: NanoUsd | undefined;
    readonly since: Day | undefined;
  },
): Promise<number> {
  const { orgId, found, now, timeZone } = args;
  const { kind, amount } = drift;
  const subject = { kind: "account" as const, key: String(args.idOf(account.account)) };
  const of = { orgId, class: kind, subject };
  if (amount === undefined) {
    await endFinding(tx, { ...of, now });
    return 0;
  }
  const { end, start } = found.period;
  const first = drift.since ?? start;
  const hours = BigInt(daysBetween(first, end)) * DAY_HOURS;
  const excess = amount < 0n ? nanoUsd(0n) : amount;
  await recordFinding(tx, {
    ...of,
    scopeId: 0,
    since: startOfDay(first, timeZone),
    seenAt: startOfDay(addDays(end, -1), timeZone),
    excess,
    rate: excess / hours,
    evidence: { per: "day", why: whyOf(account, kind, amount), facts: factsOf(account) },
    push: true,
    now,
  });
  return 1;
}

function whyOf(
  { account, billed }: AccountReconciliation,
  kind: "bypass" | "reconciliation_drift",
  amount: NanoUsd,
): string {
  if (kind === "bypass") {
    return `${saidUsd(amount)} of ${saidUsd(billed)} billed to ${account} was seen by no gateway.`;
  }
  return `The bill of ${account} differs from what was metered by ${saidUsdChange(amount)}.`;
}

function factsOf({ billed, metered, difference, groups }: AccountReconciliation) {
  const [most] = groups;
  return [
    { label: "Billed", value: saidUsd(billed) },
    { label: "Metered", value: saidUsd(metered) },
    { label: "Difference", value: saidUsdChange(difference) },
    ...(most === undefined
      ? []
      : [
          {
            label: "Most of it",
            value: [most.project, most.key, most.model].filter((part) => part !== "").join(" "),
          },
        ]),
  ];
}
