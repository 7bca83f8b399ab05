import { parseUsd, usdDecimal } from "#core/money.ts";
import type { Configuration } from "#core/outcomes/eval-gate.ts";
import { type Evaluation, readPassRate } from "#core/outcomes/evaluation-file.ts";
import { decideExperiment, recordExperiment } from "#core/outcomes/experiment.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import { requirePerson } from "../require-person.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { experimentAnswer } from "./experiment-answer.ts";

function stale(): Refusal {
  return new Refusal(
    "button_unknown",
    "That button no longer works",
    "This button is of an experiment that I do not know any more.",
    { kind: "not_found", help: "Ask again and press the new one: experiment" },
  );
}

/** "refunds|baseline;0.0336;950;1000|gated;0.0149;954;1000": what a press puts on record. */
export function recordToken(workflow: string | undefined, evaluation: Evaluation): string {
  const parts = [evaluation.baseline, ...evaluation.candidates].map(
    ({ name, costPerCall, passed, cases }) =>
      [encodeURIComponent(name), usdDecimal(costPerCall), passed, cases].join(";"),
  );
  return [encodeURIComponent(workflow ?? ""), ...parts].join("|");
}

function readPart(part: string): Configuration {
  const [name = "", cost = "", passed = "", cases = ""] = part.split(";");
  const isRate = /^\d{1,18}$/.test(passed) && /^[1-9]\d{0,18}$/.test(cases);
  if (!isRate || !/^\d{1,9}(?:\.\d{1,9})?$/.test(cost) || BigInt(passed) > BigInt(cases)) {
    throw stale();
  }
  return {
    name: decodeURIComponent(name).slice(0, 60) || "candidate",
    costPerCall: parseUsd(cost),
    passed: BigInt(passed),
    cases: BigInt(cases),
    counted: false,
  };
}

/** From a button that carries everything, or from the form's fields. */
function submitted(press: Press): { workflow: string | undefined; evaluation: Evaluation } {
  const [named = "", ...parts] = press.token.split("|");
  const workflow = decodeURIComponent(named) || undefined;
  const { baseline_cost: cost, ...values } = press.values;
  if (cost === undefined) {
    const [baseline, ...candidates] = parts.map(readPart);
    if (baseline === undefined || candidates.length === 0) throw stale();
    return { workflow, evaluation: { name: undefined, workflow, baseline, candidates } };
  }
  const of = (name: string, amount: string, rate: string, field: string): Configuration => ({
    name,
    costPerCall: parseUsd(amount),
    ...readPassRate(rate, field),
    counted: false,
  });
  const name = values.name?.trim().slice(0, 60) || "candidate";
  return {
    workflow,
    evaluation: {
      name,
      workflow,
      baseline: of("baseline", cost, values.baseline_rate ?? "", "the baseline's pass rate"),
      candidates: [of(name, values.cost ?? "", values.rate ?? "", "the candidate's pass rate")],
    },
  };
}

export async function pressRecord(asking: Asking, press: Press): Promise<AnswerBody> {
  const { asker, now, org, pool, surface } = asking;
  const { workflow, evaluation } = submitted(press);
  const experiment = await recordExperiment(pool, {
    orgId: org.id,
    evaluation,
    name: evaluation.name ?? evaluation.candidates[0]?.name ?? "experiment",
    workflow,
    by: {
      actor: asker.personId ?? "operator",
      actorAccount: asker.account,
      surface,
    },
    now,
  });
  return experimentAnswer(experiment, org.personName);
}

async function decide(
  asking: Asking,
  id: number,
  promote: number | undefined,
): Promise<AnswerBody> {
  const { now, org, pool } = asking;
  const by = requirePerson(asking, {
    title: "Who decides?",
    why: "A configuration is promoted by the person who answers for the evaluation gate.",
    help: "See who that is: owners org",
  });
  const outcome = await decideExperiment(pool, { orgId: org.id, id, promote, by, now });
  const body = experimentAnswer(outcome.experiment, org.personName);
  return outcome.state === "decided"
    ? body
    : { ...body, notes: ["Somebody decided it before; nothing was changed."] };
}

export function pressPromote(asking: Asking, press: Press): Promise<AnswerBody> {
  const [, id, position] = /^(\d{1,9}):(\d{1,2})$/.exec(press.token) ?? [];
  if (id === undefined || position === undefined) throw stale();
  return decide(asking, Number(id), Number(position));
}

export function pressReject(asking: Asking, press: Press): Promise<AnswerBody> {
  if (!/^\d{1,9}$/.test(press.token)) throw stale();
  return decide(asking, Number(press.token), undefined);
}

export async function recordForm(_asking: Asking, token: string): Promise<Form> {
  const workflow = decodeURIComponent(token.split("|")[0] ?? "");
  const money = { kind: "money", required: true } as const;
  const rate = {
    kind: "text",
    required: true,
    maxLength: 12,
    hint: "Percent, such as 95.4",
  } as const;
  return {
    title: "Record an experiment",
    intro:
      `A candidate against the baseline${workflow === "" ? "" : ` of ${workflow}`}, ` +
      "measured on the same held-out set.",
    verb: "experiment_record",
    token: encodeURIComponent(workflow),
    submitLabel: "Record",
    fields: [
      { ...money, name: "baseline_cost", label: "Baseline: dollars a call" },
      { ...rate, name: "baseline_rate", label: "Baseline: pass rate" },
      { kind: "text", name: "name", label: "Candidate", required: true, maxLength: 60 },
      { ...money, name: "cost", label: "Candidate: dollars a call" },
      { ...rate, name: "rate", label: "Candidate: pass rate" },
    ],
  };
}
