import type { Action } from "#core/answers/schema.ts";
import { judge } from "#core/outcomes/eval-gate.ts";
import { getExperiment, listExperiments } from "#core/outcomes/experiment.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import {
  evaluationAnswer,
  experimentAnswer,
  experimentsAnswer,
} from "../experiments/experiment-answer.ts";
import {
  pressPromote,
  pressRecord,
  pressReject,
  recordForm,
  recordToken,
} from "../experiments/experiment-press.ts";
import { type ExperimentWords, readExperiment } from "../experiments/experiment-words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { settleSubject } from "../spend/settle-question.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { SpendWords } from "../spend/spend-words.ts";
import { type Named, spellNamed } from "../subject.ts";
import { byPermission, onlyToRead, othersWhoMay } from "../who-may.ts";

const SHOWN = 10;

async function settleWorkflow(asking: Asking, words: SpendWords): Promise<Named & { id: number }> {
  const { subject } = await settleSubject(asking, words, (said) => `experiment ${said}`);
  const { dimension } = subject.main.filter;
  if (dimension?.name === "workflow" && dimension.valueId !== 0) {
    return { ...subject.main, id: dimension.valueId };
  }
  throw new Refusal(
    "experiment_of_workflows_only",
    `No experiments of a ${subject.main.kind}`,
    `${subject.said} is a ${subject.main.kind}; experiments are of workflows.`,
    { kind: "unprocessable", actions: [askButton("experiment")] },
  );
}

function recordAction(workflow: string | undefined): Action {
  const token = encodeURIComponent(workflow ?? "");
  return { kind: "form", label: "Record...", form: "experiment_record", token };
}

async function show(asking: Asking, id: number): Promise<AnswerBody> {
  const { org, pool } = asking;
  const found = await getExperiment(pool, org.id, id);
  const body = experimentAnswer(found, org.personName);
  const find = byPermission(asking, "promote_experiment", found.scopeId);
  const others = await othersWhoMay(asking, find);
  if (others === undefined) return body;
  return onlyToRead(body, `${others.names ?? "Nobody yet"} may decide it.`);
}

async function run(asking: Asking, words: ExperimentWords): Promise<AnswerBody> {
  const { org, pool } = asking;
  if (words.kind === "show") return show(asking, words.id);
  const named = words.workflow && (await settleWorkflow(asking, words.workflow));
  const spelled = named === undefined ? "" : ` ${spellNamed(named)}`;
  if (words.kind === "record" && words.evaluation !== undefined) {
    const { baseline, candidates } = words.evaluation;
    return evaluationAnswer(judge(baseline, candidates), {
      command: `experiment record${spelled}`,
      said: named?.said ?? "The evaluation gate",
      actions: [
        {
          kind: "press",
          label: "Put on record",
          verb: "experiment_record",
          token: recordToken(named?.name, words.evaluation),
          style: "primary",
        },
      ],
    });
  }
  const all = await listExperiments(pool, { orgId: org.id, workflowId: named?.id, limit: SHOWN });
  return experimentsAnswer(`experiment${spelled}`, named?.said, all, [recordAction(named?.name)]);
}

/** Candidates against a baseline: what was measured, decided, and what it did since. */
export const experiment: Command<ExperimentWords> = {
  name: "experiment",
  usage: "experiment [WORKFLOW | NUMBER | record ...]",
  summary: "Candidates behind the evaluation gate.",
  examples: [
    ["experiment", "All of them, the newest first."],
    ["experiment 12", "One, with its decision."],
    [
      "experiment record refunds baseline 0.0336 95% gated 0.0149 95.4%",
      "Cost a call and pass rate, of each.",
    ],
  ],
  parse: (words, { today }) => readExperiment(words, today),
  run,
  presses: {
    experiment_record: pressRecord,
    experiment_promote: pressPromote,
    experiment_reject: pressReject,
  },
  forms: { experiment_record: recordForm },
};
