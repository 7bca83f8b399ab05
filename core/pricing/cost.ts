import type { ServiceTier, Tokens } from "#core/ledger/schema.ts";
import { allocate, divideHalfEven, type NanoUsd, nanoUsd } from "#core/money.ts";
import { intervalAt, type PriceBook, timelineOf } from "./price-book.ts";
import type { Rates, Tariff } from "./tariff.ts";
import type { DayTariff, Unpriced } from "./timeline.ts";

export interface Usage {
  readonly provider: string;
  readonly model: string;
  readonly at: Date;
  readonly serviceTier: ServiceTier;
  readonly region?: string | undefined;
  /** OpenTelemetry's counts: input includes cache reads and writes, output includes reasoning. */
  readonly tokens: Readonly<Tokens>;
  readonly requestCount: number;
  /**
   * Input tokens of a single request, which decide its context tier. Unless this says otherwise: of one
   * request its input, of a bucket of several their mean (decision 47).
   */
  readonly contextTokens?: number | undefined;
}

/** Nano-dollars per class; they add up to the cost exactly. */
interface CostClasses {
  readonly input: NanoUsd;
  readonly cacheRead: NanoUsd;
  readonly cacheWrite: NanoUsd;
  readonly output: NanoUsd;
  readonly reasoning: NanoUsd;
  readonly other: NanoUsd;
}

export type Priced =
  | {
      readonly state: "priced";
      readonly cost: NanoUsd;
      /** At list price, where the catalogue has one, else the cost. */
      readonly listCost: NanoUsd;
      readonly classes: CostClasses;
      readonly provenance: string;
    }
  | { readonly state: "unpriced"; readonly reason: string };

function unpriced(reason: string): Priced {
  return { state: "unpriced", reason };
}

interface Counts {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  /** Undefined for an embedding, which has none. */
  readonly output: number | undefined;
  readonly reasoning: number;
  readonly requests: number;
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

/** Uncached input and output without reasoning, or what is wrong with the counts. */
function countsOf({ tokens, requestCount }: Usage): Counts | string {
  const {
    input,
    output,
    cacheRead = 0,
    cacheWrite5m = 0,
    cacheWrite1h = 0,
    reasoning = 0,
  } = tokens;
  if (input === undefined) return "tokens unknown: the source gives no input count";
  const uncached = input - cacheRead - cacheWrite5m - cacheWrite1h;
  const answered = output === undefined ? undefined : output - reasoning;
  const given = [
    input,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    output ?? 0,
    reasoning,
    requestCount,
  ];
  if (!given.every(isCount)) return "token and request counts must be whole numbers, 0 or more";
  if (uncached < 0) return `cached tokens exceed the input (${input - uncached} of ${input})`;
  if (answered !== undefined && answered < 0) {
    return `reasoning tokens exceed the output (${reasoning} of ${output})`;
  }
  if (answered === undefined && reasoning > 0) return "tokens unknown: reasoning without output";
  return {
    input: uncached,
    cacheRead,
    cacheWrite5m,
    cacheWrite1h,
    output: answered,
    reasoning,
    requests: requestCount,
  };
}

/** Amounts in the order of CostClasses, in nano-dollars times `denominator`, not yet rounded. */
interface Amounts {
  readonly parts: readonly bigint[];
  readonly total: bigint;
  readonly denominator: bigint;
}

const CLASS_NAMES = [
  "input",
  "cache read",
  "cache write",
  "cache write (1 h)",
  "output",
  "reasoning",
];

function amountsOf(counts: Counts, rates: Rates): Amounts | string {
  // A list without an output price is an embedding's: no count then means none.
  if (counts.output === undefined && rates.output !== undefined) {
    return "tokens unknown: the source gives no output count";
  }
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output = 0, reasoning, requests } = counts;
  const numbers = [input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning];
  const perToken = [
    rates.input,
    rates.cacheRead,
    rates.cacheWrite5m,
    rates.cacheWrite1h,
    rates.output,
    rates.reasoning,
  ];
  const amounts: bigint[] = [];
  for (let index = 0; index < numbers.length; index += 1) {
    const count = numbers[index] ?? 0;
    const rate = perToken[index];
    if (count === 0) amounts.push(0n);
    else if (rate === undefined) return `no price known for ${CLASS_NAMES[index]} tokens`;
    else amounts.push(BigInt(count) * rate);
  }
  const [fresh = 0n, read = 0n, write = 0n, hour = 0n, answer = 0n, thought = 0n] = amounts;
  const fee = rates.requests === undefined ? 0n : BigInt(requests) * rates.requests;
  const parts = [fresh, read, write + hour, answer, thought, fee];
  const total = fresh + read + write + hour + answer + thought + fee;
  return { parts, total, denominator: rates.denominator };
}

