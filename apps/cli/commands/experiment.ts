import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Command } from "commander";
import { evaluationAnswer } from "#apps/chat/experiments/experiment-answer.ts";
import { plainText } from "#core/answers/plain-text.ts";
import { Answer } from "#core/answers/schema.ts";
import { AispendError } from "#core/errors.ts";
import { judge } from "#core/outcomes/eval-gate.ts";
import { type Evaluation, readEvaluation } from "#core/outcomes/evaluation-file.ts";
import { recordExperiment } from "#core/outcomes/experiment.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { operatorAccount } from "../operator.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";

interface EvaluateOptions extends CommonOptions {
  workflow?: string;
  name?: string;
  baseline?: string;
  dryRun?: boolean;
}

const MAX_BYTES = 64 * 1024 * 1024;

export function addExperiment(program: Command, line: CommandLine): void {
  program
    .command("experiment")
    .description("candidates behind the evaluation gate")
    .command("evaluate")
    .description("judge a promptfoo result or our small JSON, and put it on record")
    .argument("<results.json>", "promptfoo eval -o results.json; its first prompt is the baseline")
    .option("--workflow <name>", "the workflow that it is an experiment of")
    .option("--name <name>", "what to call it; the file's name unless given")
    .option("--baseline <name>", "the configuration that is the baseline")
    .option("--dry-run", "print the table and record nothing; needs no database")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((file: string, options: EvaluateOptions) =>
      report(line, options.json === true, () => evaluate(line, file, options)),
    );
}

function readFile(line: CommandLine, file: string): unknown {
  const text = readFileSync(resolve(line.workingFolder, file), "utf8");
  if (text.length > MAX_BYTES) {
    throw new AispendError("evaluation_too_large", `'${file}' has more than 64 MiB`, {
      help: "Write the small JSON: a baseline and candidates.",
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    // JSON's own complaint quotes the file, which may hold prompts.
    if (!(error instanceof SyntaxError)) throw error;
    throw new AispendError("evaluation_invalid", `'${file}' is not JSON`, {
      help: "Write it with: promptfoo eval -o results.json",
    });
  }
}

async function evaluate(
  line: CommandLine,
  file: string,
  options: EvaluateOptions,
): Promise<Outcome> {
  const evaluation = readEvaluation(readFile(line, file), options.baseline);
  const name = options.name ?? evaluation.name ?? basename(file).replace(/\.json$/i, "");
  const workflow = options.workflow ?? evaluation.workflow;
  if (options.dryRun === true) return outcomeOf(name, workflow, evaluation, undefined);
  return withDatabase(line, async ({ pool }) => {
    const org = await organizationOf(line, pool, options.org);
    const { id } = await recordExperiment(pool, {
      orgId: org.orgId,
      evaluation,
      name,
      workflow,
      by: { actor: "operator", actorAccount: operatorAccount(), surface: "cli" },
      now: line.clock(),
    });
    return outcomeOf(name, workflow, evaluation, id);
  });
}

/** Exit code 1 where no candidate passes: a pipeline stops there. */
function outcomeOf(
  name: string,
  workflow: string | undefined,
  { baseline, candidates }: Evaluation,
  id: number | undefined,
): Outcome {
  const judged = judge(baseline, candidates);
  const said = workflow === undefined ? name : `${workflow}, ${name}`;
  const command = id === undefined ? "experiment" : `experiment ${id}`;
  const body = evaluationAnswer(judged, { command, said, actions: [] });
  const notes =
    id === undefined
      ? ["Not recorded: --dry-run."]
      : [`Recorded as experiment ${id}. It is promoted in chat: /aispend experiment ${id}`];
  const answer = Answer.parse({ ...body, notes, audience: { kind: "operator" } });
  return {
    text: plainText(answer),
    json: { id: id ?? null, name, workflow: workflow ?? null, configurations: judged },
    exitCode: judged.some(({ decision }) => decision === "promote") ? 0 : 1,
  };
}
