import { absolute, allocate, divideHalfEven, type NanoUsd, nanoUsd, sumNano } from "#core/money.ts";

/** What a bill says of one native grouping of an account's UTC day; texts are '' where it names none. */
export interface BilledGroup {
  readonly provider: string;
  readonly project: string;
  readonly key: string;
  readonly model: string;
  /** False: a fee, a store, a tool: nothing that is metered can be behind it. */
  readonly isUsage: boolean;
  /** Nano-USD; undefined: usage is reported, its cost is not yet. */
  readonly amount: bigint | undefined;
  /** Input and output; undefined where the report gives none. */
  readonly tokens: bigint | undefined;
}

/** What was metered of the same account's day. */
export interface MeteredGroup {
  readonly key: string;
  readonly model: string;
  readonly cost: bigint;
  readonly tokens: bigint;
  readonly requests: bigint;
  readonly unpricedRequests: bigint;
}

/**
 * Why the bill and the meter differ: `bypass` nothing was metered there; `missed` more tokens were
 * billed than metered; `price` the same tokens at another price; `unpriced` metered without a price;
 * `charge` not usage (fees, stores, tools); `not_billed` metered and not on the bill; `rounding` under
 * a cent; `unexplained` the report gives no tokens to tell.
 */
export const CAUSES = [
  "bypass",
  "missed",
  "price",
  "unpriced",
  "charge",
  "not_billed",
  "rounding",
  "unexplained",
] as const;
export type Cause = (typeof CAUSES)[number];

export interface ReconciledGroup
  extends Pick<BilledGroup, "provider" | "project" | "key" | "model"> {
  readonly billed: NanoUsd;
  readonly metered: NanoUsd;
  /** Billed less metered. */
  readonly difference: NanoUsd;
  /** Adds up to the difference. */
  readonly causes: readonly { readonly cause: Cause; readonly amount: NanoUsd }[];
}

export interface ReconciledDay {
  readonly billed: NanoUsd;
  readonly metered: NanoUsd;
  readonly groups: readonly ReconciledGroup[];
  /** Reported usage whose cost is not out: nothing is settled before it is. */
  readonly waiting: boolean;
}

/** Compares spellings of one model: the bill dates it, the caller often does not. */
export type SameModel = (name: string) => string;

const CENT = 10_000_000n;

interface Share {
  cost: bigint;
  tokens: bigint;
  requests: bigint;
  unpriced: bigint;
}

const nothing = (): Share => ({ cost: 0n, tokens: 0n, requests: 0n, unpriced: 0n });

/**
 * Billed less metered of one account's UTC day, per native grouping of the bill (design.md 4.8). What
 * was metered goes to the grouping of its key and model; where the bill knows no such key, to the
 * groupings of its model by their tokens; where it knows no such model, to a line of its own. The
 * differences add up to the whole bill less all that was metered, to the nano-dollar.
 */
export function reconcileDay(
  billed: readonly BilledGroup[],
  metered: readonly MeteredGroup[],
  sameModel: SameModel,
): ReconciledDay {
  const known = billed.filter(({ amount }) => amount !== undefined);
  const shares = new Map(known.map((group) => [group, nothing()]));
  const orphans = new Map<string, Share & { model: string }>();
  for (const one of metered) {
    const targets = targetsOf(known, one, sameModel);
    if (targets.length === 0) {
      const orphan = orphans.get(one.model) ?? { ...nothing(), model: one.model };
      orphans.set(one.model, orphan);
      spread([orphan], [1n], one);
    } else {
      const into = targets.map((target) => shares.get(target) ?? nothing());
      spread(into, targets.map(weightOf), one);
    }
  }
  const groups = known.map((group) => compare(group, shares.get(group) ?? nothing()));
  const provider = billed[0]?.provider ?? "";
  for (const { model, ...share } of orphans.values()) groups.push(unbilled(provider, model, share));
  return {
    billed: sumNano(groups.map((group) => group.billed)),
    metered: sumNano(groups.map((group) => group.metered)),
    groups: groups.filter((group) => group.billed !== 0n || group.metered !== 0n),
    waiting: known.length < billed.length,
  };
}

