import { type Fraction, fraction, fractionText } from "./fraction.ts";
import type { Rates, Unit } from "./tariff.ts";
import { UNITS } from "./tariff.ts";
import type { DayTariff, Unpriced, Window } from "./timeline.ts";

/** One figure of a price list. */
export interface PriceLine {
  readonly unit: Unit;
  /** Exact US dollars per million tokens; per thousand requests for `requests`. */
  readonly price: string;
  /** Holds for a whole request whose input is longer than so many tokens. */
  readonly above?: number;
  /** Hours of the UTC day, "01:00-04:00", where they differ. */
  readonly hours?: string;
}

const PARENT: Readonly<Partial<Record<Unit, Unit>>> = {
  cacheRead: "input",
  cacheWrite5m: "input",
  cacheWrite1h: "cacheWrite5m",
  reasoning: "output",
};

function perPublishedUnit(unit: Unit, rate: bigint, denominator: bigint): Fraction {
  return fraction(rate, denominator * (unit === "requests" ? 1_000_000n : 1000n));
}

/** A class that costs what its parent does (cached tokens: input, reasoning: output) has no line. */
function linesOfRates(rates: Rates, where: Pick<PriceLine, "above" | "hours">): PriceLine[] {
  return UNITS.flatMap((unit) => {
    const rate = rates[unit];
    const parent = PARENT[unit];
    if (rate === undefined || (parent !== undefined && rates[parent] === rate)) return [];
    const price = fractionText(perPublishedUnit(unit, rate, rates.denominator));
    return [{ unit, price, ...where }];
  });
}

const two = (value: number): string => String(value).padStart(2, "0");
const clock = (seconds: number): string =>
  `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;

function hoursText({ start, end, weekdaysOnly }: Window): string {
  return `${clock(start)}-${clock(end)}${weekdaysOnly ? " Mon-Fri" : ""}`;
}

/** Every figure of a tariff; none where it is unpriced. */
export function priceLines(day: DayTariff | Unpriced): PriceLine[] {
  if ("unpriced" in day) return [];
  const tariffs = [
    { tariff: day.usual, hours: undefined },
    ...day.windows.map((window) => ({ tariff: window.tariff, hours: hoursText(window) })),
  ];
  return tariffs.flatMap(({ tariff, hours }) =>
    tariff.steps.flatMap(({ above, rates }) =>
      rates === undefined
        ? []
        : linesOfRates(rates, {
            ...(above < 0 ? {} : { above }),
            ...(hours === undefined ? {} : { hours }),
          }),
    ),
  );
}
