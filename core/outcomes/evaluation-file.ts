import { AispendError } from "#core/errors.ts";
import { decimalOf, divideHalfEven, nanoFromDecimal, parseDecimal, parseUsd } from "#core/money.ts";
import type { Configuration } from "./eval-gate.ts";
import {
  EvaluationFile,
  type Measured,
  PromptfooFile,
  type PromptfooPrompt,
} from "./experiment-schema.ts";

/** An evaluation that was read: the first configuration is the baseline. */
export interface Evaluation {
  readonly name: string | undefined;
  readonly workflow: string | undefined;
  readonly baseline: Configuration;
  readonly candidates: readonly Configuration[];
}

function invalid(message: string, help: string): AispendError {
  return new AispendError("evaluation_invalid", message, { kind: "unprocessable", help });
}

const HELP =
  'Give a promptfoo result, or {"baseline": {"costPerCall": "0.0336", "passRate": "95%"}, ' +
  '"candidates": [{"name": "...", "costPerCall": "0.0149", "passRate": "95.4%"}]}.';

/** "95.4%", "95.4" of a text and 0.954 of a number as an exact ratio. Throws `evaluation_invalid`. */
export function readPassRate(
  given: string | number,
  field: string,
): { passed: bigint; cases: bigint } {
  const text = typeof given === "number" ? String(given) : given.trim();
  const isPercent = text.endsWith("%") || (typeof given === "string" && Number(text) > 1);
  const decimal = parseDecimal(text.replace(/\s*%$/, ""));
  const cases = decimal === undefined ? 0n : 10n ** BigInt(decimal.scale) * (isPercent ? 100n : 1n);
  if (decimal === undefined || decimal.digits < 0n || decimal.digits > cases) {
    throw invalid(`${field} is '${given}', which is no pass rate`, "Write 0.954 or 95.4%.");
  }
  return { passed: decimal.digits, cases };
}

function measured(one: Measured, field: string, fallback: string): Configuration {
  const decimal = decimalOf(one.costPerCall);
  if (decimal === undefined || decimal.digits < 0n) {
    throw invalid(
      `${field}.costPerCall is '${one.costPerCall}', no amount`,
      "Write dollars: 0.0149.",
    );
  }
  const of = { name: one.name ?? fallback, costPerCall: nanoFromDecimal(decimal) };
  const { passed, cases, passRate } = one;
  if (passed !== undefined && cases !== undefined) {
    if (passed > cases) throw invalid(`${field} has more passed than cases`, HELP);
    return { ...of, passed: BigInt(passed), cases: BigInt(cases), counted: true };
  }
  if (passRate === undefined) {
    throw invalid(`${field} has no pass rate`, "Give passRate, or passed and cases.");
  }
  return { ...of, ...readPassRate(passRate, `${field}.passRate`), counted: false };
}

const NAME_LENGTH = 60;

/** promptfoo's label is the prompt itself unless somebody gave one: a prompt is kept nowhere. */
function nameOf({ label, provider, raw }: PromptfooPrompt, index: number): string {
  const given = label?.trim();
  const isName =
    given !== undefined && given !== "" && given !== raw?.trim() && !given.includes("\n");
  const number = `configuration ${index + 1}`;
  if (isName && given.length <= NAME_LENGTH) return given;
  return provider === undefined ? number : `${provider.slice(0, NAME_LENGTH)} #${index + 1}`;
}

function ofPrompt(prompt: PromptfooPrompt, index: number): Configuration {
  const name = nameOf(prompt, index);
  const { metrics } = prompt;
  const cases =
    metrics && metrics.testPassCount + metrics.testFailCount + (metrics.testErrorCount ?? 0);
  if (metrics === undefined || cases === undefined || cases === 0) {
    throw invalid(`${name} has no finished tests`, "Run the evaluation to its end.");
  }
  const { cost } = metrics;
  if (cost === undefined || cost === 0) {
    const help = "Give its cost per call in the small JSON instead: what is unknown is not free.";
    throw invalid(`promptfoo knows no cost of ${name}`, help);
  }
  return {
    name,
    costPerCall: divideHalfEven(parseUsd(cost), BigInt(cases)),
    passed: BigInt(metrics.testPassCount),
    cases: BigInt(cases),
    counted: true,
  };
}

/**
 * Reads results.json: a promptfoo result, whose first prompt is the baseline unless `baseline` names
 * another, or the small JSON of ours. Throws `evaluation_invalid`.
 */
export function readEvaluation(value: unknown, baseline?: string): Evaluation {
  const own = EvaluationFile.safeParse(value);
  if (own.success) {
    const { experiment, workflow, baseline: base, candidates } = own.data;
    return {
      name: experiment,
      workflow,
      baseline: measured(base, "baseline", "baseline"),
      candidates: candidates.map((one, index) =>
        measured(one, `candidates.${index}`, `candidate ${index + 1}`),
      ),
    };
  }
  const promptfoo = PromptfooFile.safeParse(value);
  if (!promptfoo.success) throw invalid("this is no evaluation that aispend can read", HELP);
  const { results } = promptfoo.data;
  const prompts = "prompts" in results ? results.prompts : results.table.head.prompts;
  // zod cannot say which of the two it was.
  const all = (Array.isArray(prompts) ? prompts : []).map((prompt, index) =>
    ofPrompt(prompt, index),
  );
  const at = baseline === undefined ? 0 : all.findIndex(({ name }) => name === baseline);
  const base = all[at];
  if (base === undefined) {
    const names = all.map(({ name }) => `'${name}'`).join(", ");
    throw invalid(`there is no configuration '${baseline}'`, `There is: ${names}.`);
  }
  const candidates = all.filter((_, index) => index !== at);
  if (candidates.length === 0) {
    throw invalid("there is one configuration and nothing to compare it with", HELP);
  }
  return { name: undefined, workflow: undefined, baseline: base, candidates };
}