function targetsOf(
  billed: readonly BilledGroup[],
  { key, model }: MeteredGroup,
  sameModel: SameModel,
): readonly BilledGroup[] {
  const alike = billed.filter(
    (group) => group.isUsage && sameModel(group.model) === sameModel(model),
  );
  const keyed = key === "" ? [] : alike.filter((group) => group.key === key);
  return keyed.length > 0 ? keyed : alike;
}

function weightOf({ tokens, amount }: BilledGroup): bigint {
  const weight = tokens ?? amount ?? 0n;
  return weight < 0n ? 0n : weight;
}

function spread(into: readonly Share[], weights: readonly bigint[], one: MeteredGroup): void {
  const add = (total: bigint, put: (share: Share, part: bigint) => void) => {
    const parts = allocate(total, weights);
    for (const [index, share] of into.entries()) put(share, parts[index] ?? 0n);
  };
  add(one.cost, (share, part) => {
    share.cost += part;
  });
  add(one.tokens, (share, part) => {
    share.tokens += part;
  });
  add(one.requests, (share, part) => {
    share.requests += part;
  });
  add(one.unpricedRequests, (share, part) => {
    share.unpriced += part;
  });
}

function compare(group: BilledGroup, share: Share): ReconciledGroup {
  const { provider, project, key, model, amount = 0n } = group;
  const difference = amount - share.cost;
  return {
    provider,
    project,
    key,
    model,
    billed: nanoUsd(amount),
    metered: nanoUsd(share.cost),
    difference: nanoUsd(difference),
    causes: causesOf(group, share, difference),
  };
}

function unbilled(provider: string, model: string, share: Share): ReconciledGroup {
  const difference = nanoUsd(-share.cost);
  return {
    ...{ provider, model, project: "", key: "" },
    billed: nanoUsd(0n),
    metered: nanoUsd(share.cost),
    difference,
    causes: difference === 0n ? [] : [{ cause: "not_billed", amount: difference }],
  };
}

function causesOf(group: BilledGroup, share: Share, difference: bigint): ReconciledGroup["causes"] {
  if (difference === 0n) return [];
  const whole = (cause: Cause) => [{ cause, amount: nanoUsd(difference) }];
  if (!group.isUsage) return whole("charge");
  if (share.requests === 0n && share.cost === 0n && share.tokens === 0n) return whole("bypass");
  const missed = missedAmount(group, share);
  const magnitude = absolute(difference);
  if ((missed ?? 0n) === 0n && magnitude < CENT) return whole("rounding");
  const rest: Cause =
    share.unpriced > 0n ? "unpriced" : missed === undefined ? "unexplained" : "price";
  const parts: [Cause, bigint][] = [
    [(missed ?? 0n) < 0n ? "not_billed" : "missed", missed ?? 0n],
    [rest, difference - (missed ?? 0n)],
  ];
  return parts
    .filter(([, amount]) => amount !== 0n)
    .map(([cause, amount]) => ({ cause, amount: nanoUsd(amount) }));
}

/** A difference of tokens below this share of them is how the two count, not traffic that is missing. */
const ALIKE_PER_MILLE = 5n;

/** The part of the bill that is for tokens that were not metered; negative: the other way round. */
function missedAmount({ tokens, amount = 0n }: BilledGroup, share: Share): bigint | undefined {
  if (tokens === undefined || tokens <= 0n) return undefined;
  const absent = tokens - share.tokens;
  const magnitude = absolute(absent);
  if (magnitude * 1000n <= tokens * ALIKE_PER_MILLE) return 0n;
  if (absent > 0n) return divideHalfEven(amount * absent, tokens);
  return -divideHalfEven(share.cost * -absent, share.tokens);
}
