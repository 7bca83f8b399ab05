import { tellFinding } from "#apps/chat/anomalies/tell-finding.ts";
import { createOrgViews } from "#apps/chat/org-view.ts";
import { listFindings } from "#core/anomalies/service.ts";
import { recordAnomalies } from "#core/anomalies/tick.ts";
import type { Job, JobContext } from "../job.ts";

/** What other jobs recorded since the last day is told here as well. */
const TOLD_HOURS = 26;
const HOUR_MS = 3_600_000;

/** Ten minutes after every hour: what of it is not as usual, and what became of earlier findings. */
export const anomalies: Job = {
  name: "anomalies",
  schedule: { every: "hour", minute: 10 },
  catchUp: "last",
  async run(context) {
    const { log, now, orgId, tx } = context;
    const { moved, series } = await recordAnomalies(tx, { orgId, now });
    const byId = new Map(moved.map((one) => [one.finding.id, one]));
    const updatedSince = new Date(now.getTime() - TOLD_HOURS * HOUR_MS);
    for (const finding of await listFindings(tx, orgId, {
      pushed: true,
      updatedSince,
      limit: 500,
    })) {
      const known = byId.get(finding.id);
      byId.set(finding.id, known ?? { finding, isNews: false, budget: undefined });
    }
    const pushed = [...byId.values()].filter(({ finding }) => finding.pushedAt !== undefined);
    const told = await tellAll(context, pushed);
    log.info({ orgId, series, moved: moved.length, ...told }, "judged the hours");
  },
};

async function tellAll(
  { now, orgId, pool, tx }: JobContext,
  pushed: readonly Omit<Parameters<typeof tellFinding>[2], "now">[],
): Promise<{ messages: number; unreachable: number }> {
  const sum = { messages: 0, unreachable: 0 };
  if (pushed.length === 0) return sum;
  const org = await createOrgViews(pool)(orgId, now);
  for (const one of pushed) {
    const { messages, unreachable } = await tellFinding(tx, org, { ...one, now });
    sum.messages += messages;
    sum.unreachable += unreachable;
  }
  return sum;
}
