/** One measured figure against its bar. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The bar as words: "at least 0.14". */
  readonly bar: string;
  readonly ok: boolean;
}

export function atLeast(name: string, value: number, unit: string, bar: number): Figure {
  return { name, value: rounded(value), unit, bar: `at least ${bar}`, ok: value >= bar };
}

export function atMost(name: string, value: number, unit: string, bar: number): Figure {
  return { name, value: rounded(value), unit, bar: `at most ${bar}`, ok: value <= bar };
}

/** A figure without a bar: context for the others, never a failure. */
export function context(name: string, value: number, unit: string): Figure {
  return { name, value: rounded(value), unit, bar: "none", ok: true };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The p-th percentile (0-100) of the values, by the nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)];
  if (value === undefined) throw new Error("a percentile needs values");
  return value;
}

/** What every benchmark file exports, under the name in its registry entry. */
export interface BenchOptions {
  /** How often it is repeated, where it is. */
  readonly runs: number | undefined;
}

export interface Bench {
  readonly name: string;
  readonly about: string;
  /** Yields figures as they are measured; `progress` says what goes on, for people who wait. */
  readonly run: (progress: (text: string) => void, options: BenchOptions) => AsyncGenerator<Figure>;
  /** It takes minutes: only when it is named. */
  readonly isLong?: boolean;
}
