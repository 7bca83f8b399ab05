import type { Tokens } from "#core/ledger/schema.ts";
import { addDays, type Day, daysBetween, parseDay } from "#core/time.ts";
import { subjectLabel } from "./mapping.ts";
import type { DeclaredVolume } from "./repository-schema.ts";
import type { TrafficProfile } from "./schema.ts";

/** Days that a profile is measured over, and that make a month here. */
export const MONTH_DAYS = 30;

/** The 30 complete days before a day. */
export function profileDays(today: Day): { first: Day; last: Day } {
  return { first: addDays(today, -MONTH_DAYS), last: addDays(today, -1) };
}

export function daysOf({ from, until }: Pick<TrafficProfile, "from" | "until">): number {
  return daysBetween(parseDay(from), parseDay(until)) + 1;
}

/** Parts never exceed their whole, though each percentile was taken of its own. */
export function consistentTokens(tokens: Tokens): Tokens {
  const { input, output } = tokens;
  const after: Tokens = { ...tokens };
  if (input !== undefined) {
    let left = input;
    for (const part of ["cacheRead", "cacheWrite5m", "cacheWrite1h"] as const) {
      const value = after[part];
      if (value === undefined) continue;
      after[part] = Math.min(value, left);
      left -= Math.min(value, left);
    }
  }
  if (output !== undefined && after.reasoning !== undefined) {
    after.reasoning = Math.min(after.reasoning, output);
  }
  return after;
}

/** Tokens of the average call, for sources that report no single calls. */
export function averageTokens(total: Tokens, calls: number): Tokens {
  return consistentTokens(eachPart(total, (value) => Math.round(value / calls)));
}

function eachPart(tokens: Tokens, change: (value: number) => number): Tokens {
  const parts = Object.entries(tokens).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, change(value)] as const],
  );
  return Object.fromEntries(parts);
}

function declaredTokens(per: DeclaredVolume["tokens_per_call"]): Tokens {
  return {
    input: per.input,
    cacheRead: per.cached_input,
    cacheWrite5m: per.cache_write,
    output: per.output,
    reasoning: per.reasoning,
  };
}

/** A declared volume as the traffic of the last 30 days that it stands for. */
export function declaredProfile(volume: DeclaredVolume, today: Day): TrafficProfile {
  const { first, last } = profileDays(today);
  const median = declaredTokens(volume.tokens_per_call);
  const { p90_tokens_per_call: p90, average_tokens_per_call: average, provider } = volume;
  return {
    source: "declared",
    label: subjectLabel(volume),
    from: first,
    until: last,
    ...(provider === undefined ? {} : { provider }),
    model: volume.model,
    calls: volume.calls_per_month,
    median,
    p90: p90 === undefined ? median : declaredTokens(p90),
    total: eachPart(
      average === undefined ? median : declaredTokens(average),
      (value) => value * volume.calls_per_month,
    ),
  };
}
