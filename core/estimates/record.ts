import { type ApprovalRequest, LOGIN, RULES } from "./approval-schema.ts";
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

/**
 * What chat is asked where the policy fails: rules by name, models by the last part of their names,
 * and the effects. Undefined where nothing fails.
 */
export function approvalRequest(
  report: EstimateReport,
  of: Pick<Merged, "organisation" | "pullRequest"> & {
    readonly author: string | undefined;
    readonly ask: boolean;
  },
): ApprovalRequest | undefined {
  const { organisation, pullRequest, author, ask } = of;
  const failed = report.policy.rules.filter(({ outcome }) => outcome === "failed");
  const rules = RULES.filter((name) => failed.some(({ rule }) => rule === name));
  if (rules.length === 0) return undefined;
  const models = failed
    .filter(({ rule }) => rule === "models" || rule === "unpriced_model")
    .flatMap(({ changes }) => changes.flatMap((index) => report.changes[index]?.to ?? []))
    .map((model) => model.replace(/^.*[/:]/, ""))
    .filter((model) => /^[A-Za-z0-9][\w.-]{0,79}$/.test(model));
  return {
    version: 1,
    ...(organisation === undefined ? {} : { organisation }),
    pullRequest,
    baseSha: report.base,
    headSha: report.head,
    author: author !== undefined && LOGIN.test(author) ? author : null,
    effects: recordedEffects(report).slice(0, 50),
    rules,
    ask,
    models: [...new Set(models)].slice(0, 10),
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
