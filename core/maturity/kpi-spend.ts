import type { Accuracy } from "#core/forecasts/accuracy.ts";
import type { WorkflowCost } from "#core/ledger/workload.ts";
import { formatUsd, saidUsd, usdDecimal } from "#core/money.ts";
import type { KpiTargets, WorkflowTarget } from "#core/org/target.ts";
import { type Measured, unknown } from "./kpi.ts";
import type { Kpi } from "./schema.ts";
import type { SpendShares } from "./store.ts";

const CONNECT = "connect a source of usage: POST /v1/usage or a gateway";

/** Percent, or undefined where there is no whole. */
function percentOf(part: bigint, whole: bigint): number | undefined {
  return whole > 0n ? (Number(part) / Number(whole)) * 100 : undefined;
}

function said(percent: number): string {
  return `${percent.toFixed(1)}%`;
}

function figure(percent: number) {
  return { amount: percent.toFixed(1), unit: "percent" };
}

/** Two months of one measure. */
export interface Two<T> {
  readonly now: T;
  readonly before: T;
}

export function attributionCoverage(
  workflowCost: Two<bigint>,
  shares: Two<SpendShares>,
  { attributionCoverage: target }: KpiTargets,
): Measured {
  const targetSaid = `above ${target}%`;
  const now = percentOf(workflowCost.now, shares.now.cost);
  if (now === undefined) return unknown(targetSaid, CONNECT);
  return {
    reading: { now, before: percentOf(workflowCost.before, shares.before.cost) },
    figure: figure(now),
    valueSaid: said(now),
    targetSaid,
    status: now > target ? "met" : "missed",
    unit: "points",
    ...(now > target ? {} : { missing: "tag the rest: /aispend unattributed" }),
  };
}

export function forecastAccuracy(
  of: Two<Accuracy | undefined>,
  { forecastAccuracy: target }: KpiTargets,
): Measured {
  const targetSaid = `within ${target}%`;
  const error = of.now?.error;
  if (error === undefined) {
    return unknown(targetSaid, "wait for the first month that was forecast to end");
  }
  const now = error * 100;
  const before = of.before?.error;
  return {
    reading: { now, before: before === undefined ? undefined : before * 100 },
    figure: figure(now),
    valueSaid: `${said(now)} off over ${of.now?.forecasts ?? 0} forecasts`,
    targetSaid,
    status: now <= target ? "met" : "missed",
    unit: "points",
  };
}

const PARTS = 10;

function byWorkflow(
  rows: readonly WorkflowCost[],
  names: ReadonlyMap<number, string>,
  share: (one: WorkflowCost) => { part: bigint; whole: bigint },
  statusOf: (name: string, percent: number) => Kpi["status"],
): Kpi["parts"] {
  const sums = new Map<number, { part: bigint; whole: bigint; cost: bigint }>();
  for (const row of rows) {
    const sum = sums.get(row.workflowId) ?? { part: 0n, whole: 0n, cost: 0n };
    const { part, whole } = share(row);
    sums.set(row.workflowId, {
      part: sum.part + part,
      whole: sum.whole + whole,
      cost: sum.cost + row.cost,
    });
  }
  return [...sums]
    .sort(([, a], [, b]) => (a.cost < b.cost ? 1 : -1))
    .flatMap(([id, { part, whole }]) => {
      const percent = percentOf(part, whole);
      const name = names.get(id);
      if (percent === undefined || name === undefined) return [];
      return [{ name, valueSaid: said(percent), status: statusOf(name, percent) }];
    })
    .slice(0, PARTS);
}

export interface Workflows {
  readonly rows: readonly WorkflowCost[];
  readonly names: ReadonlyMap<number, string>;
  readonly targets: ReadonlyMap<string, WorkflowTarget>;
}

export function inputShare(shares: Two<SpendShares>, { rows, names }: Workflows): Measured {
  const now = percentOf(shares.now.inputCost, shares.now.cost);
  if (now === undefined) return unknown("tracked, no cap", CONNECT);
  return {
    reading: { now, before: percentOf(shares.before.inputCost, shares.before.cost) },
    figure: figure(now),
    valueSaid: said(now),
    targetSaid: "tracked, no cap",
    status: "tracked",
    unit: "points",
    parts: byWorkflow(
      rows,
      names,
      (one) => ({ part: one.inputCost, whole: one.cost }),
      () => "tracked",
    ),
  };
}

