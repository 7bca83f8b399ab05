import type { Pool } from "pg";
import { may } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Breadth } from "#core/reviews/schema.ts";
import { acknowledgeReview, listReaders } from "#core/reviews/service.ts";
import { addMonths, type Day, parseDay, startOfMonth } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { requireSetter } from "../budgets/setter.ts";
import type { Command } from "../command.ts";
import { readClauses } from "../grammar/clauses.ts";
import { resolvePeriod } from "../period.ts";
import { askButton, Refusal } from "../refusal.ts";
import { claimKeyForm, pressClaimKey } from "../reviews/claim-key.ts";
import { reviewAnswer } from "../reviews/review-answer.ts";
import { lastMonth, loadReview, teamsInView } from "../reviews/review-report.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Press } from "../surface.ts";

/** All of it for those accountable at the organisation, the owners of teams read their part. */
async function breadthOf(asking: Asking, pool: Pool): Promise<Breadth | undefined> {
  const { asker, org, now, sight } = asking;
  if (sight.isOperator) return "organisation";
  if (asker.personId === undefined || sight.isRoom) return undefined;
  const roster = await loadRoster(pool, org.id);
  const question = { action: "see_board_page", scopeId: 0, now } as const;
  if (may(roster, asker.personId, question).allowed) return "organisation";
  return teamsInView(org, "teams", asker.personId).length > 0 ? "teams" : undefined;
}

function refused(isRoom: boolean): Refusal {
  return new Refusal(
    "review_refused",
    "The review is not shown here",
    isRoom
      ? "The monthly review is not shown in a room: it names owners and what is ownerless."
      : "The monthly review is for those who answer for the organisation or for a team.",
    {
      kind: "forbidden",
      help: isRoom ? "Ask me in private." : "See who that is: owners org",
      actions: isRoom ? [] : [askButton("owners org")],
    },
  );
}

async function run(asking: Asking, month: Day | undefined): Promise<AnswerBody> {
  const { pool, org, now } = asking;
  const breadth = await breadthOf(asking, pool);
  if (breadth === undefined) throw refused(asking.sight.isRoom);
  const wanted = month ?? lastMonth(now, org.timeZone);
  if (addMonths(wanted, 1) > asking.today) {
    throw new Refusal("month_not_over", "Not over yet", "That month is not over yet.", {
      kind: "unprocessable",
      help: "A review is of a month that is over: review 2026-10",
      actions: [askButton("review", "Last month")],
    });
  }
  const report = await loadReview(
    { pool, org, now },
    { month: wanted, breadth, personId: asking.asker.personId },
  );
  const body = reviewAnswer(report);
  return (await isOwed(asking, wanted)) ? body : withoutAcknowledge(body);
}

/** A review that was sent is acknowledged by whom it was sent to; the others read it. */
async function isOwed({ asker, org, pool }: Asking, month: Day): Promise<boolean> {
  const readers = await listReaders(pool, org.id, month);
  return readers.some(({ personId }) => personId === asker.personId);
}

function withoutAcknowledge(body: AnswerBody): AnswerBody {
  const actions = (body.actions ?? []).filter(
    (one) => one.kind !== "press" || one.verb !== "review_ack",
  );
  return { ...body, actions };
}

async function pressAcknowledge(asking: Asking, { token }: Press): Promise<AnswerBody> {
  const { pool, org, now, today } = asking;
  const month = /^\d{4}-(?:0[1-9]|1[0-2])$/.test(token) ? parseDay(`${token}-01`) : undefined;
  if (month === undefined) {
    throw new Refusal("button_unknown", "That button no longer works", "I do not know it.", {
      kind: "not_found",
      actions: [askButton("review")],
    });
  }
  const by = requireSetter(asking);
  const { changed, open } = await acknowledgeReview(pool, { orgId: org.id, month, by, now });
  const said = saidPeriod({ start: month, end: addMonths(month, 1) }, today);
  const did = changed ? "acknowledged" : "had acknowledged";
  const others =
    open === 0
      ? "everybody has"
      : open === 1
        ? "1 owner has not yet"
        : `${open} owners have not yet`;
  return {
    command: `review ${token}`,
    title: `Review of ${said}: acknowledged`,
    sentence: `You ${did} the review of ${said}; ${others}.`,
    source: { basis: "none" },
    actions: [askButton(`review ${token}`, "Review")],
  };
}

export const review: Command<Day | undefined> = {
  name: "review",
  usage: "review [MONTH]",
  summary: "The month for its owners, with decisions.",
  parse: (words, { today }) => {
    const { period } = readClauses(words, today);
    return period === undefined
      ? undefined
      : startOfMonth(resolvePeriod(period, today).whole.start);
  },
  run,
  presses: { review_ack: pressAcknowledge, claim_key: pressClaimKey },
  forms: { claim_key: claimKeyForm },
};
