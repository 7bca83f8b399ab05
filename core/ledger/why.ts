import { absolute, type NanoUsd, nanoUsd } from "#core/money.ts";
import type { Measures } from "./measures.ts";
import { type Factor, type Ratio, roundToTotal, shapley, type Term } from "./shapley.ts";

/** What can make spend change; each part of a `Why` belongs to one. */
export const DRIVERS = [
  "requests",
  "model_mix",
  "input_per_request",
  "cache_share",
  "cache_write",
  "output_per_request",
  "price_input",
  "price_cache_read",
  "price_cache_write",
  "price_output",
  "price_other",
  "charges_without_calls",
] as const;
export type Driver = (typeof DRIVERS)[number];

/** The measures of one agent and model in both periods; absent = no entry there. */
export interface WhyCell {
  readonly agentId: number;
  readonly modelId: number;
  readonly before: Measures | undefined;
  readonly after: Measures | undefined;
}

export interface WhyCellParts {
  readonly agentId: number;
  readonly modelId: number;
  readonly change: NanoUsd;
  readonly parts: Readonly<Record<Driver, NanoUsd>>;
}

export interface Why {
  readonly before: NanoUsd;
  readonly after: NanoUsd;
  readonly change: NanoUsd;
  /** Parts over all cells; they add up to `change` exactly. */
  readonly parts: Readonly<Record<Driver, NanoUsd>>;
  /** Every agent and model, the one that moved most first. */
  readonly cells: readonly WhyCellParts[];
}

const ZERO: Ratio = { n: 0n, d: 1n };

/** n / d when there is something to divide by. */
function ratio(n: bigint, d: bigint): Ratio | undefined {
  if (d === 0n) return undefined;
  return d < 0n ? { n: -n, d: -d } : { n, d };
}

/**
 * A side without a value did not change it: the driver keeps the other side's, and earns nothing.
 */
function factor(before: Ratio | undefined, after: Ratio | undefined): Factor {
  const left = before ?? after ?? ZERO;
  return { before: left, after: after ?? left };
}

/** What one side of a cell costs, split by class; the rest has no tokens to be priced by. */
interface Side {
  readonly requests: bigint;
  readonly input: bigint;
  readonly read: bigint;
  readonly write: bigint;
  readonly output: bigint;
  readonly inputCost: bigint;
  readonly readCost: bigint;
  readonly writeCost: bigint;
  readonly outputCost: bigint;
  readonly otherCost: bigint;
  /** Charges where no call was made (fees, corrections): no driver but themselves. */
  readonly uncalled: bigint;
}

const EMPTY_SIDE: Side = {
  requests: 0n,
  input: 0n,
  read: 0n,
  write: 0n,
  output: 0n,
  inputCost: 0n,
  readCost: 0n,
  writeCost: 0n,
  outputCost: 0n,
  otherCost: 0n,
  uncalled: 0n,
};

function sideOf(measures: Measures | undefined): Side {
  if (measures === undefined) return EMPTY_SIDE;
  if (measures.requests === 0n) return { ...EMPTY_SIDE, uncalled: measures.cost };
  const input = measures.inputTokens;
  const read = input === 0n ? 0n : measures.cacheReadTokens;
  const write = input === 0n ? 0n : measures.cacheWriteTokens;
  const priced = (tokens: bigint, cost: bigint) => (tokens === 0n ? 0n : cost);
  const inputCost = priced(input === 0n ? 0n : input - read - write, measures.inputCost);
  const readCost = priced(read, measures.cacheReadCost);
  const writeCost = priced(write, measures.cacheWriteCost);
  const outputCost = priced(measures.outputTokens, measures.outputCost + measures.reasoningCost);
  return {
    requests: measures.requests,
    input,
    read,
    write,
    output: measures.outputTokens,
    inputCost,
    readCost,
    writeCost,
    outputCost,
    otherCost: measures.cost - inputCost - readCost - writeCost - outputCost,
    uncalled: 0n,
  };
}

