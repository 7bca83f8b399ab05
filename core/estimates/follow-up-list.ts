import type { Db } from "#core/db/db.ts";
import { usdDecimal } from "#core/money.ts";
import type { RepositoryAccess } from "./access.ts";
import {
  besideText,
  type Comparison,
  comparisonText,
  isOffByTwo,
  publicComparisonText,
  rightPercent,
} from "./accuracy.ts";
import { type ListedFollowUp, listFollowUpsOf, listFollowUpsOfScopes } from "./follow-up-store.ts";
import type { FollowUp, FollowUps } from "./record-schema.ts";
import { findCalibration } from "./service.ts";

const LISTED_DAYS = 120;

/** What is known of a repository's merged pull requests, for the comment that follows up. */
export async function listRepositoryFollowUps(
  db: Db,
  access: RepositoryAccess,
  now: Date,
): Promise<FollowUps> {
  const since = new Date(now.getTime() - LISTED_DAYS * 86_400_000);
  const { orgId, name } = access;
  const rows = await listFollowUpsOf(db, { orgId, repository: name, since, limit: 200 });
  const calibration = await findCalibration(db, access, now);
  return { version: 1, followUps: rows.map(followUpOf), calibration };
}

function followUpOf(row: ListedFollowUp): FollowUp {
  const { state, reason, predicted, measured, volumeChange, otherChange, days } = row;
  const comparison = measured === null ? undefined : { predicted, measured };
  return {
    pullRequest: row.pullRequest,
    headSha: row.headSha,
    days,
    measuredAt: row.measuredAt.toISOString(),
    state,
    reason,
    predicted: usdDecimal(predicted),
    measured: measured === null ? null : usdDecimal(measured),
    rightPercent: comparison === undefined ? null : rightPercent(comparison),
    offByTwo: comparison !== undefined && isOffByTwo(comparison),
    volumeChange: volumeChange === null ? null : usdDecimal(volumeChange),
    otherChange: otherChange === null ? null : usdDecimal(otherChange),
    callsBefore: Number(row.callsBefore),
    callsAfter: Number(row.callsAfter),
    overlaps: row.overlaps,
    text: textOf(row, comparison),
    publicText: comparison === undefined ? "not measured" : publicComparisonText(comparison, days),
  };
}

function textOf(row: ListedFollowUp, comparison: Comparison | undefined): string {
  if (comparison === undefined) return `not measured: ${row.reason}`;
  const beside = besideText(row);
  return beside === "" ? comparisonText(comparison) : `${comparisonText(comparison)} (${beside})`;
}

export interface DigestLine {
  readonly repository: string;
  readonly pullRequest: number;
  readonly days: number;
  /** "PR 812 of acme/shop: predicted +$1,240 a month; at measured volume +$1,310, 95% right" */
  readonly text: string;
}

/**
 * What was found out in a period about changes of these scopes, for the digest of their owner: the
 * largest first. Give a team with all that is below it: a change is kept under the scopes it names.
 */
export async function listDigestLines(
  db: Db,
  args: { orgId: number; scopeIds: readonly number[] | undefined; since: Date; until: Date },
): Promise<DigestLine[]> {
  const rows = await listFollowUpsOfScopes(db, args);
  return rows.map((row) => {
    const { repository, pullRequest, days, predicted, measured } = row;
    const comparison = measured === null ? undefined : { predicted, measured };
    const text = `PR ${pullRequest} of ${repository}: ${textOf(row, comparison)}`;
    return { repository, pullRequest, days, text };
  });
}