export function cacheHitRate(
  shares: Two<SpendShares>,
  { rows, names, targets }: Workflows,
  { cacheHitRate: target }: KpiTargets,
): Measured {
  const targetSaid = target === undefined ? "per workload" : `above ${target}%`;
  const now = percentOf(shares.now.cacheReadTokens, shares.now.inputTokens);
  if (now === undefined) return unknown(targetSaid, CONNECT);
  return {
    reading: { now, before: percentOf(shares.before.cacheReadTokens, shares.before.inputTokens) },
    figure: figure(now),
    valueSaid: said(now),
    targetSaid,
    status: target === undefined ? "tracked" : now > target ? "met" : "missed",
    unit: "points",
    parts: byWorkflow(
      rows,
      names,
      (one) => ({ part: one.cacheReadTokens, whole: one.inputTokens }),
      (name, percent) => {
        const own = targets.get(name)?.cacheHitPercent ?? target;
        return own === undefined ? "tracked" : percent >= own ? "met" : "missed";
      },
    ),
  };
}

/** Budget and spend of the same scopes; undefined where nothing was approved for the month. */
export type Approved = { readonly budget: bigint; readonly actual: bigint } | undefined;

export function budgetVariance(
  of: Two<Approved>,
  isOver: boolean,
  { budgetVariance: target }: KpiTargets,
): Measured {
  const targetSaid = `within ${target}%`;
  const variance = (one: Approved) => one && percentOf(one.actual - one.budget, one.budget);
  const now = variance(of.now);
  if (of.now === undefined || now === undefined) {
    return unknown(
      targetSaid,
      "set a budget, it counts from its month on: /aispend budget suggest org",
    );
  }
  if (!isOver) return unknown(targetSaid, "wait for the month to end");
  const sign = now >= 0 ? "+" : "-";
  return {
    reading: { now, before: variance(of.before) },
    figure: figure(now),
    valueSaid:
      `${sign}${said(Math.abs(now))}: ` + `${saidUsd(of.now.actual)} of ${saidUsd(of.now.budget)}`,
    targetSaid,
    status: Math.abs(now) <= target ? "met" : "missed",
    unit: "points",
  };
}

export function headroom(of: Approved): Measured {
  if (of === undefined) {
    return unknown(
      "above $0",
      "set a budget, it counts from its month on: /aispend budget suggest org",
    );
  }
  const left = of.budget - of.actual;
  return {
    reading: { now: Number(left), before: undefined },
    figure: { amount: usdDecimal(left), unit: "USD" },
    valueSaid: left >= 0n ? `${saidUsd(left)} left` : `${saidUsd(-left)} over`,
    targetSaid: "above $0",
    status: left >= 0n ? "met" : "missed",
  };
}

export function costPerRequest(shares: Two<SpendShares>): Measured {
  const each = ({ cost, requests }: SpendShares) =>
    requests > 0n ? Number(cost) / Number(requests) : undefined;
  const now = each(shares.now);
  if (now === undefined) return unknown("tracked", CONNECT);
  const nano = BigInt(Math.round(now));
  return {
    reading: { now, before: each(shares.before) },
    figure: { amount: usdDecimal(nano), unit: "USD" },
    valueSaid: formatUsd(nano, 4),
    targetSaid: "tracked",
    status: "tracked",
  };
}

export function gatewayBypass(shares: Two<SpendShares>, virtualKeys: number): Measured {
  if (virtualKeys === 0) return unknown("down", "issue virtual keys: /aispend key request");
  const around = ({ cost, keyedCost }: SpendShares) => percentOf(cost - keyedCost, cost);
  const now = around(shares.now);
  if (now === undefined) return unknown("down", CONNECT);
  return {
    reading: { now, before: around(shares.before) },
    figure: figure(now),
    valueSaid: said(now),
    targetSaid: "tracked",
    status: "tracked",
    unit: "points",
  };
}

export function timeToKey(
  of: Two<{ readonly hours: number | null; readonly keys: number }>,
): Measured {
  const { hours, keys } = of.now;
  if (hours === null) return unknown("tracked", "ask for keys in chat: /aispend key request");
  const text = hours < 1 ? `${Math.round(hours * 60)} minutes` : `${hours.toFixed(1)} hours`;
  return {
    reading: { now: hours, before: of.before.hours ?? undefined },
    figure: { amount: hours.toFixed(2), unit: "hours" },
    valueSaid: `${text} (median of ${keys})`,
    targetSaid: "tracked",
    status: "tracked",
  };
}
