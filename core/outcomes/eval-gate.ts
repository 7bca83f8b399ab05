import { divideHalfEven, type NanoUsd, nanoUsd } from "#core/money.ts";

/** A configuration as an evaluation measured it; the pass rate is passed / cases, exactly. */
export interface Configuration {
  readonly name: string;
  /** Nano-USD, 0 or more. */
  readonly costPerCall: bigint;
  readonly passed: bigint;
  /** Above 0. */
  readonly cases: bigint;
  /** Whether the cases were counted; else only a rate was said. */
  readonly counted: boolean;
}

export type Decision = "baseline" | "promote" | "reject";

export interface Judged extends Configuration {
  /** Cost of a call by the pass rate; undefined where nothing passes. */
  readonly costPerSuccess: NanoUsd | undefined;
  readonly decision: Decision;
  /** One sentence; empty for the baseline. */
  readonly why: string;
}

/** Nano-USD of a call that passes, half to even; undefined where none does. */
export function costPerSuccess({
  costPerCall,
  passed,
  cases,
}: Pick<Configuration, "costPerCall" | "passed" | "cases">): NanoUsd | undefined {
  return passed > 0n ? nanoUsd(divideHalfEven(costPerCall * cases, passed)) : undefined;
}

/** Below 0: the left one passes less often. Exact, whatever the counts. */
function comparePassRates(left: Configuration, right: Configuration): bigint {
  return left.passed * right.cases - right.passed * left.cases;
}

/** "95.4%", with one decimal. */
export function passRateSaid({ passed, cases }: Pick<Configuration, "passed" | "cases">): string {
  const tenths = divideHalfEven(passed * 1_000n, cases);
  return `${tenths / 10n}.${tenths % 10n}%`;
}

/**
 * domain.md section 4: every lever is a hypothesis behind an eval gate. A candidate is promoted only if
 * the pass rate holds, at or above the baseline's, and a success costs less; else it is rejected. The
 * baseline comes first. Pure.
 */
export function judge(
  baseline: Configuration,
  candidates: readonly Configuration[],
): readonly Judged[] {
  const former = costPerSuccess(baseline);
  return [
    { ...baseline, costPerSuccess: former, decision: "baseline", why: "" },
    ...candidates.map((candidate): Judged => {
      const cost = costPerSuccess(candidate);
      const rate = comparePassRates(candidate, baseline);
      const of = { ...candidate, costPerSuccess: cost };
      if (cost === undefined) return { ...of, decision: "reject", why: "nothing passes" };
      if (rate < 0n) {
        const why = `from ${passRateSaid(baseline)} to ${passRateSaid(candidate)}`;
        return { ...of, decision: "reject", why: `the pass rate falls ${why}` };
      }
      if (former !== undefined && cost >= former) {
        return { ...of, decision: "reject", why: "a success costs no less" };
      }
      const why = `the pass rate holds at ${passRateSaid(candidate)}, and a success costs less`;
      return { ...of, decision: "promote", why };
    }),
  ];
}
