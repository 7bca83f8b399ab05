import { decimalOf, divideHalfEven, nanoFromDecimal, parseUsd, usdDecimal } from "#core/money.ts";
import { EvaluationFile, PromptfooFile } from "./evaluation-schema.ts";
import type { EvalSide, Evaluation } from "./report-schema.ts";

export type ReadEvaluation =
  | { readonly state: "read"; readonly evaluation: Evaluation }
  | { readonly state: "refused"; readonly reason: string };

function refused(reason: string): ReadEvaluation {
  return { state: "refused", reason };
}

/**
 * The result of an evaluation against the gate. Ours holds both sides; promptfoo's one file with two
 * prompts (the first is the baseline), or one file each. Never throws for what a file says.
 */
export function readEvaluation(text: string, baselineText?: string): ReadEvaluation {
  const value = jsonOf(text);
  if (value === undefined) return refused("the evaluation is not JSON");
  const own = EvaluationFile.safeParse(value);
  if (own.success) {
    const side = (given: (typeof own.data)["baseline"]): EvalSide | undefined => {
      const { cost_per_call: cost, pass_rate: passPercent, cases } = given;
      const decimal = cost === undefined ? undefined : decimalOf(cost);
      if (cost !== undefined && decimal === undefined) return undefined;
      const nano = decimal === undefined ? undefined : nanoFromDecimal(decimal);
      return sideOf(nano, passPercent, cases);
    };
    const baseline = side(own.data.baseline);
    const candidate = side(own.data.candidate);
    if (!baseline || !candidate) return refused("cost_per_call is no amount in dollars");
    return { state: "read", evaluation: gate("evaluation file", baseline, candidate) };
  }
  const candidates = promptfooSides(value);
  if (candidates === undefined) return refused("it is neither promptfoo's result nor ours");
  const baselines = baselineText === undefined ? undefined : promptfooSides(jsonOf(baselineText));
  if (baselineText !== undefined && baselines === undefined) {
    return refused("the baseline is no result of promptfoo");
  }
  const [first, second] = candidates;
  const baseline = baselines?.[0] ?? (candidates.length === 2 ? first : undefined);
  const candidate = baselines === undefined && candidates.length === 2 ? second : first;
  if (baseline === undefined || candidate === undefined) {
    return refused("there is nothing to compare with: give a baseline, or two prompts in one file");
  }
  return { state: "read", evaluation: gate("promptfoo", baseline, candidate) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function promptfooSides(value: unknown): EvalSide[] | undefined {
  const read = PromptfooFile.safeParse(value);
  if (!read.success) return undefined;
  return read.data.results.prompts.flatMap(({ metrics }) => {
    const { testPassCount, testFailCount, testErrorCount, cost } = metrics;
    const cases = testPassCount + testFailCount + testErrorCount;
    if (cases === 0) return [];
    const decimal = cost === undefined || cost === 0 ? undefined : decimalOf(cost);
    const perCall =
      decimal === undefined ? undefined : divideHalfEven(nanoFromDecimal(decimal), BigInt(cases));
    return [sideOf(perCall, (testPassCount / cases) * 100, cases)];
  });
}

function sideOf(cost: bigint | undefined, percent: number, cases: number | undefined): EvalSide {
  const passPercent = Math.round(percent * 100) / 100;
  const hundredths = BigInt(Math.round(passPercent * 100));
  const perSuccess =
    cost === undefined || hundredths === 0n
      ? undefined
      : divideHalfEven(cost * 10_000n, hundredths);
  return {
    costPerCall: cost === undefined ? null : usdDecimal(cost),
    passPercent,
    costPerSuccess: perSuccess === undefined ? null : usdDecimal(perSuccess),
    cases: cases ?? null,
  };
}

/**
 * domain.md section 4: a configuration is promoted only if the pass rate holds. That it costs more
 * for each success is for people to decide.
 */
export function gate(source: string, baseline: EvalSide, candidate: EvalSide): Evaluation {
  const result = (decision: Evaluation["decision"], reason: string): Evaluation => ({
    source,
    baseline,
    candidate,
    decision,
    reason,
  });
  const rates = `${candidate.passPercent}% against ${baseline.passPercent}%`;
  if (candidate.passPercent < baseline.passPercent) {
    return result("reject", `the pass rate falls: ${rates}`);
  }
  if (baseline.costPerSuccess === null || candidate.costPerSuccess === null) {
    return result("undecided", `the pass rate holds (${rates}); a success has no known cost`);
  }
  if (parseUsd(candidate.costPerSuccess) > parseUsd(baseline.costPerSuccess)) {
    return result("undecided", `the pass rate holds (${rates}); a success costs more`);
  }
  return result("promote", `the pass rate holds: ${rates}`);
}
