import { AispendError } from "#core/errors.ts";
import { divideHalfEven } from "#core/money.ts";
import {
  add,
  compare,
  divide,
  type Fraction,
  fraction,
  multiply,
  parseFraction,
} from "./fraction.ts";

/** One route of a model mix. Decimals as text. */
export interface RoutePart {
  readonly name: string;
  /** Share of the queries, in percent. The shares add up to 100. */
  readonly share: string;
  /** Price per token in any unit that all parts share, or relative to one another. */
  readonly price: string;
  /** Tokens of a query, relative to the other parts. Absent = the same as theirs. */
  readonly tokensPerQuery?: string;
}

interface BlendedPart {
  readonly name: string;
  /** Of all tokens: the share that decides the cost. */
  readonly tokenShare: Fraction;
  readonly costShare: Fraction;
}

export interface Blend {
  /** Cost as a share of what the same tokens cost at the dearest part's price. */
  readonly costShare: Fraction;
  /** Price per token of the mix, in the parts' unit. */
  readonly price: Fraction;
  readonly parts: readonly BlendedPart[];
}

const ZERO = fraction(0n, 1n);

function number(text: string, what: string): Fraction {
  const value = parseFraction(text);
  if (value !== undefined && value.numerator >= 0n) return value;
  throw new AispendError("mix_invalid", `${what} '${text}' is not a number, 0 or more`, {
    help: "Write a decimal such as 40 or 0.5.",
  });
}

/**
 * The cost of a model mix, exactly: sum of token share x price, against all of it on the dearest part.
 * Throws `mix_invalid` when shares do not add up to 100, or nothing is priced above 0.
 */
export function blend(parts: readonly RoutePart[]): Blend {
  const read = parts.map(({ name, share, price, tokensPerQuery = "1" }) => ({
    name,
    share: number(share, `share of ${name}`),
    price: number(price, `price of ${name}`),
    tokens: number(tokensPerQuery, `tokens per query of ${name}`),
  }));
  const shares = read.reduce((sum, { share }) => add(sum, share), ZERO);
  if (compare(shares, fraction(100n, 1n)) !== 0) {
    throw new AispendError("mix_invalid", "the shares do not add up to 100 percent", {
      help: "Give every route its share of the queries.",
    });
  }
  const weighed = read.map((part) => ({ ...part, weight: multiply(part.share, part.tokens) }));
  const weights = weighed.reduce((sum, { weight }) => add(sum, weight), ZERO);
  const cost = weighed.reduce((sum, { weight, price }) => add(sum, multiply(weight, price)), ZERO);
  const dearest = read.reduce((most, { price }) => (compare(price, most) > 0 ? price : most), ZERO);
  if (dearest.numerator === 0n || weights.numerator === 0n || cost.numerator === 0n) {
    throw new AispendError("mix_invalid", "the mix has no tokens with a price above 0");
  }
  const price = divide(cost, weights);
  return {
    costShare: divide(price, dearest),
    price,
    parts: weighed.map(({ name, weight, price: of }) => ({
      name,
      tokenShare: divide(weight, weights),
      costShare: divide(multiply(weight, of), cost),
    })),
  };
}

/**
 * A frontier model and one that is `priceRatio` times cheaper, at equal tokens per query: 40 percent on
 * the frontier at a ratio of 10 cost 46.0 percent of all-frontier.
 */
export function blendTwoTiers(frontierShare: string, priceRatio: string): Blend {
  const share = number(frontierShare, "frontier share");
  const ratio = number(priceRatio, "price ratio");
  const rest = add(fraction(100n, 1n), fraction(-share.numerator, share.denominator));
  if (rest.numerator < 0n || ratio.numerator === 0n) {
    throw new AispendError(
      "mix_invalid",
      `${frontierShare}% at a ratio of ${priceRatio} is no mix`,
      {
        help: "Give a share from 0 to 100 and a ratio above 0.",
      },
    );
  }
  return blend([
    { name: "frontier", share: frontierShare, price: priceRatio },
    { name: "budget", share: `${rest.numerator}/${rest.denominator}`, price: "1" },
  ]);
}

/** A share as "46.0%", half even. */
export function percentText(share: Fraction, places = 1): string {
  const scale = 10n ** BigInt(places);
  const scaled = divideHalfEven(share.numerator * 100n * scale, share.denominator);
  const whole = scaled / scale;
  return places === 0 ? `${whole}%` : `${whole}.${String(scaled % scale).padStart(places, "0")}%`;
}
