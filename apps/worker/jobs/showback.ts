import { withAuditHead } from "#apps/chat/keys/audit-head.ts";
import { createOrgViews, type OrgView } from "#apps/chat/org-view.ts";
import { scopesBelow } from "#apps/chat/scopes-below.ts";
import { showbackAnswer, showbackThread } from "#apps/chat/showback/showback-answer.ts";
import { isSilent, loadShowback, subjectOf } from "#apps/chat/showback/showback-report.ts";
import type { AnswerBody } from "#apps/chat/spend/spend-answer.ts";
import { Answer } from "#core/answers/schema.ts";
import { findAuditHead } from "#core/audit/service.ts";
import { loadContext } from "#core/ledger/context.ts";
import { enqueue } from "#core/outbox/service.ts";
import { type LeverOnRecord, listLevers, measureLevers } from "#core/outcomes/lever-record.ts";
import { listShowbacks, recordSent } from "#core/showback/service.ts";
import { localDay } from "#core/time.ts";
import type { Job, JobContext } from "../job.ts";

const LEVERS = 100;

/** Keeps what the levers of the scope did last week, and gives them as they are then told. */
async function measured(
  { tx, orgId, timeZone, now }: JobContext,
  org: OrgView,
  scopeId: number,
): Promise<LeverOnRecord[]> {
  const inside = scopesBelow(org, scopeId);
  const onRecord = await listLevers(tx, orgId, inside, LEVERS);
  await measureLevers(tx, {
    orgId,
    levers: onRecord.map(({ lever }) => lever),
    filterOf: (id) => subjectOf(org, id)?.filter ?? {},
    today: localDay(now, timeZone),
    now,
  });
  return listLevers(tx, orgId, inside, LEVERS);
}

/**
 * Every Monday at 09:00, or as the organisation's file and the team chose: what the scope of a channel
 * spent. The audience is the room. After a pause only the newest week is told.
 */
export const showback: Job = {
  name: "weekly_showback",
  schedule: { every: "week", weekday: 1, at: "09:00" },
  catchUp: "last",
  async scopes(pool, { orgId }) {
    const all = await listShowbacks(pool, orgId);
    return all.map(({ scopeId, schedule }) => ({ scope: String(scopeId), schedule }));
  },
  async run(context) {
    const { pool, tx, orgId, now, slot, log } = context;
    const scopeId = Number(context.scope);
    // Its channel may be gone, or it was switched off, since the slot was opened.
    const wanted = (await listShowbacks(tx, orgId)).find((one) => one.scopeId === scopeId);
    const org = await createOrgViews(pool)(orgId, now);
    const subject = subjectOf(org, scopeId);
    if (wanted === undefined || subject === undefined) return;
    const record = await measured(context, org, scopeId);
    const { priceBook: book } = await loadContext(pool, orgId, now);
    // As of the slot, so that a late run tells the week that was due.
    const sources = { pool, org, book, now: slot, record };
    const report = await loadShowback(sources, subject, wanted.cadence);
    if (isSilent(report)) return;
    const { period } = report;
    const { cost } = report.why.total.after;
    if (!(await recordSent(tx, { orgId, scopeId, period, cost, now }))) return;
    const thread = `showback:${scopeId}:${period.start}:${period.end}`;
    const { surface, destination } = wanted.channel;
    const owe = (placement: "post" | "thread", body: AnswerBody) =>
      enqueue(
        tx,
        {
          orgId,
          dedupeKey: `${thread}:${placement}`,
          surface,
          destination,
          kind: "weekly_showback",
          urgency: "report",
          placement,
          threadKey: thread,
          body: Answer.parse({
            ...body,
            audience: { kind: "room" },
            demonstration: org.demonstration,
          }),
        },
        now,
      );
    await owe("post", showbackAnswer(report));
    await owe("thread", withAuditHead(showbackThread(report), await findAuditHead(tx, orgId)));
    log.info({ orgId, scopeId, cadence: wanted.cadence }, "owed a showback");
  },
};
