import type { Db } from "../db/db.ts";
import { coverage } from "../ledger/spend.ts";
import { divideHalfEven, type NanoUsd } from "../money.ts";
import { findKpiTargets } from "../org/target.ts";
import { priceUsage } from "../pricing/cost.ts";
import type { PriceBook } from "../pricing/price-book.ts";
import { addDays, type Day, type Period, startOfDay, startOfWeek } from "../time.ts";
import { combinedSaving, type Lever, type LeverCell, leversOf, type TokenRates } from "./lever.ts";
import { type CacheHygiene, hygieneOf } from "./lever-cache.ts";
import {
  type CellRow,
  type DetailRow,
  type LeverScope,
  listActiveHours,
  listCells,
  listDetails,
  listUsedModels,
  type UsedModel,
} from "./lever-store.ts";

export type { LeverScope } from "./lever-store.ts";

export interface LeverSearch {
  readonly week: Period;
  /** Spend of the week in the scope. */
  readonly cost: NanoUsd;
  readonly workflowCost: NanoUsd;
  /** Allocate before optimising: below it no lever is advised. */
  readonly coverageTarget: number;
  readonly isCovered: boolean;
  readonly levers: readonly Lever[];
  /** All levers that are no hypothesis at once, and added up as nobody should. */
  readonly combined: NanoUsd;
  readonly added: NanoUsd;
  readonly hygiene: readonly CacheHygiene[];
}

/** The last whole week, Monday to Sunday, before the day. */
export function lastWeek(today: Day): Period {
  const end = startOfWeek(today);
  return { start: addDays(end, -7), end };
}

interface Pricing {
  readonly book: PriceBook;
  readonly at: Date;
}

/** Of a million tokens of each class; where the cache has no price it costs what input does. */
function bookRates(
  { book, at }: Pricing,
  provider: string,
  model: string,
  contextTokens: number,
): TokenRates | undefined {
  const million = 1_000_000;
  const price = (tokens: { input: number; cacheRead?: number; cacheWrite5m?: number }) =>
    priceUsage(book, {
      provider,
      model,
      at,
      serviceTier: "standard",
      tokens: { ...tokens, output: million },
      requestCount: 1,
      contextTokens,
    });
  const plain = price({ input: million });
  if (plain.state !== "priced") return undefined;
  const { input, output } = plain.classes;
  const read = price({ input: million, cacheRead: million });
  const write = price({ input: million, cacheWrite5m: million });
  return {
    input,
    output,
    cacheRead: read.state === "priced" ? read.classes.cacheRead : input,
    cacheWrite: write.state === "priced" ? write.classes.cacheWrite : input,
  };
}

function paid(cost: bigint, tokens: bigint): bigint | undefined {
  return tokens <= 0n ? undefined : divideHalfEven(cost * 1_000_000n, tokens);
}

/** What was paid wins over the list: discounts and tiers are in it. */
function ratesOf(row: CellRow, listed: TokenRates): TokenRates {
  const uncached = row.input - row.cacheRead - row.cacheWrite;
  return {
    input: paid(row.inputCost, uncached) ?? listed.input,
    cacheRead: paid(row.cacheReadCost, row.cacheRead) ?? listed.cacheRead,
    cacheWrite: paid(row.cacheWriteCost, row.cacheWrite) ?? listed.cacheWrite,
    output: paid(row.outputCost, row.output) ?? listed.output,
  };
}

function waitingOf(pricing: Pricing, row: CellRow, detail: DetailRow | undefined) {
  if (detail === undefined || detail.waitingCost <= 0n) return undefined;
  const priceAt = (serviceTier: "standard" | "batch") =>
    priceUsage(pricing.book, {
      provider: row.provider ?? "",
      model: row.model ?? "",
      at: pricing.at,
      serviceTier,
      tokens: {
        input: Number(detail.waitingInput),
        cacheRead: Number(detail.waitingRead),
        cacheWrite5m: Number(detail.waitingWrite),
        output: Number(detail.waitingOutput),
      },
      requestCount: Math.max(2, Number(detail.waitingRequests)),
    });
  const standard = priceAt("standard");
  const batch = priceAt("batch");
  if (standard.state !== "priced" || batch.state !== "priced" || standard.cost === 0n) {
    return undefined;
  }
  const batchCost = divideHalfEven(detail.waitingCost * batch.cost, standard.cost);
  return { cost: detail.waitingCost, batchCost };
}

