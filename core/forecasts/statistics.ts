/** The mean; 0 of nothing, since a series without days spends nothing. */
export function mean(values: ArrayLike<number>): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum / values.length;
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
export function weightedMean(values: ArrayLike<number>, halfLife: number): number {
  // A forecast of every scope fits this some hundred thousand times: no power for each value.
  const decay = 0.5 ** (1 / halfLife);
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < values.length; index += 1) {
    sum = sum * decay + (values[index] ?? 0);
    weights = weights * decay + 1;
  }
  return weights === 0 ? 0 : sum / weights;
}

/** The quantile at `share` (0 to 1), linear between neighbours; 0 of nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return 0;
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? 0;
  return low + (high - low) * (place - below);
}
