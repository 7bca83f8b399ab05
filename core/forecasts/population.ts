import { mean, quantile } from "./statistics.ts";

/** How spend is spread over users or workloads, in nano-USD; heavy-tailed, so never by its mean. */
export interface Distribution {
  readonly count: number;
  readonly p50: bigint;
  readonly p90: bigint;
  readonly p99: bigint;
  /** Of the dearest twentieth: its share of all, in whole percent; undefined where that is somebody. */
  readonly topTwentiethPercent: number | undefined;
  readonly fitted: boolean;
}

/** domain.md section 6: an aggregate covers at least so many people. */
export const PEOPLE_AT_LEAST = 5;
const PRIOR_SIGMA = 2;
const PRIOR_WORTH = 4;
const Z90 = 1.2815515655446004;
const Z99 = 2.3263478740408408;

function cents(value: number): bigint {
  return BigInt(Math.round(value / 1e7)) * 10_000_000n;
}

/** Two leading digits: what a fit over few people says is no more exact, and tells less of one. */
function coarse(value: number): bigint {
  return value < 1e7 ? cents(value) : cents(Number(value.toPrecision(2)));
}

/**
 * Spend per person, from a log-normal fit of the whole population with its spread drawn to the one that
 * is usual (sigma about 2): no quantile is the amount of one person. Undefined under five.
 */
export function personDistribution(amounts: readonly bigint[]): Distribution | undefined {
  const logs = amounts.filter((amount) => amount > 0n).map((amount) => Math.log(Number(amount)));
  if (logs.length < PEOPLE_AT_LEAST) return undefined;
  const centre = mean(logs);
  const squares = logs.reduce((sum, log) => sum + (log - centre) ** 2, 0);
  const spread = Math.sqrt(
    (squares + PRIOR_WORTH * PRIOR_SIGMA ** 2) / (logs.length - 1 + PRIOR_WORTH),
  );
  return {
    count: logs.length,
    p50: coarse(Math.exp(centre)),
    p90: coarse(Math.exp(centre + Z90 * spread)),
    p99: coarse(Math.exp(centre + Z99 * spread)),
    topTwentiethPercent: undefined,
    fitted: true,
  };
}

/** Spend per workload: workflows are no people, and are counted as they are. Undefined for none. */
export function workloadDistribution(amounts: readonly bigint[]): Distribution | undefined {
  const values = amounts
    .filter((amount) => amount > 0n)
    .map(Number)
    .sort((a, b) => b - a);
  if (values.length === 0) return undefined;
  const all = values.reduce((sum, value) => sum + value, 0);
  const top = values.slice(0, Math.ceil(values.length / 20)).reduce((sum, value) => sum + value, 0);
  const at = (share: number) => cents(quantile(values, share));
  return {
    count: values.length,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    topTwentiethPercent: Math.round((top * 100) / all),
    fitted: false,
  };
}
