import { formatUsd } from "#core/money.ts";
import {
  acceptDispute,
  type DisputeOutcome,
  type Line,
  listLines,
  passOnDispute,
  raiseDispute,
} from "#core/showback/dispute.ts";
import type { Asking } from "../asking.ts";
import { settleBudgetSubject } from "../budgets/budget-subject.ts";
import { requireSetter } from "../budgets/setter.ts";
import { wordsOf } from "../grammar/words.ts";
import { askButton, Refusal } from "../refusal.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { readSpendWords } from "../spend/spend-words.ts";
import type { Form, Press } from "../surface.ts";
import { closedAnswer, passedAnswer, raisedAnswer, settledAnswer } from "./dispute-answer.ts";
import { lineSaid } from "./line-said.ts";
import { type LineToken, readLineToken } from "./line-token.ts";
import { subjectOf } from "./showback-report.ts";
import { cardOf, tellAsked, tellSettled } from "./tell-dispute.ts";

function choiceOf({ chain, keyId }: Line): string {
  return `${chain.projectId}:${chain.agentId}:${keyId ?? 0}`;
}

/** The lines of the scope that was shown; a project's are those of its team inside it. */
async function linesOf(asking: Asking, { scopeId, period }: LineToken): Promise<Line[]> {
  const { org, pool } = asking;
  const scope = org.scopes.find(({ id }) => id === scopeId);
  if (scope === undefined) throw gone();
  const top = scope.path.split("/")[0];
  const team = org.scopes.find(({ kind, path }) => kind === "team" && path === top);
  if (team === undefined) throw gone();
  const lines = await listLines(pool, { orgId: org.id, teamId: team.id, period });
  if (scope.kind === "team") return lines;
  return lines.filter(({ chain }) => chain.projectId === scopeId || chain.agentId === scopeId);
}

function gone(): Refusal {
  return new Refusal("name_not_found", "No longer there", "What this form is about is gone.", {
    kind: "not_found",
    help: "Ask for it again: showback",
    actions: [askButton("showback")],
  });
}

const CHOICES = 50;

export async function notOursForm(asking: Asking, token: string): Promise<Form> {
  const wanted = readLineToken(token);
  const lines = (await linesOf(asking, wanted)).slice(0, CHOICES);
  if (lines.length === 0) throw gone();
  const said = subjectOf(asking.org, wanted.scopeId)?.said ?? "this team";
  return {
    title: "Not ours",
    intro:
      `Which line of ${said}, ${saidPeriod(wanted.period, asking.today)}, belongs elsewhere? The ` +
      "likeliest owner is asked; what they accept is booked there by a correction.",
    verb: "not_ours",
    token,
    submitLabel: "Ask",
    fields: [
      {
        kind: "choice",
        name: "line",
        label: "Line",
        required: true,
        options: lines.map((line) => ({
          value: choiceOf(line),
          label: `${lineSaid(line).slice(0, 55)}, ${formatUsd(line.cost, 2)}`,
        })),
      },
      {
        kind: "text",
        name: "reason",
        label: "Why is it not yours?",
        required: true,
        maxLength: 500,
      },
    ],
  };
}

export async function pressNotOurs(asking: Asking, press: Press): Promise<AnswerBody> {
  const wanted = readLineToken(press.token);
  const lines = await linesOf(asking, wanted);
  const line = lines.find((one) => choiceOf(one) === press.values.line);
  if (line === undefined) {
    throw new Refusal("line_missing", "Which line?", "That line is not in this showback.", {
      kind: "invalid",
      help: "Open the form again and choose one of the list.",
    });
  }
  const { org, pool, now } = asking;
  const dispute = await raiseDispute(pool, {
    orgId: org.id,
    line,
    period: wanted.period,
    reason: press.values.reason ?? "",
    by: requireSetter(asking),
    now,
    tell: (tx, raised) => tellAsked(tx, asking, raised),
  });
  return raisedAnswer(await cardOf(pool, asking, dispute));
}

function readDisputeToken(token: string): { id: number; scopeId: number | undefined } {
  const [id = "", scope = ""] = token.split(":");
  if (!/^\d{1,9}$/.test(id) || !/^\d{0,9}$/.test(scope)) {
    throw new Refusal("button_unknown", "That button no longer works", "I do not know it.", {
      kind: "not_found",
      actions: [askButton("showback")],
    });
  }
  return { id: Number(id), scopeId: scope === "" ? undefined : Number(scope) };
}

async function outcomeAnswer(asking: Asking, outcome: DisputeOutcome): Promise<AnswerBody> {
  const { pool, org } = asking;
  const card = await cardOf(pool, asking, outcome.dispute);
  switch (outcome.state) {
    case "already":
    case "expired":
      return closedAnswer(card, outcome.state);
    case "passed_on":
      return passedAnswer(card);
    case "accepted": {
      const to = subjectOf(org, outcome.dispute.settledScopeId ?? 0)?.said ?? "its owner";
      return settledAnswer(card, outcome.moved, to);
    }
  }
}

export async function pressAccept(asking: Asking, press: Press): Promise<AnswerBody> {
  const { id, scopeId } = readDisputeToken(press.token);
  const { pool, org, now } = asking;
  const outcome = await acceptDispute(pool, {
    orgId: org.id,
    id,
    ...(scopeId === undefined ? {} : { scopeId }),
    by: requireSetter(asking),
    now,
    tell: (tx, accepted, moved) => tellSettled(tx, asking, accepted, moved),
  });
  return outcomeAnswer(asking, outcome);
}

export async function pressDecline(asking: Asking, press: Press): Promise<AnswerBody> {
  const { id, scopeId } = readDisputeToken(press.token);
  if (scopeId === undefined) throw gone();
  const { pool, org, now } = asking;
  const outcome = await passOnDispute(pool, {
    orgId: org.id,
    id,
    scopeId,
    by: requireSetter(asking),
    now,
    tell: (tx, passed) => tellAsked(tx, asking, passed),
  });
  return outcomeAnswer(asking, outcome);
}

export async function claimForm(_asking: Asking, token: string): Promise<Form> {
  readDisputeToken(token);
  return {
    title: "Claim it",
    intro: "For which team, project or agent is it? Only its own R or A may claim it.",
    verb: "dispute_claim",
    token,
    submitLabel: "Claim",
    fields: [
      {
        kind: "text",
        name: "scope",
        label: "Team, project or agent",
        required: true,
        maxLength: 200,
      },
    ],
  };
}

/** A line that nobody is known to own, claimed by whoever answers for the scope that is named. */
export async function pressClaim(asking: Asking, press: Press): Promise<AnswerBody> {
  const { id } = readDisputeToken(press.token);
  const words = readSpendWords(undefined, wordsOf(press.values.scope ?? ""), asking.today);
  const { budget, scopeId } = await settleBudgetSubject(asking, words, "showback");
  if (budget.kind !== "scope" || scopeId === 0) {
    throw new Refusal("scope_needed", "For whom?", "Name a team, project or agent.", {
      kind: "invalid",
    });
  }
  const { pool, org, now } = asking;
  const outcome = await acceptDispute(pool, {
    orgId: org.id,
    id,
    scopeId,
    by: requireSetter(asking),
    now,
    tell: (tx, accepted, moved) => tellSettled(tx, asking, accepted, moved),
  });
  return outcomeAnswer(asking, outcome);
}
