import type { Action } from "#core/answers/schema.ts";
import type { Approval } from "#core/estimates/approval.ts";
import { wallClock } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

type View = Pick<OrgView, "personName" | "timeZone">;

export function approvalThread({ cardOf }: Approval): string {
  return `estimate_approval:${cardOf}`;
}

function outcomeSaid(approval: Approval, org: View): string {
  const { state, decidedBy, decidedAt, reason, selfApproval } = approval;
  if (state === "superseded") return "REPLACED by a later commit or another policy.";
  if (state === "lapsed") return "CLOSED: nobody decided while it was open.";
  const by = decidedBy === null ? "" : ` by ${org.personName(decidedBy)}`;
  const at = decidedAt === null ? "" : ` ${wallClock(decidedAt, org.timeZone).time.slice(0, 5)}`;
  const self = selfApproval ? " Self-approved, as aispend.yaml allows." : "";
  const why = reason === null ? "" : `: ${reason}`;
  return `${state === "approved" ? "APPROVED" : "DENIED"}${at}${by}${why}.${self}`;
}

function pendingActions({ id }: Approval): Action[] {
  const token = String(id);
  return [
    { kind: "form", label: "Approve...", form: "pull_approve", token },
    { kind: "form", label: "Deny...", form: "pull_deny", token },
  ];
}

/** A pull request whose policy fails: with what can be pressed, or with its outcome. Pure. */
export function approvalCard(approval: Approval, org: View): AnswerBody {
  const { facts, headSha, id, pullRequest, repository, sentence, state } = approval;
  const open = state === "pending";
  const commit = headSha.slice(0, 12);
  return {
    command: `pulls ${id}`,
    title: `PR ${repository} #${pullRequest}: ${open ? "the policy fails" : state}`,
    sentence: open ? `${sentence}: may it pass?` : `${sentence}: ${outcomeSaid(approval, org)}`,
    facts: [...facts],
    notes: [
      state === "approved"
        ? `It holds for commit ${commit}: run the check of the pull request again.`
        : `Commit ${commit}. The comment of the pull request has what changed.`,
    ],
    source: { basis: "estimated" },
    actions: open ? pendingActions(approval) : [askButton("pulls", "What waits")],
  };
}

const SHOWN = 20;

/** What waits for somebody. Pure. */
export function pullsAnswer(pending: readonly Approval[]): AnswerBody {
  const shown = pending.slice(0, SHOWN);
  const [first] = shown;
  if (first === undefined) {
    return {
      command: "pulls",
      title: "No pull request waits",
      sentence: "No pull request waits for an approval: none fails its policy, or all are decided.",
      source: { basis: "none" },
    };
  }
  const many = pending.length > SHOWN ? `more than ${SHOWN}` : String(pending.length);
  return {
    command: "pulls",
    title: "Pull requests that wait",
    sentence:
      pending.length === 1
        ? `1 pull request waits for an approval: ${first.sentence}.`
        : `${many} pull requests wait for an approval; the newest: ${first.sentence}.`,
    table: {
      caption: "The newest first",
      columns: [{ label: "No." }, { label: "Pull request" }, { label: "What" }],
      rows: shown.map(({ id, repository, pullRequest, sentence }) => [
        String(id),
        `${repository} #${pullRequest}`,
        sentence.replace(`${repository} #${pullRequest} `, ""),
      ]),
    },
    source: { basis: "estimated" },
    actions: shown.slice(0, 3).map(({ id }) => askButton(`pulls ${id}`, `Show ${id}`)),
  };
}
