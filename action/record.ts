import type { RecordRequest } from "#core/estimates/record-schema.ts";
import type { EstimateReport } from "#core/estimates/report-schema.ts";
import type { PullRequest } from "./event.ts";

/** What of an estimate is kept: figures of subjects; no path, no value and no text of the change. */
export function recordOf(
  report: EstimateReport,
  pull: PullRequest,
  organisation: string | undefined,
): RecordRequest {
  const effects = report.effects.flatMap((effect): RecordRequest["effects"] => {
    const { traffic, month } = effect;
    if (traffic.subject === null || month.state !== "priced") return [];
    const changes = effect.changes.flatMap((index) => report.changes[index] ?? []);
    return [
      {
        subject: traffic.subject,
        source: traffic.source,
        kinds: [...new Set(changes.map(({ kind }) => kind))],
        roles: [
          ...new Set(changes.filter(({ kind }) => kind === "params").map(({ role }) => role)),
        ].slice(0, 20),
        callsPerMonth: traffic.callsPerMonth ?? 0,
        before: month.before,
        difference: month.difference,
      },
    ];
  });
  const { verdict, override } = report.policy;
  return {
    version: 1,
    ...(organisation === undefined ? {} : { organisation }),
    pullRequest: pull.number,
    baseSha: report.base,
    headSha: report.head,
    mergedAt: pull.merged_at ?? report.at,
    effects: effects.slice(0, 100),
    verdict,
    override:
      override === null || override.by === null
        ? null
        : { by: override.by, how: override.how.slice(0, 200) },
  };
}
