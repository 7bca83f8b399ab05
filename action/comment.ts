import type { ApprovalAnswer } from "#core/estimates/approval-schema.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import {
  alternativeLines,
  brokenRules,
  budgetLines,
  detailBlocks,
  evaluationLine,
  sourceLine,
} from "./comment-details.ts";
import { figuresTable, leadingChanges } from "./comment-tables.ts";
import { verdictLine } from "./comment-verdict.ts";
import { code, prose } from "./markdown-text.ts";

/** GitHub takes 65,536 characters; the marker and a follow-up need some of them. */
export const MAX_COMMENT = 64_000;

export interface CommentContext {
  /** An earlier comment told of changes that are gone now. */
  readonly vanished: boolean;
  /** How a failing policy is passed all the same. */
  readonly override: {
    readonly label: string;
    readonly approvers: readonly string[];
    /** What chat says, where the accountable people were asked there. */
    readonly chat?: ApprovalAnswer | undefined;
  };
}

/** What everybody sees without opening anything. */
function openPart(report: EstimateReport, { vanished, override }: CommentContext): string[] {
  const title = vanished
    ? "no change of cost any more: what was reported here is gone from this pull request"
    : verdictLine(report);
  const notes = report.notes.slice(0, 8).map((note) => `- ${prose(note)}`);
  return [
    `### aispend: ${title}`,
    brokenRules(report),
    report.policy.verdict === "failed" ? overrideLine(report, override) : undefined,
    report.changes.length === 0 ? undefined : leadingChanges(report),
    figuresTable(report),
    budgetLines(report),
    alternativeLines(report),
    evaluationLine(report),
    report.changes.length === 0 ? undefined : sourceLine(report),
    notes.length === 0 ? undefined : notes.join("\n"),
  ].filter((part): part is string => part !== undefined && part !== "");
}

/** Who may let it pass, and by what: without a mention. */
function overrideLine(
  { budgets }: EstimateReport,
  { label, approvers, chat }: CommentContext["override"],
): string {
  const owners = budgets.flatMap(({ accountable }) => accountable?.github ?? []);
  const logins = [...new Set([...approvers, ...owners])].slice(0, 10).map(code);
  const by =
    logins.length === 0
      ? `an approver (the workflow names none in ${code("override-approvers")})`
      : logins.join(" or ");
  const review = `an approving review of this commit by ${by}`;
  const onGitHub = `the label ${code(label)} and ${review}`;
  switch (chat?.state) {
    case "pending":
      return (
        `To let it pass: an approval in chat, where it was asked for, or ${onGitHub}. ` +
        "Then run this check again."
      );
    case "denied":
      return `Denied in chat${saidBy(chat)}. To let it pass all the same: ${onGitHub}.`;
    default:
      return `To let it pass: ${onGitHub}.`;
  }
}

function saidBy({ by, reason }: ApprovalAnswer): string {
  const who = by === null ? "" : ` by ${prose(by, 80)}`;
  return reason === null ? who : `${who}: ${prose(reason, 500)}`;
}

/** From all of it to nothing but the open part: what is cut, is cut from the details first. */
const LIMITS = [
  { rows: 400, skipped: 200 },
  { rows: 200, skipped: 50 },
  { rows: 60, skipped: 0 },
  { rows: 15, skipped: 0 },
] as const;

/**
 * The report as Markdown: verdict, changes, figures, sources; the rest is folded away. Pure, and
 * never longer than `max` characters.
 */
export function commentMarkdown(
  report: EstimateReport,
  context: CommentContext,
  max = MAX_COMMENT,
): string {
  const open = openPart(report, context);
  for (const limits of LIMITS) {
    const text = [...open, ...detailBlocks(report, limits)].join("\n\n");
    if (text.length <= max) return text;
  }
  const text = open.join("\n\n");
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
