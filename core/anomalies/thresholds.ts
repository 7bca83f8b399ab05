/**
 * Every value of the detectors, in one place. Sources: the development sample for the factors,
 * domain.md section 4 for what is merely listed.
 */
export interface Thresholds {
  /** Billed over list cost against its median of the last active hours. */
  readonly priceFactor: number;
  /** A model is rare below this share of the last 7 days' spend ... */
  readonly rareModelShare: number;
  /** ... and takes over above this share of the hour's cost ... */
  readonly newModelShare: number;
  /** ... when the cost per token is above this multiple of its 7-day median. */
  readonly mixFactor: number;
  /** Input tokens per request against the median, at least. */
  readonly bloatFactor: number;
  /** Requests against the reference of the same hours. */
  readonly spikeFactor: number;
  /** A day's cost against what its weekday usually costs, where only days are known. */
  readonly dayFactor: number;
  /** A cache that serves at least this share of the input ... */
  readonly cacheShare: number;
  /** ... has fallen below this multiple of its median. */
  readonly cacheFactor: number;
  /** An alert needs this excess per hour in dollars, and this share of the mean hour. */
  readonly floorUsdPerHour: number;
  readonly floorShareOfMeanHour: number;
  /** An agent's excess against the rest of its team's spend. */
  readonly teamShare: number;
  /** ... and against a usual day of it, where the finding is sure or has gone on. */
  readonly teamShareOfDay: number;
  /** Published rules of thumb (domain.md): listed, never pushed. Cost rate over the week before ... */
  readonly listedCostFactor: number;
  /** ... while the volume of tokens stayed within this share of what it was. */
  readonly flatTokens: number;
  /** Input tokens per request over their median. */
  readonly listedBloatFactor: number;
  /** Dollars an hour below which nothing is even listed. */
  readonly listedFloorUsdPerHour: number;
  /** Hours without the condition after which the same alert may be raised again. */
  readonly silenceHours: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  priceFactor: 1.15,
  rareModelShare: 0.1,
  newModelShare: 0.3,
  mixFactor: 1.4,
  bloatFactor: 1.9,
  spikeFactor: 3.2,
  dayFactor: 1.6,
  cacheShare: 0.15,
  cacheFactor: 0.6,
  floorUsdPerHour: 0.2,
  floorShareOfMeanHour: 0.15,
  teamShare: 0.35,
  teamShareOfDay: 0.1,
  listedCostFactor: 1.3,
  flatTokens: 0.15,
  listedBloatFactor: 3,
  listedFloorUsdPerHour: 0.05,
  silenceHours: 12,
};
