import { createOrgViews } from "#apps/chat/org-view.ts";
import { reminderAnswer, reviewAnswer } from "#apps/chat/reviews/review-answer.ts";
import { lastMonth, loadReview } from "#apps/chat/reviews/review-report.ts";
import { saidPeriod } from "#apps/chat/said/said-period.ts";
import type { AnswerBody } from "#apps/chat/spend/spend-answer.ts";
import { Answer } from "#core/answers/schema.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { loadRoster } from "#core/org/roster.ts";
import { enqueue } from "#core/outbox/service.ts";
import { type Reader, readersOf } from "#core/reviews/readers.ts";
import { openReview, takeUnreminded } from "#core/reviews/service.ts";
import { findReportTimes } from "#core/showback/service.ts";
import { reviewSchedule } from "#core/showback/times.ts";
import { addMonths, type Day, localDay } from "#core/time.ts";
import type { Job, JobContext } from "../job.ts";

/** Working days after the review on which whoever has not acknowledged it is reminded. */
const REMINDED_AFTER = 5;

interface Letter {
  readonly personId: number;
  readonly key: string;
  readonly body: AnswerBody;
  readonly kind: "monthly_review" | "review_reminder";
}

/** To the person's chat account, and by e-mail where that is configured. */
async function send(
  { tx, orgId, now }: JobContext,
  mailed: boolean,
  demonstration: boolean,
  letter: Letter,
): Promise<number> {
  const { personId, key, body, kind } = letter;
  const mail = { personId, surface: "email", destination: `person:${personId}` };
  const chat = await listAddresses(tx, orgId, [personId]);
  const addresses = mailed ? [...chat, mail] : chat;
  for (const { surface, destination } of addresses) {
    await enqueue(
      tx,
      {
        orgId,
        dedupeKey: `${key}:${surface}:${personId}`,
        surface,
        destination,
        kind,
        urgency: "report",
        body: Answer.parse({ ...body, audience: { kind: "person", personId }, demonstration }),
      },
      now,
    );
  }
  return addresses.length;
}

async function readers({ tx, orgId, slot }: JobContext, teamIds: number[]): Promise<Reader[]> {
  return readersOf(await loadRoster(tx, orgId), teamIds, slot);
}

async function sendReviews(context: JobContext, mailed: boolean): Promise<void> {
  const { pool, tx, orgId, now, slot, timeZone, log } = context;
  const org = await createOrgViews(pool)(orgId, now);
  const month = lastMonth(slot, timeZone);
  const teams = org.scopes.filter(({ kind, retired }) => kind === "team" && !retired);
  const owed = await readers(
    context,
    teams.map(({ id }) => id),
  );
  if (owed.length === 0) return;
  if (!(await openReview(tx, { orgId, month, readers: owed, now }))) return;
  let messages = 0;
  for (const { personId, breadth } of owed) {
    const report = await loadReview({ pool, org, now: slot }, { month, breadth, personId });
    const key = `review:${month.slice(0, 7)}`;
    const body = reviewAnswer(report);
    messages += await send(context, mailed, org.demonstration, {
      personId,
      key,
      body,
      kind: "monthly_review",
    });
  }
  log.info({ orgId, month, readers: owed.length, messages }, "owed the monthly review");
}

async function remind(context: JobContext, mailed: boolean): Promise<void> {
  const { pool, tx, orgId, now, slot, timeZone } = context;
  const org = await createOrgViews(pool)(orgId, now);
  const month = lastMonth(slot, timeZone);
  const said = saidPeriod(wholeMonth(month), localDay(slot, timeZone));
  const body = reminderAnswer({ month: month.slice(0, 7), said, orgName: org.name });
  for (const personId of await takeUnreminded(tx, { orgId, month, now })) {
    const key = `review_reminder:${month.slice(0, 7)}`;
    await send(context, mailed, org.demonstration, {
      personId,
      key,
      body,
      kind: "review_reminder",
    });
  }
}

function wholeMonth(month: Day) {
  return { start: month, end: addMonths(month, 1) };
}

/**
 * On the first working day, or as the organisation's file says: the month to its owners, and five
 * working days later one reminder to whoever has not acknowledged it.
 */
export function monthlyReview(options: { readonly mailed: boolean }): Job {
  return {
    name: "monthly_review",
    schedule: { every: "month_workday", workday: 1, at: "09:00" },
    catchUp: "last",
    async scopes(pool, { orgId }) {
      const schedule = reviewSchedule(await findReportTimes(pool, orgId));
      const due = schedule.every === "month_workday" ? schedule.workday : 1;
      const later = { ...schedule, workday: Math.min(20, due + REMINDED_AFTER) };
      return [
        { scope: "send", schedule },
        { scope: "remind", schedule: later },
      ];
    },
    run: (context) =>
      context.scope === "remind"
        ? remind(context, options.mailed)
        : sendReviews(context, options.mailed),
  };
}
