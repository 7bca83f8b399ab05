import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { canonicalJson } from "#core/audit/canonical-json.ts";
import { record } from "#core/audit/service.ts";
import type { Db } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { AispendError } from "#core/errors.ts";
import { parseUsd, sumNano } from "#core/money.ts";
import { type Directory, loadDirectory, pathOf } from "#core/org/directory.ts";
import { loadPriceTerms } from "#core/org/price-terms.ts";
import type { OwnTerms } from "#core/pricing/own-terms.ts";
import { addDays, type Day, localDay } from "#core/time.ts";
import { budgetScopes, type RepositoryAccess, resolveSubject } from "./access.ts";
import { calibrationOf } from "./accuracy.ts";
import { listBudgetStates } from "./budget-state.ts";
import { listFollowUpsOf } from "./follow-up-store.ts";
import { measureSubject } from "./measure.ts";
import type { RecordedEffect, RecordRequest } from "./record-schema.ts";
import type { Calibration } from "./report-schema.ts";
import type { Subject } from "./repository-schema.ts";
import * as store from "./store.ts";
import type { Quote, QuoteRequest, SubjectTraffic } from "./traffic-schema.ts";

/**
 * The one organisation that lists a repository; with a key, that one of several. Undefined where none
 * does: that and a wrong number look alike from outside.
 */
export async function findRepositoryAccess(
  db: Db,
  claim: { readonly repository: string; readonly repositoryId: string },
  organisation: string | undefined,
): Promise<RepositoryAccess | undefined> {
  const listed = await store.listRepositoriesNamed(db, claim.repository.toLowerCase());
  const own = listed.filter(
    ({ nativeId }) => nativeId === undefined || nativeId === claim.repositoryId,
  );
  const found = organisation === undefined ? own : own.filter((one) => one.orgKey === organisation);
  if (found.length <= 1) return found[0];
  throw new AispendError(
    "organisation_unclear",
    `${claim.repository} is listed by several organisations`,
    { kind: "unprocessable", help: "Write organisation: in the repository's aispend.yaml." },
  );
}

/** Traffic and budgets of what a repository maps to, and how its earlier estimates turned out. */
export async function quoteTraffic(
  db: Db,
  access: RepositoryAccess,
  request: QuoteRequest,
  now: Date,
): Promise<Quote> {
  const directory = await loadDirectory(db, access.orgId);
  const scopesOfSubjects: number[][] = [];
  const measured: SubjectTraffic[] = [];
  const refused: Quote["refused"] = [];
  for (const subject of request.subjects) {
    const found = resolveSubject(directory, access, subject);
    if (found.state === "refused") {
      refused.push({ subject, reason: found.reason });
      continue;
    }
    const { filter } = found;
    measured.push(await measureSubject(db, directory, { subject, filter, now }));
    scopesOfSubjects.push(budgetScopes(directory, filter.scopeIds));
  }
  const project = await measureProject(db, directory, access, now);
  if (project !== null && access.projectId !== undefined) {
    scopesOfSubjects.push(budgetScopes(directory, [access.projectId]));
  }
  const budgets = await listBudgetStates(db, directory, scopesOfSubjects.flat(), now);
  const budgetsOf = (scopeIds: readonly number[] | undefined): number[] =>
    budgets.flatMap(({ scopeId }, index) => (scopeIds?.includes(scopeId) === true ? [index] : []));
  return {
    version: 1,
    asOf: now.toISOString(),
    subjects: measured.map((one, index) => ({
      ...one,
      budgets: budgetsOf(scopesOfSubjects[index]),
    })),
    project: project === null ? null : { ...project, budgets: budgetsOf(scopesOfSubjects.at(-1)) },
    refused,
    budgets: budgets.map(({ state }) => state),
    terms: termsOf(await loadPriceTerms(db, access.orgId)),
    calibration: await findCalibration(db, access, now),
  };
}

function termsOf({ prices, discounts, uplifts }: OwnTerms): Quote["terms"] {
  return { prices: [...prices], discounts: [...discounts], uplifts: [...uplifts] };
}