/** The busiest model of the same provider that costs at most half for the same tokens. */
function cheaperOf(pricing: Pricing, row: CellRow, rates: TokenRates, used: readonly UsedModel[]) {
  const context = Number(row.input / row.requests);
  const cost = (of: TokenRates) => row.input * of.input + row.output * of.output;
  for (const { provider, model } of used) {
    if (provider !== row.provider || model === row.model) continue;
    const there = bookRates(pricing, provider, model, context);
    if (there !== undefined && cost(there) * 2n <= cost(rates)) return { model, rates: there };
  }
  return undefined;
}

async function loadCells(
  db: Db,
  scope: LeverScope,
  week: Period,
  pricing: Pricing,
  timeZone: string,
): Promise<(LeverCell & { projectId: number })[]> {
  const rows = (await listCells(db, scope, week)).filter(({ unpriced }) => unpriced === 0n);
  const details = new Map(
    (await listDetails(db, scope, week)).map((row) => [`${row.agentId}/${row.modelId}`, row]),
  );
  const hours = new Map(
    (
      await listActiveHours(db, {
        orgId: scope.orgId,
        agentIds: [...new Set(rows.map(({ agentId }) => agentId))],
        from: startOfDay(week.start, timeZone),
        until: startOfDay(week.end, timeZone),
      })
    ).map((row) => [`${row.agentId}/${row.modelId}`, row.hours]),
  );
  const used = await listUsedModels(db, scope.orgId, { ...week, start: addDays(week.start, -28) });
  return rows.flatMap((row) => {
    const key = `${row.agentId}/${row.modelId}`;
    const detail = details.get(key);
    const context = Number(row.input / row.requests);
    const listed = bookRates(pricing, row.provider ?? "", row.model ?? "", context);
    if (listed === undefined) return [];
    const rates = ratesOf(row, listed);
    return [
      {
        ...row,
        model: row.model ?? "unknown model",
        rates,
        fixed:
          detail === undefined || detail.composedInput === 0n
            ? undefined
            : { tokens: detail.fixedTokens, ofInput: detail.composedInput },
        activeHours: hours.get(key) ?? 0,
        outputBeyond:
          detail === undefined || detail.single === 0n ? undefined : detail.outputBeyond,
        usual:
          row.usualRequests === 0n
            ? undefined
            : { input: row.usualInput, requests: row.usualRequests },
        waiting: waitingOf(pricing, row, detail),
        cheaper: cheaperOf(pricing, row, rates, used),
      },
    ];
  });
}

/**
 * The levers of a scope, from its own last whole week: no published range enters a figure. None are
 * advised where less of the spend than the target is tagged to a workflow.
 */
export async function findLevers(
  db: Db,
  args: {
    readonly scope: LeverScope;
    readonly today: Day;
    readonly now: Date;
    readonly timeZone: string;
    readonly book: PriceBook;
  },
): Promise<LeverSearch> {
  const { scope, today, now, book } = args;
  const { orgId, ...filter } = scope;
  const week = lastWeek(today);
  const { attributionCoverage: coverageTarget } = await findKpiTargets(db, orgId);
  const wanted = Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined),
  );
  const covered = await coverage(db, orgId, wanted, week);
  const cells = await loadCells(db, scope, week, { book, at: now }, args.timeZone);
  const isCovered =
    covered.workflowCost * 100n >= covered.cost * BigInt(Math.round(coverageTarget));
  const levers = isCovered ? leversOf(cells) : [];
  const measured = levers.filter(({ isHypothesis }) => !isHypothesis);
  return {
    week,
    cost: covered.cost,
    workflowCost: covered.workflowCost,
    coverageTarget,
    isCovered,
    levers,
    combined: combinedSaving(cells, measured),
    added: measured.reduce((sum, { saving }) => (sum + saving) as NanoUsd, 0n as NanoUsd),
    hygiene: hygieneOf(cells),
  };
}