/** One rounding, half even, of the exact total; the classes share it by largest remainder. */
function rounded({ parts, total, denominator }: Amounts): { cost: NanoUsd; classes: CostClasses } {
  const cost = denominator === 1n ? total : divideHalfEven(total, denominator);
  const shares = denominator === 1n ? parts : allocate(cost, parts);
  const [input = 0n, cacheRead = 0n, cacheWrite = 0n, output = 0n, reasoning = 0n, other = 0n] =
    shares;
  return {
    cost: nanoUsd(cost),
    classes: {
      input: nanoUsd(input),
      cacheRead: nanoUsd(cacheRead),
      cacheWrite: nanoUsd(cacheWrite),
      output: nanoUsd(output),
      reasoning: nanoUsd(reasoning),
      other: nanoUsd(other),
    },
  };
}

const DAY_SECONDS = 86_400;

/** The tariff of that hour. A bucket of several requests has no hour. */
function tariffAt(
  day: DayTariff | Unpriced,
  atMs: number,
  requestCount: number,
): Tariff | Unpriced {
  if ("unpriced" in day) return day;
  if (day.windows.length === 0) return day.usual;
  if (requestCount > 1) {
    return { unpriced: "the price depends on the hour, which a bucket of requests does not say" };
  }
  const second = Math.floor(atMs / 1000) % DAY_SECONDS;
  const weekday = new Date(atMs).getUTCDay();
  const window = day.windows.find(
    ({ start, end, weekdaysOnly }) =>
      (start < end ? start <= second && second < end : second >= start || second < end) &&
      !(weekdaysOnly && (weekday === 0 || weekday === 6)),
  );
  return window?.tariff ?? day.usual;
}

/**
 * How long a request of the usage was: of several the mean, rounded up, so that it is above a whole number
 * of tokens exactly where at least one of them is. A bill that counts no requests does not say.
 */
function meanInput({ requestCount, tokens: { input = 0 } }: Usage): number {
  if (requestCount <= 1) return requestCount === 1 ? input : 0;
  const over = input % requestCount;
  return (input - over) / requestCount + (over > 0 ? 1 : 0);
}

interface Charge {
  readonly amounts: Amounts;
  readonly provenance: string;
}

function charge(
  day: DayTariff | Unpriced,
  usage: Usage,
  counts: Counts,
  context: number,
): Charge | string {
  const tariff = tariffAt(day, usage.at.getTime(), usage.requestCount);
  if ("unpriced" in tariff) return tariff.unpriced;
  const { steps, provenance } = tariff;
  let step = steps[0];
  for (let index = 1; index < steps.length; index += 1) {
    const next = steps[index];
    if (next !== undefined && context > next.above) step = next;
  }
  if (step?.rates === undefined) {
    return `no price known for ${usage.serviceTier} requests above ${step?.above} input tokens`;
  }
  const amounts = amountsOf(counts, step.rates);
  if (typeof amounts === "string") return amounts;
  const mean = usage.requestCount > 1 && usage.contextTokens === undefined ? " on average" : "";
  const long = step.above < 0 ? "" : `, above ${step.above} tokens${mean}`;
  return { amounts, provenance: provenance + long };
}

/** What usage costs, exactly, or why that is not known. Never throws for what the usage says. */
export function priceUsage(book: PriceBook, usage: Usage): Priced {
  const counts = countsOf(usage);
  if (typeof counts === "string") return unpriced(counts);
  const timeline = timelineOf(book, {
    provider: usage.provider,
    model: usage.model,
    tier: usage.serviceTier,
    region: usage.region,
  });
  const interval = intervalAt(timeline, usage.at.getTime());
  if (interval === undefined) return unpriced("the time of the request is not a time");
  const context = usage.contextTokens ?? meanInput(usage);
  const paid = charge(interval.cost, usage, counts, context);
  if (typeof paid === "string") return unpriced(paid);
  const { cost, classes } = rounded(paid.amounts);
  if (interval.list === interval.cost) {
    return { state: "priced", cost, listCost: cost, classes, provenance: paid.provenance };
  }
  const listed = charge(interval.list, usage, counts, context);
  const listCost =
    typeof listed === "string"
      ? cost
      : nanoUsd(divideHalfEven(listed.amounts.total, listed.amounts.denominator));
  return { state: "priced", cost, listCost, classes, provenance: paid.provenance };
}

/** The difference of two prices of the same usage at two times: what a price change alone did. */
export type RateVariance =
  | {
      readonly state: "compared";
      readonly before: NanoUsd;
      readonly after: NanoUsd;
      readonly variance: NanoUsd;
    }
  | { readonly state: "unpriced"; readonly reason: string };

export function rateVariance(book: PriceBook, usage: Usage, before: Date): RateVariance {
  const after = priceUsage(book, usage);
  const earlier = priceUsage(book, { ...usage, at: before });
  if (after.state === "unpriced") return after;
  if (earlier.state === "unpriced") return earlier;
  const variance = nanoUsd(after.cost - earlier.cost);
  return { state: "compared", before: earlier.cost, after: after.cost, variance };
}
