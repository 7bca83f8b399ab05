import { mean as meanOf } from "d3-array";

/** The mean; 0 of nothing, since a series without days spends nothing. */
export function mean(values: readonly number[]): number {
  return meanOf(values) ?? 0;
}

export function clip(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Standard deviation over mean, of the population; 0 where the mean is 0. */
export function variation(values: readonly number[]): number {
  const centre = mean(values);
  if (centre === 0) return 0;
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2))) / centre;
}

/** Exponentially weighted mean, the last value weighing most; `halfLife` in values. */
export function weightedMean(values: readonly number[], halfLife: number): number {
  let sum = 0;
  let weights = 0;
  for (const [index, value] of values.entries()) {
    const weight = 0.5 ** ((values.length - 1 - index) / halfLife);
    sum += weight * value;
    weights += weight;
  }
  return weights === 0 ? 0 : sum / weights;
}