async function measureProject(
  db: Db,
  directory: Directory,
  access: RepositoryAccess,
  now: Date,
): Promise<SubjectTraffic | null> {
  const { projectId } = access;
  const scope = projectId === undefined ? undefined : directory.scopes.get(projectId);
  if (projectId === undefined || scope === undefined || scope.retiredOn !== undefined) return null;
  const subject: Subject = { scope: pathOf(directory.scopes, projectId) };
  const found = resolveSubject(directory, access, subject);
  if (found.state === "refused") return null;
  return measureSubject(db, directory, { subject, filter: found.filter, now });
}

const CALIBRATION_DAYS = 365;

export async function findCalibration(
  db: Db,
  { orgId, name }: Pick<RepositoryAccess, "orgId" | "name">,
  now: Date,
): Promise<Calibration | null> {
  const since = new Date(now.getTime() - CALIBRATION_DAYS * 86_400_000);
  const rows = await listFollowUpsOf(db, { orgId, repository: name, since, limit: 1_000 });
  return calibrationOf(
    rows.flatMap(({ predicted, measured }) => (measured === null ? [] : [{ predicted, measured }])),
  );
}

const EARLIEST_DAYS = 90;

export type RecordOutcome = { readonly state: "recorded" | "duplicate"; readonly id: number };

/**
 * Keeps what a merged pull request was said to cost. The same again changes nothing; another content
 * for the same commit is a conflict, and so is a second estimate with one token. Throws
 * `estimate_conflict`, `token_used`, `scope_foreign` and `merged_at_invalid`.
 */
export function recordEstimate(
  pool: Pool,
  access: RepositoryAccess,
  args: { request: RecordRequest; tokenId: string; now: Date },
): Promise<RecordOutcome> {
  const { request, tokenId, now } = args;
  const { orgId, name: repository } = access;
  return transaction(pool, async (tx): Promise<RecordOutcome> => {
    const directory = await loadDirectory(tx, orgId);
    const mergedDay = mergedDayOf(request, directory, now);
    const scopeIds = requireScopes(directory, access, request.effects);
    const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
    const contentHash = hash(canonicalJson(request));
    const predicted = sumNano(request.effects.map(({ difference }) => parseUsd(difference)));
    const id = await store.insertEstimate(tx, {
      orgId,
      repository,
      request,
      contentHash,
      tokenHash: hash(tokenId),
      mergedDay,
      predicted,
      scopeIds,
      now,
    });
    if (id === undefined)
      return known(await store.findEstimate(tx, { ...request, orgId, repository }), contentHash);
    await record(tx, {
      orgId,
      actor: "system",
      action: "estimate.recorded",
      subject: `estimate:${id}`,
      after: {
        pullRequest: request.pullRequest,
        predicted: predicted.toString(),
        verdict: request.verdict,
        overridden: request.override !== null,
      },
      at: now,
    });
    return { state: "recorded", id };
  });
}

function known(
  found: { id: number; contentHash: Buffer } | undefined,
  contentHash: Buffer,
): RecordOutcome {
  if (found === undefined) {
    throw new AispendError("token_used", "this token has recorded another estimate already", {
      kind: "conflict",
      help: "Ask GitHub for a new token for each estimate.",
    });
  }
  if (found.contentHash.equals(contentHash)) return { state: "duplicate", id: found.id };
  throw new AispendError(
    "estimate_conflict",
    "another estimate of this commit is on record; it stays as it is",
    { kind: "conflict", help: "An estimate is recorded once, when the pull request is merged." },
  );
}

function mergedDayOf({ mergedAt }: RecordRequest, { timeZone }: Directory, now: Date): Day {
  const day = localDay(new Date(mergedAt), timeZone);
  const today = localDay(now, timeZone);
  if (day <= addDays(today, 1) && day >= addDays(today, -EARLIEST_DAYS)) return day;
  throw new AispendError("merged_at_invalid", `mergedAt is '${mergedAt}'`, {
    kind: "unprocessable",
    help: `Send when it was merged: within the last ${EARLIEST_DAYS} days.`,
  });
}

/** The scopes of what a repository tells of. Throws `scope_foreign` for one that is not its own. */
export function requireScopes(
  directory: Directory,
  access: RepositoryAccess,
  effects: readonly RecordedEffect[],
): number[] {
  const ids = effects.flatMap(({ subject }) => {
    const found = resolveSubject(directory, access, subject);
    if (found.state === "resolved") return [...found.filter.scopeIds];
    throw new AispendError("scope_foreign", found.reason, { kind: "forbidden" });
  });
  return [...new Set(ids)].toSorted((a, b) => a - b);
}
