import { decideApproval, getApproval } from "#core/estimates/approval.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import { requirePerson } from "../require-person.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { approvalCard } from "./approval-card.ts";
import { tellApprovalEnded } from "./tell-approval.ts";

type Decision = "approved" | "denied";

function idOf(token: string): number {
  if (/^\d{1,9}$/.test(token)) return Number(token);
  throw new Refusal(
    "button_unknown",
    "That button no longer works",
    "This button is of a pull request that I do not know any more.",
    { kind: "not_found", help: "See which wait: pulls" },
  );
}

export async function pullForm(
  { org, pool }: Asking,
  token: string,
  decision: Decision,
): Promise<Form | AnswerBody> {
  const approval = await getApproval(pool, org.id, idOf(token));
  if (approval.state !== "pending") return approvalCard(approval, org);
  const approves = decision === "approved";
  return {
    title: approves ? "Let it pass" : "Deny",
    intro: `${approval.sentence}. For commit ${approval.headSha.slice(0, 12)} alone.`,
    verb: approves ? "pull_approve" : "pull_deny",
    token,
    submitLabel: approves ? "Approve" : "Deny",
    fields: [
      {
        kind: "text",
        name: "reason",
        label: "Why",
        hint: "Kept on record; in a private repository the pull request shows it",
        required: true,
        multiline: true,
        maxLength: 500,
      },
    ],
  };
}

export async function pressPull(
  asking: Asking,
  press: Press,
  decision: Decision,
): Promise<AnswerBody> {
  const { now, org, pool } = asking;
  const by = requirePerson(asking, {
    title: "Who decides?",
    why: "A pull request is let pass by a person, not by the operator of the installation.",
  });
  const { state, approval } = await decideApproval(pool, {
    orgId: org.id,
    id: idOf(press.token),
    decision,
    reason: press.values.reason ?? "",
    by,
    now,
    onDecided: (tx, decided) => tellApprovalEnded(tx, { org, now }, decided),
  });
  const card = approvalCard(approval, org);
  if (state === "decided") return card;
  return { ...card, sentence: `${card.sentence} Your press changed nothing.` };
}
