import type { NoticeRequest, RecordedEffect, RecordRequest } from "./record-schema.ts";
import type { EstimateReport } from "./report-schema.ts";

/** A merged pull request. */
export interface Merged {
  readonly organisation?: string | undefined;
  readonly pullRequest: number;
  readonly baseSha: string;
  readonly headSha: string;
  readonly mergedAt: Date;
}

/**
 * What the server keeps of an estimate: predictions by subject, and how the gate was passed. No path,
 * no name of a call site and no text of the repository is in it.
 */
export function recordRequest(report: EstimateReport, merged: Merged): RecordRequest {
  const { organisation, mergedAt, ...rest } = merged;
  const { verdict, override } = report.policy;
  const by = override?.by ?? null;
  return {
    version: 1,
    ...(organisation === undefined ? {} : { organisation }),
    ...rest,
    mergedAt: mergedAt.toISOString(),
    effects: recordedEffects(report),
    verdict,
    override: override === null || by === null ? null : { by, how: override.how },
  };
}

/** The full figures for chat; undefined where no month is known, and there is nothing to tell. */
export function noticeRequest(
  report: EstimateReport,
  of: Pick<Merged, "organisation" | "pullRequest" | "headSha">,
): NoticeRequest | undefined {
  const { organisation, pullRequest, headSha } = of;
  const effects = recordedEffects(report).slice(0, 50);
  if (effects.length === 0) return undefined;
  return {
    version: 1,
    ...(organisation === undefined ? {} : { organisation }),
    pullRequest,
    headSha,
    effects,
    verdict: report.policy.verdict,
  };
}

function recordedEffects({ effects, changes }: EstimateReport): RecordedEffect[] {
  return effects.flatMap((effect): RecordedEffect[] => {
    const { traffic, month } = effect;
    const { subject, callsPerMonth, source } = traffic;
    if (subject === null || callsPerMonth === null || month.state !== "priced") return [];
    const own = effect.changes.flatMap((index) => changes[index] ?? []);
    const params = own.filter(({ kind }) => kind === "params");
    return [
      {
        subject,
        source,
        kinds: [...new Set(own.map(({ kind }) => kind))],
        roles: [...new Set(params.map(({ role }) => role))].slice(0, 20),
        callsPerMonth,
        before: month.before,
        difference: month.difference,
      },
    ];
  });
}
