import type { Tx } from "../db/db.ts";
import { localDay } from "../time.ts";
import { slotKey } from "./calendar.ts";
import { insertCrossings, listCrossings, settleCrossings } from "./crossing-store.ts";
import { findBudgetPolicy } from "./policy.ts";
import { loadProgress, type Progress } from "./progress.ts";
import { changesOf, type SignalChanges, type ToldSignal } from "./signals.ts";
import { listLive, lockBudgets } from "./store.ts";

/** A budget of which something is to be told, or a message is to be edited. */
export interface BudgetAlert {
  readonly progress: Progress;
  readonly changes: SignalChanges;
  /** What was told before in this period, so that there is a message to follow. */
  readonly told: readonly ToldSignal[];
}

/**
 * Measures every live budget and writes what is told of it, in the caller's transaction: whoever runs
 * it again finds nothing new. Caps are counted at the gateway, and are none of this. Four statements
 * and what is written, however many budgets there are.
 */
export async function recordCrossings(
  tx: Tx,
  args: { orgId: number; timeZone: string; now: Date },
): Promise<BudgetAlert[]> {
  const { orgId, now } = args;
  const today = localDay(now, args.timeZone);
  await lockBudgets(tx, orgId);
  const budgets = (await listLive(tx, orgId)).filter(({ kind }) => kind === "budget");
  if (budgets.length === 0) return [];
  const { warnDays } = await findBudgetPolicy(tx, orgId);
  const all = await loadProgress(tx, orgId, budgets, today);
  const since = all.map(({ burn }) => burn.period.start).reduce((a, b) => (a < b ? a : b), today);
  const toldBySlot = new Map<string, ToldSignal[]>();
  for (const crossing of await listCrossings(tx, orgId, since)) {
    const key = `${slotKey(crossing.slot)} ${crossing.periodStart}`;
    toldBySlot.set(key, [...(toldBySlot.get(key) ?? []), crossing]);
  }
  const alerts: BudgetAlert[] = [];
  for (const progress of all) {
    const { budget, burn } = progress;
    const told = toldBySlot.get(`${slotKey(budget)} ${burn.period.start}`) ?? [];
    const { period, thresholds, unit } = budget;
    const changes = changesOf({ burn, thresholds, unit, period, warnDays, told, today });
    const { crossed, reopened, resolved } = changes;
    if (crossed.length + reopened.length + resolved.length > 0) {
      alerts.push({ progress, changes, told });
    }
  }
  await writeChanges(tx, orgId, alerts, now);
  return alerts;
}

async function writeChanges(
  tx: Tx,
  orgId: number,
  alerts: readonly BudgetAlert[],
  now: Date,
): Promise<void> {
  const place = ({ budget, burn }: Progress) => {
    const { subject, kind, period, unit } = budget;
    return { slot: { subject, kind, period, unit }, periodStart: burn.period.start };
  };
  const each = (of: (changes: SignalChanges) => readonly ToldSignal[]) =>
    alerts.flatMap(({ progress, changes }) =>
      of(changes).map(({ signal, amount }) => ({ ...place(progress), signal, amount })),
    );
  await insertCrossings(
    tx,
    orgId,
    alerts.flatMap(({ progress, changes }) =>
      changes.crossed.map((signal) => ({
        ...place(progress),
        signal,
        amount: progress.burn.limit,
        spent: progress.burn.spent,
      })),
    ),
    now,
  );
  await settleCrossings(
    tx,
    orgId,
    each(({ resolved }) => resolved),
    now,
  );
  await settleCrossings(
    tx,
    orgId,
    each(({ reopened }) => reopened),
    undefined,
  );
}
