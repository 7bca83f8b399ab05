import { allocate, parseUsd } from "#core/money.ts";
import { AGENTS } from "./agents.ts";
import { type Calendar, isWithinMonth } from "./calendar.ts";
import { WORKFLOWS, type Workflow } from "./cast.ts";
import { type Coin, moveCostBy } from "./exact-cost.ts";
import type { Rate } from "./rates.ts";
import { type Shape, shapesOf } from "./shape.ts";

/** A shape with its figures: what becomes one ledger entry. */
export interface Usage {
  readonly shape: Shape;
  readonly rate: Rate;
  calls: bigint;
  input: bigint;
  /** Of `input`, read from the cache. */
  cached: bigint;
  output: bigint;
}

/**
 * All usage of the six workflows. In the last full calendar month each workflow has exactly the
 * calls, the input tokens and, to the nano-dollar, the cost of its line in the itemized ledger; the
 * other days are made by the same measure.
 */
export function usageOf(calendar: Calendar, rateOf: (shape: Shape) => Rate): Usage[] {
  return WORKFLOWS.flatMap((workflow) => {
    const agents = AGENTS.filter((agent) => agent.workflow === workflow.name);
    const usage = agents
      .flatMap((agent) => shapesOf(agent, calendar))
      .map((shape) => ({
        shape,
        rate: rateOf(shape),
        calls: 0n,
        input: 0n,
        cached: 0n,
        output: 0n,
      }));
    const month = usage.filter(({ shape }) => isWithinMonth(calendar, shape.hour));
    const rest = usage.filter(({ shape }) => !isWithinMonth(calendar, shape.hour));
    const measure = fitMonth(workflow, month);
    for (const one of rest) measure(one);
    return usage.filter(({ calls }) => calls > 0n);
  });
}

/** Fills the month exactly and returns what fills any other usage by the same measure. */
function fitMonth(workflow: Workflow, month: Usage[]): (usage: Usage) => void {
  const calls = BigInt(workflow.calls);
  const callsPer = spread(month, "calls", calls, (one) => one.shape.calls);
  const input = calls * BigInt(workflow.averageInput);
  const inputPer = spread(month, "input", input, (one) => Number(one.calls) * one.shape.input);
  const cost = parseUsd(workflow.costUsd);
  const [outputPer, cachedPer] =
    workflow.averageOutput === undefined
      ? fitByOutput(month, cost)
      : fitByCache(month, cost, calls * BigInt(workflow.averageOutput));
  return (one) => {
    one.calls = times(callsPer, one.shape.calls);
    one.input = times(inputPer, Number(one.calls) * one.shape.input);
    one.cached = times(cachedPer, Number(one.input) * one.shape.cached);
    one.output = times(outputPer, Number(one.calls) * one.shape.output);
  };
}

/** The cache is as the shapes say; the output makes the cost. */
function fitByOutput(month: Usage[], cost: bigint): [number, number] {
  for (const one of month) one.cached = times(1, Number(one.input) * one.shape.cached);
  const left = cost - costOf(month);
  const share = (one: Usage) => Number(one.calls * one.rate.output) * one.shape.output;
  const parts = allocate(left, month.map(share).map(weight));
  for (const [index, one] of month.entries()) {
    one.output = (parts[index] ?? 0n) / one.rate.output;
  }
  moveCostBy(cost - costOf(month), [
    ...largestByModel(month, "output").map(outputCoin),
    ...largestByModel(month, "cached").map(cacheCoin),
    ...swapCoins(month),
  ]);
  const tokens = month.reduce((sum, one) => sum + Number(one.output), 0);
  return [tokens / total(month, (one) => Number(one.calls) * one.shape.output), 1];
}

/** The output is given; how much input is read from the cache makes the cost. */
function fitByCache(month: Usage[], cost: bigint, output: bigint): [number, number] {
  const outputPer = spread(month, "output", output, (one) => Number(one.calls) * one.shape.output);
  const saved = costOf(month) - cost;
  const saving = ({ rate }: Usage) => rate.input - rate.cached;
  const share = (one: Usage) => Number(one.input * saving(one)) * one.shape.cached;
  const parts = allocate(saved, month.map(share).map(weight));
  for (const [index, one] of month.entries()) one.cached = (parts[index] ?? 0n) / saving(one);
  moveCostBy(cost - costOf(month), [
    ...largestByModel(month, "cached").map(cacheCoin),
    ...swapCoins(month),
  ]);
  const tokens = month.reduce((sum, one) => sum + Number(one.cached), 0);
  return [outputPer, tokens / total(month, (one) => Number(one.input) * one.shape.cached)];
}

function costOf(usage: readonly Usage[]): bigint {
  return usage.reduce(
    (sum, { rate, input, cached, output }) =>
      sum + (input - cached) * rate.input + cached * rate.cached + output * rate.output,
    0n,
  );
}

/** Splits `amount` over the usage and returns how much came on one unit of weight. */
function spread(
  usage: Usage[],
  field: "calls" | "input" | "output",
  amount: bigint,
  weigh: (one: Usage) => number,
): number {
  const parts = allocate(amount, usage.map(weigh).map(weight));
  for (const [index, one] of usage.entries()) one[field] = parts[index] ?? 0n;
  return Number(amount) / total(usage, weigh);
}

function total(usage: readonly Usage[], weigh: (one: Usage) => number): number {
  return usage.reduce((sum, one) => sum + weigh(one), 0);
}

function times(per: number, units: number): bigint {
  return BigInt(Math.round(per * units));
}

/** Whole numbers for `allocate`, fine enough for shares that are far below 1. */
function weight(value: number): bigint {
  return BigInt(Math.round(value * 1e6));
}

/** For each model the entry with most of a kind of token: it bears the last cents without a trace. */
function largestByModel(usage: readonly Usage[], field: "input" | "cached" | "output"): Usage[] {
  const largest = new Map<string, Usage>();
  for (const one of usage) {
    const { model, tier } = one.shape.model;
    const found = largest.get(`${model} ${tier}`);
    if (found === undefined || one[field] > found[field]) largest.set(`${model} ${tier}`, one);
  }
  return [...largest.values()].filter((one) => one[field] >= ENOUGH_TOKENS);
}

/** More than the last cents ever take from one entry. */
const ENOUGH_TOKENS = 1000n;

function outputCoin(one: Usage): Coin {
  return {
    value: one.rate.output,
    change: (count) => {
      one.output += count;
    },
  };
}

/** A token read afresh instead of from the cache. */
function cacheCoin(one: Usage): Coin {
  return {
    value: one.rate.input - one.rate.cached,
    change: (count) => {
      one.cached -= count;
    },
  };
}

/** A token of input moved between two models of different price; the sum of input stays. */
function swapCoins(usage: readonly Usage[]): Coin[] {
  const [dear, ...others] = largestByModel(usage, "input").sort((a, b) =>
    a.rate.input < b.rate.input ? 1 : -1,
  );
  if (dear === undefined) return [];
  return others
    .filter((other) => other.rate.input !== dear.rate.input)
    .map((other) => ({
      value: dear.rate.input - other.rate.input,
      change: (count) => {
        dear.input += count;
        other.input -= count;
      },
    }));
}
