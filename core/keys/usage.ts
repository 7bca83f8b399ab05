import { budgetPeriodAt } from "../budgets/calendar.ts";
import type { Budget } from "../budgets/schema.ts";
import { listLiveBudgets } from "../budgets/service.ts";
import type { Db } from "../db/db.ts";
import { spendBy } from "../ledger/spend.ts";
import { divideHalfEven, NANO_PER_USD } from "../money.ts";
import { addDays, type Day, type Period } from "../time.ts";
import type { VirtualKey } from "./schema.ts";

export interface KeyUsage {
  readonly key: VirtualKey;
  /** Its live cap; the shortest period where there are several. */
  readonly cap: Budget | undefined;
  /** In the cap's running period; of the running month where there is none. */
  readonly spent: bigint;
  /** In the last 30 days and today. */
  readonly lately: bigint;
}

const ALL = 10_000;
const SHORTEST_FIRST = ["day", "week", "month", "quarter", "year"] as const;

async function spentByKey(db: Db, orgId: number, period: Period): Promise<Map<number, bigint>> {
  const lines = await spendBy(db, orgId, {}, period, "key", ALL);
  return new Map(lines.map(({ id, measures }) => [id, measures.cost]));
}

/** What the ledger has of each key against its cap. */
export async function loadUsage(
  db: Db,
  orgId: number,
  keys: readonly VirtualKey[],
  today: Day,
): Promise<KeyUsage[]> {
  if (keys.length === 0) return [];
  const live = await listLiveBudgets(db, orgId);
  const caps = live.filter(({ kind, subject }) => kind === "cap" && subject.kind === "key");
  const tomorrow = addDays(today, 1);
  const lately = await spentByKey(db, orgId, { start: addDays(today, -30), end: tomorrow });
  const byPeriod = new Map<Budget["period"], Map<number, bigint>>();
  const capOf = ({ dimensionId }: VirtualKey) =>
    SHORTEST_FIRST.flatMap((period) =>
      caps.filter((cap) => cap.subject.id === dimensionId && cap.period === period),
    )[0];
  for (const period of new Set(keys.map((key) => capOf(key)?.period ?? "month"))) {
    const { start } = budgetPeriodAt(period, today);
    byPeriod.set(period, await spentByKey(db, orgId, { start, end: tomorrow }));
  }
  return keys.map((key) => {
    const cap = capOf(key);
    return {
      key,
      cap,
      spent: byPeriod.get(cap?.period ?? "month")?.get(key.dimensionId) ?? 0n,
      lately: lately.get(key.dimensionId) ?? 0n,
    };
  });
}

/** At least so many keys before one says anything about another. */
const ENOUGH = 3;
/** What a cap is rounded up to, in tenths of its power of ten. */
const STEPS = [10n, 15n, 20n, 25n, 30n, 40n, 50n, 75n, 100n];

export interface Suggestion {
  /** What similar keys use in 30 days, the middle one. */
  readonly median: bigint;
  /** A cap a month that would do: the median and 30%, rounded up to a round amount. */
  readonly cap: bigint;
  readonly keys: number;
}

/**
 * Pure: from what similar keys used in 30 days. Undefined with fewer than three that used
 * anything.
 */
export function suggestCap(used: readonly bigint[]): Suggestion | undefined {
  const sorted = used.filter((amount) => amount > 0n).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  if (sorted.length < ENOUGH) return undefined;
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0n;
  const lower = sorted.length % 2 === 1 ? upper : (sorted[middle - 1] ?? 0n);
  const median = divideHalfEven(lower + upper, 2n);
  return { median, cap: roundUp((median * 13n) / 10n), keys: sorted.length };
}

function roundUp(amount: bigint): bigint {
  let power = NANO_PER_USD;
  while (power * 10n < amount) power *= 10n;
  const step = STEPS.find((tenths) => (power * tenths) / 10n >= amount) ?? 100n;
  return (power * step) / 10n;
}

/** Keys that do a similar thing: of the same environment, else of the same scopes. */
export function similarKeys(
  usages: readonly KeyUsage[],
  like: { environment: string | undefined; scopeIds: readonly number[] },
): KeyUsage[] {
  const revealed = usages.filter(({ key }) => key.revealedAt !== undefined);
  const same = revealed.filter(
    ({ key }) => like.environment !== undefined && key.environment === like.environment,
  );
  if (same.length >= ENOUGH) return same;
  return revealed.filter(({ key }) => like.scopeIds.includes(key.scopeId));
}

export function isOver({ cap, spent }: KeyUsage): boolean {
  return cap !== undefined && spent >= cap.amount;
}