const TERMS: readonly Term[] = [
  {
    factors: ["requests", "model_mix", "input_per_request", "price_input"],
    less: ["cache_share", "cache_write"],
  },
  { factors: ["requests", "model_mix", "input_per_request", "cache_share", "price_cache_read"] },
  { factors: ["requests", "model_mix", "input_per_request", "cache_write", "price_cache_write"] },
  { factors: ["requests", "model_mix", "output_per_request", "price_output"] },
  { factors: ["requests", "model_mix", "price_other"] },
];

function cellFactors(
  before: Side,
  after: Side,
  agentBefore: bigint,
  agentAfter: bigint,
): Map<string, Factor> {
  const of = (value: (side: Side) => Ratio | undefined) => factor(value(before), value(after));
  return new Map<string, Factor>([
    ["requests", { before: { n: agentBefore, d: 1n }, after: { n: agentAfter, d: 1n } }],
    ["model_mix", factor(ratio(before.requests, agentBefore), ratio(after.requests, agentAfter))],
    ["input_per_request", of((side) => ratio(side.input, side.requests))],
    ["cache_share", of((side) => ratio(side.read, side.input))],
    ["cache_write", of((side) => ratio(side.write, side.input))],
    ["output_per_request", of((side) => ratio(side.output, side.requests))],
    ["price_input", of((side) => ratio(side.inputCost, side.input - side.read - side.write))],
    ["price_cache_read", of((side) => ratio(side.readCost, side.read))],
    ["price_cache_write", of((side) => ratio(side.writeCost, side.write))],
    ["price_output", of((side) => ratio(side.outputCost, side.output))],
    ["price_other", of((side) => ratio(side.otherCost, side.requests))],
  ]);
}

function emptyParts(): Record<Driver, bigint> {
  return Object.fromEntries(DRIVERS.map((driver) => [driver, 0n])) as Record<Driver, bigint>;
}

function explainCell(
  cell: WhyCell,
  agentBefore: bigint,
  agentAfter: bigint,
): { change: bigint; parts: Record<Driver, bigint> } {
  const before = sideOf(cell.before);
  const after = sideOf(cell.after);
  const parts = emptyParts();
  const uncalled = after.uncalled - before.uncalled;
  const change = (cell.after?.cost ?? 0n) - (cell.before?.cost ?? 0n);
  const values = shapley(cellFactors(before, after, agentBefore, agentAfter), TERMS);
  const rounded = roundToTotal(values, change - uncalled);
  for (const driver of DRIVERS) parts[driver] = rounded.get(driver) ?? 0n;
  parts.charges_without_calls = uncalled;
  return { change, parts };
}

/**
 * Splits the change of spend between two periods exactly, to the nano-dollar, into its drivers: the
 * Shapley average over all orders of change, per agent and model, the model mix being a model's
 * share of its agent's requests. Cells hold every agent and model of either period.
 */
export function explain(cells: readonly WhyCell[]): Why {
  const agents = new Map<number, { before: bigint; after: bigint }>();
  for (const cell of cells) {
    const sum = agents.get(cell.agentId) ?? { before: 0n, after: 0n };
    sum.before += cell.before?.requests ?? 0n;
    sum.after += cell.after?.requests ?? 0n;
    agents.set(cell.agentId, sum);
  }
  const total = emptyParts();
  const explained = cells.map((cell) => {
    const agent = agents.get(cell.agentId) ?? { before: 0n, after: 0n };
    const { change, parts } = explainCell(cell, agent.before, agent.after);
    for (const driver of DRIVERS) total[driver] += parts[driver];
    return {
      agentId: cell.agentId,
      modelId: cell.modelId,
      change: nanoUsd(change),
      parts: branded(parts),
    };
  });
  const before = cells.reduce((sum, cell) => sum + (cell.before?.cost ?? 0n), 0n);
  const after = cells.reduce((sum, cell) => sum + (cell.after?.cost ?? 0n), 0n);
  return {
    before: nanoUsd(before),
    after: nanoUsd(after),
    change: nanoUsd(after - before),
    parts: branded(total),
    cells: explained.sort((a, b) => compareMagnitude(b.change, a.change)),
  };
}

function compareMagnitude(left: bigint, right: bigint): number {
  const a = absolute(left);
  const b = absolute(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

function branded(parts: Record<Driver, bigint>): Record<Driver, NanoUsd> {
  return parts as Record<Driver, NanoUsd>;
}
