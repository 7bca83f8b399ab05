import { allocateRest } from "./remainder.ts";

/** An exact ratio; the denominator is positive. */
export interface Ratio {
  readonly n: bigint;
  readonly d: bigint;
}

/** One factor of a product, before and after; drivers are the keys of a change's factors. */
export interface Factor {
  readonly before: Ratio;
  readonly after: Ratio;
}

/**
 * A cost term as a product of factors; `rest` names a factor that is 1 minus the drivers in `less`
 * (the share of input that is neither read from nor written to the cache).
 */
export interface Term {
  readonly factors: readonly string[];
  readonly less?: readonly string[];
}

/** An exact amount: n / d nano-USD. */
type Exact = Ratio;

function add(left: Exact, right: Exact): Exact {
  if (left.d === right.d) return { n: left.n + right.n, d: left.d };
  return { n: left.n * right.d + right.n * left.d, d: left.d * right.d };
}

function factorial(count: number): bigint {
  let result = 1n;
  for (let index = 2; index <= count; index += 1) result *= BigInt(index);
  return result;
}

/** Numerators of a factor over the common denominator of both its sides. */
interface Scaled {
  readonly before: bigint;
  readonly after: bigint;
  readonly denominator: bigint;
}

function scale(factor: Factor): Scaled {
  if (factor.before.d === factor.after.d) {
    return { before: factor.before.n, after: factor.after.n, denominator: factor.before.d };
  }
  return {
    before: factor.before.n * factor.after.d,
    after: factor.after.n * factor.before.d,
    denominator: factor.before.d * factor.after.d,
  };
}

/**
 * Shapley value of each driver for the change of the sum of `terms` (Shapley 1953; the average over
 * all orders in which the drivers could have changed one after the other). A driver that did not
 * change is a null player and gets exactly 0; exchanging before and after negates every value.
 */
export function shapley(
  factors: ReadonlyMap<string, Factor>,
  terms: readonly Term[],
): Map<string, Exact> {
  const values = new Map<string, Exact>();
  for (const name of factors.keys()) values.set(name, { n: 0n, d: 1n });
  for (const term of terms) {
    for (const [name, value] of termShapley(factors, term)) {
      values.set(name, add(values.get(name) ?? { n: 0n, d: 1n }, value));
    }
  }
  return values;
}

function termShapley(factors: ReadonlyMap<string, Factor>, term: Term): Map<string, Exact> {
  const less = term.less ?? [];
  const names = [...term.factors, ...less];
  const scaled = new Map<string, Scaled>();
  for (const name of names) {
    const factor = factors.get(name);
    if (factor === undefined) throw new Error(`no factor '${name}'`);
    scaled.set(name, scale(factor));
  }
  const changed = names.filter((name) => {
    const factor = scaled.get(name);
    return factor !== undefined && factor.before !== factor.after;
  });
  const side = (name: string, after: boolean): bigint => {
    const factor = scaled.get(name);
    return factor === undefined ? 0n : after ? factor.after : factor.before;
  };
  const value = (subset: number): bigint => {
    const isAfter = (name: string) => {
      const index = changed.indexOf(name);
      return index >= 0 && (subset & (1 << index)) !== 0;
    };
    let product = 1n;
    for (const name of term.factors) product *= side(name, isAfter(name));
    return less.length === 0 ? product : product * oneMinus(less, scaled, side, isAfter);
  };
  let denominator = factorial(changed.length);
  for (const factor of scaled.values()) denominator *= factor.denominator;
  return weigh(changed, value, denominator);
}

/** (1 - a - b ...) over the product of the denominators of `names`. */
function oneMinus(
  names: readonly string[],
  scaled: ReadonlyMap<string, Scaled>,
  side: (name: string, after: boolean) => bigint,
  isAfter: (name: string) => boolean,
): bigint {
  let product = 1n;
  for (const name of names) product *= scaled.get(name)?.denominator ?? 1n;
  let rest = product;
  for (const name of names) {
    rest -= (product / (scaled.get(name)?.denominator ?? 1n)) * side(name, isAfter(name));
  }
  return rest;
}

function weigh(
  changed: readonly string[],
  value: (subset: number) => bigint,
  denominator: bigint,
): Map<string, Exact> {
  const count = changed.length;
  const known = Array.from({ length: 1 << count }, (_, subset) => value(subset));
  const weights = Array.from(
    { length: count },
    (_, size) => factorial(size) * factorial(count - size - 1),
  );
  const values = new Map<string, Exact>();
  for (const [index, name] of changed.entries()) {
    let sum = 0n;
    for (let subset = 0; subset < 1 << count; subset += 1) {
      if ((subset & (1 << index)) !== 0) continue;
      const gain = (known[subset | (1 << index)] ?? 0n) - (known[subset] ?? 0n);
      sum += (weights[bits(subset)] ?? 0n) * gain;
    }
    values.set(name, { n: sum, d: denominator });
  }
  return values;
}

function bits(subset: number): number {
  let count = 0;
  for (let rest = subset; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

/**
 * Whole nano-USD per driver that add up to `total` exactly: each value cut towards zero, the rest
 * by largest remainder. `total` must be the exact sum of the values.
 */
export function roundToTotal(
  values: ReadonlyMap<string, Exact>,
  total: bigint,
): Map<string, bigint> {
  const entries = [...values];
  const parts = entries.map(([, value]) => value.n / value.d);
  const remainders = entries.map(([, value]) => ({ n: value.n % value.d, d: value.d }));
  const rounded = allocateRest(total, parts, remainders);
  return new Map(entries.map(([name], index) => [name, rounded[index] ?? 0n]));
}
