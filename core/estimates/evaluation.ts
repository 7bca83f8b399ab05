import { AispendError } from "#core/errors.ts";
import { divideHalfEven, parseUsd, usdDecimal } from "#core/money.ts";
import { type Configuration, costPerSuccess, judge } from "#core/outcomes/eval-gate.ts";
import { readEvaluation as readConfigurations } from "#core/outcomes/evaluation-file.ts";
import { PromptfooCounts } from "./evaluation-schema.ts";
import type { EvalSide, Evaluation } from "./report-schema.ts";

export type ReadEvaluation =
  | { readonly state: "read"; readonly evaluation: Evaluation }
  | { readonly state: "refused"; readonly reason: string };

/** A configuration, or one whose cost nobody knows. */
type Side = Omit<Configuration, "costPerCall"> & { readonly costPerCall: bigint | undefined };

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
  const counted = promptfooSides(value);
  if (counted === undefined) return ownEvaluation(value);
  const before = baselineText === undefined ? undefined : promptfooSides(jsonOf(baselineText));
  if (baselineText !== undefined && before === undefined) {
    return refused("the baseline is no result of promptfoo");
  }
  const [first, second] = counted;
  const baseline = before?.[0] ?? (counted.length === 2 ? first : undefined);
  const candidate = before === undefined && counted.length === 2 ? second : first;
  if (baseline === undefined || candidate === undefined) {
    return refused("there is nothing to compare with: give a baseline, or two prompts in one file");
  }
  return { state: "read", evaluation: evaluationOf("promptfoo", baseline, candidate) };
}

/** The small JSON of ours, as the command `experiment` reads it. */
function ownEvaluation(value: unknown): ReadEvaluation {
  try {
    const { baseline, candidates } = readConfigurations(value);
    const [candidate] = candidates;
    if (candidate === undefined) return refused("there is no candidate");
    return { state: "read", evaluation: evaluationOf("evaluation file", baseline, candidate) };
  } catch (error) {
    if (error instanceof AispendError) return refused(error.message);
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Undefined: no result of promptfoo. A cost of 0 is one that it does not know, or a cached answer. */
function promptfooSides(value: unknown): Side[] | undefined {
  const read = PromptfooCounts.safeParse(value);
  if (!read.success) return undefined;
  return read.data.results.prompts.flatMap(({ metrics }): Side[] => {
    const { testPassCount, testFailCount, testErrorCount, cost } = metrics;
    const cases = testPassCount + testFailCount + testErrorCount;
    if (cases === 0) return [];
    return [
      {
        name: "",
        costPerCall: cost === undefined || cost === 0 ? undefined : perCall(cost, cases),
        passed: BigInt(testPassCount),
        cases: BigInt(cases),
        counted: true,
      },
    ];
  });
}

function perCall(cost: number, cases: number): bigint {
  return divideHalfEven(parseUsd(cost), BigInt(cases));
}

function sideOf(side: Side): EvalSide {
  const { costPerCall, passed, cases, counted } = side;
  const success = costPerCall === undefined ? undefined : costPerSuccess({ ...side, costPerCall });
  return {
    costPerCall: costPerCall === undefined ? null : usdDecimal(costPerCall),
    passPercent: Number(divideHalfEven(passed * 10_000n, cases)) / 100,
    costPerSuccess: success === undefined ? null : usdDecimal(success),
    cases: counted ? Number(cases) : null,
  };
}

/** By the gate where both costs are known; else a falling pass rate is a reject all the same. */
function evaluationOf(source: string, baseline: Side, candidate: Side): Evaluation {
  const sides = { source, baseline: sideOf(baseline), candidate: sideOf(candidate) };
  const [before, after] = [baseline.costPerCall, candidate.costPerCall];
  if (before !== undefined && after !== undefined) {
    const judged = judge({ ...baseline, costPerCall: before }, [
      { ...candidate, costPerCall: after },
    ])[1];
    const decision = judged?.decision === "promote" ? "promote" : "reject";
    return { ...sides, decision, reason: judged?.why ?? "" };
  }
  const rates = `${sides.candidate.passPercent}% against ${sides.baseline.passPercent}%`;
  if (candidate.passed * baseline.cases < baseline.passed * candidate.cases) {
    return { ...sides, decision: "reject", reason: `the pass rate falls: ${rates}` };
  }
  const reason = `the pass rate holds (${rates}), and costs are unknown`;
  return { ...sides, decision: "undecided", reason };
}
