import { AispendError } from "#core/errors.ts";
import { parseUsd } from "#core/money.ts";
import type { Configuration } from "#core/outcomes/eval-gate.ts";
import { type Evaluation, readPassRate } from "#core/outcomes/evaluation-file.ts";
import type { Day } from "#core/time.ts";
import { joined, type Word } from "../grammar/words.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

export type ExperimentWords =
  | { readonly kind: "list"; readonly workflow: SpendWords | undefined }
  | { readonly kind: "show"; readonly id: number }
  | {
      readonly kind: "record";
      readonly workflow: SpendWords | undefined;
      /** Undefined: by the form. */
      readonly evaluation: Evaluation | undefined;
    };

const AMOUNT = /^\$?\d{0,6}(?:\.\d{1,9})?$/;
const RATE = /^\d{1,3}(?:\.\d{1,6})?%$/;

function wrong(what: string): AispendError {
  return new AispendError("experiment_words_unknown", what, {
    // Not to be read as a question about spend instead.
    kind: "unprocessable",
    help:
      "Write for example: experiment record refunds baseline 0.0336 95% gated 0.0149 95.4% " +
      "(cost of a call, pass rate; any number of candidates)",
  });
}

/** Name, cost of a call, pass rate: "gated compression 0.0149 95.4%". */
function readConfigurations(words: readonly Word[]): Configuration[] {
  const found: Configuration[] = [];
  let name: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const rate = words[at + 1];
    const isMeasured = word !== undefined && word.lower !== "" && AMOUNT.test(word.lower);
    if (!isMeasured || rate === undefined || !RATE.test(rate.lower)) {
      if (word !== undefined) name.push(word);
      continue;
    }
    const said = joined(name);
    if (said === "") throw wrong("each configuration begins with its name");
    found.push({
      name: said.slice(0, 60),
      costPerCall: parseUsd(word.lower.replace("$", "")),
      ...readPassRate(rate.lower, "the pass rate"),
      counted: false,
    });
    name = [];
    at += 1;
  }
  if (name.length > 0)
    throw wrong(`'${joined(name)}' has no cost of a call and pass rate after it`);
  return found;
}

function readRecord(words: readonly Word[], today: Day): ExperimentWords {
  const at = words.findIndex(({ lower }) => lower === "baseline");
  const named = at < 0 ? words : words.slice(0, at);
  const workflow = named.length === 0 ? undefined : readSpendWords(undefined, named, today);
  if (at < 0) return { kind: "record", workflow, evaluation: undefined };
  const [baseline, ...candidates] = readConfigurations(words.slice(at));
  if (baseline === undefined || candidates.length === 0) {
    throw wrong("an experiment has a baseline and a candidate at least");
  }
  const evaluation = { name: undefined, workflow: undefined, baseline, candidates };
  return { kind: "record", workflow, evaluation };
}

/** "experiment", "experiment refunds", "experiment 12", "experiment record refunds baseline ...". */
export function readExperiment(words: readonly Word[], today: Day): ExperimentWords {
  const [first, ...rest] = words;
  if (first?.lower === "record" || first?.lower === "add") return readRecord(rest, today);
  if (words.length === 1 && /^#?\d{1,9}$/.test(first?.lower ?? "")) {
    return { kind: "show", id: Number(first?.lower.replace("#", "")) };
  }
  const workflow = words.length === 0 ? undefined : readSpendWords(undefined, words, today);
  return { kind: "list", workflow };
}
