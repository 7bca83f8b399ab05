import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { type Permission, requirePermission } from "../org/permission.ts";
import type { Roster } from "../org/raci.ts";
import { loadRoster } from "../org/roster.ts";
import { expectedLimit, isSuppressed, LEADS_FROM, sameSince } from "./finding.ts";
import * as store from "./finding-store.ts";
import type {
  EvidenceInput,
  Finding,
  FindingClass,
  FindingSubject,
  Suppression,
} from "./schema.ts";
import { insertSuppression, listSuppressions } from "./suppression-store.ts";
import { findJudgedUntil } from "./watch-store.ts";

export interface NewFinding {
  readonly orgId: number;
  readonly class: FindingClass;
  readonly subject: FindingSubject;
  /** Where it is told and whose people may press; 0 = the organisation. */
  readonly scopeId: number;
  /** When the condition began, and when it was last seen: starts of hours. */
  readonly since: Date;
  readonly seenAt: Date;
  /** Nano-USD beyond the usual: all of it so far, and in the newest hour. 0 where it costs nothing. */
  readonly excess: bigint;
  readonly rate: bigint;
  readonly evidence: EvidenceInput;
  /** Whether people are to be told: `isAboveFloor`, or a reason of the caller. Once told stays told. */
  readonly push: boolean;
  /** Within this time of being seen it is the same again; half a day unless given. */
  readonly silenceHours?: number;
  readonly now: Date;
}

export type Recorded =
  | {
      readonly state: "opened" | "updated" | "reopened";
      readonly finding: Finding;
      /** New, listed only until now, or far beyond what was expected: a message is due. */
      readonly isNews: boolean;
    }
  /** Somebody marked it as expected, or closed it while its condition goes on. */
  | { readonly state: "suppressed" };

/**
 * Opens a finding, or moves the figures of the one of the same class and subject that is not resolved:
 * running it again changes nothing else. What was normal for less than 12 hours is taken up again.
 */
export async function recordFinding(
  tx: Tx,
  draft: NewFinding,
  suppressions?: readonly Suppression[],
): Promise<Recorded> {
  const { orgId, now, seenAt, silenceHours, ...rest } = draft;
  await store.lockFindings(tx, orgId);
  const marks = suppressions ?? (await listSuppressions(tx, orgId, now));
  const known = await store.findUnresolved(tx, draft);
  const isMarked = isSuppressed(draft, marks);
  if (known === undefined && isMarked) return { state: "suppressed" };
  const since = sameSince(seenAt, silenceHours);
  if (known === undefined && (await store.touchClosed(tx, draft, since, seenAt))) {
    return { state: "suppressed" };
  }
  const reopened =
    known === undefined ? await store.reopenFinding(tx, draft, since, now) : undefined;
  const before = known ?? reopened;
  const outgrew = known?.state === "expected" && !isMarked;
  if (outgrew) await wakeFinding(tx, known, now);
  const quiet = before?.state === "expected" && isMarked;
  const push = draft.push && !quiet;
  const row = { orgId, ...rest, lastSeenAt: seenAt, push };
  const finding =
    before === undefined
      ? await store.insertFinding(tx, row, now)
      : await store.moveFinding(tx, before.id, row, now);
  const isFirst = finding.pushedAt !== undefined && before?.pushedAt === undefined;
  const isNews = isFirst || (outgrew && push);
  const state = known !== undefined ? "updated" : reopened !== undefined ? "reopened" : "opened";
  return { state, finding, isNews };
}

/** It costs far more than what was expected. */
async function wakeFinding(tx: Tx, { orgId, id }: Finding, now: Date): Promise<void> {
  await store.changeFinding(tx, { orgId, id, from: ["expected"], now }, { state: "open" });
}

/** Its condition is over, says the job that found it; of the hourly classes the tick says so itself. */
export async function endFinding(
  tx: Tx,
  of: { orgId: number; class: FindingClass; subject: FindingSubject; now: Date },
): Promise<Finding | undefined> {
  const { orgId, now } = of;
  const finding = await store.findUnresolved(tx, of);
  if (finding === undefined) return undefined;
  const change = { state: "resolved", resolution: "normal_again" } as const;
  return store.changeFinding(tx, { orgId, id: finding.id, from: LEADS_FROM.resolve, now }, change);
}

/** Not resolved first, the dearest hour first; at most `limit`. */
export function listFindings(
  db: Db,
  orgId: number,
  filter: Partial<store.FindingFilter> = {},
): Promise<Finding[]> {
  return store.listFindingRows(db, orgId, { limit: 50, ...filter });
}

/** The end of the newest hour that was judged; undefined before the first. */
export function findWatchedUntil(db: Db, orgId: number): Promise<Date | undefined> {
  return findJudgedUntil(db, orgId);
}

/** Throws `finding_not_found`. */
export async function getFinding(db: Db, orgId: number, id: number): Promise<Finding> {
  const finding = await store.findFinding(db, orgId, id);
  if (finding !== undefined) return finding;
  throw new AispendError("finding_not_found", `there is no finding ${id}`, {
    kind: "not_found",
    help: "List them: anomalies",
  });
}

export type Presser = Pick<AuditRecord, "actorAccount" | "surface"> & {
  readonly personId: number;
};

export type Transition =
  | { readonly to: "acknowledge" }
  | { readonly to: "snooze"; readonly until: Date }
  | { readonly to: "expect"; readonly until: Date; readonly reason: string }
  | { readonly to: "resolve"; readonly reason: string }
  | { readonly to: "label" };

export interface Pressed {
  readonly orgId: number;
  readonly id: number;
  readonly transition: Transition;
  readonly by: Presser;
  readonly now: Date;
  /** In the same transaction: its messages are edited. */
  readonly onChanged?: (tx: Tx, finding: Finding) => Promise<void>;
}

export type PressOutcome =
  | { readonly state: "done"; readonly finding: Finding }
  /** Somebody was first, or it is over: the finding as it stands. */
  | { readonly state: "already"; readonly finding: Finding };

const PERMISSION_OF = {
  acknowledge: "acknowledge_finding",
  snooze: "snooze_finding",
  expect: "expect_finding",
  resolve: "acknowledge_finding",
  label: "acknowledge_finding",
} as const satisfies Record<Transition["to"], Permission>;

/**
 * One press on a finding. Authorised now, on the finding's scope; done once, as a conditional update:
 * whoever comes later is told how it stands. Throws `finding_not_found` and `not_permitted`.
 */
export function pressFinding(pool: Pool, pressed: Pressed): Promise<PressOutcome> {
  const { orgId, id, transition, by, now } = pressed;
  return transaction(pool, async (tx): Promise<PressOutcome> => {
    await store.lockFindings(tx, orgId);
    const before = await getFinding(tx, orgId, id);
    const roster = await loadRoster(tx, orgId);
    const scopeId = livingScope(roster, before.scopeId);
    const question = { action: PERMISSION_OF[transition.to], scopeId, now };
    const { as } = requirePermission(roster, by.personId, question);
    const finding = await change(tx, before, pressed);
    if (finding === undefined) return { state: "already", finding: before };
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: `finding.${AUDITED[transition.to]}`,
      subject: `finding:${id}`,
      before: { state: before.state },
      after: { state: finding.state, class: finding.class, as: as.role, ...untilOf(transition) },
      ...("reason" in transition ? { reason: transition.reason } : {}),
      at: now,
    });
    await pressed.onChanged?.(tx, finding);
    return { state: "done", finding };
  });
}

const AUDITED = {
  acknowledge: "acknowledged",
  snooze: "snoozed",
  expect: "expected",
  resolve: "resolved",
  label: "labelled",
} as const satisfies Record<Transition["to"], string>;

function untilOf(transition: Transition): { until?: string } {
  return "until" in transition ? { until: transition.until.toISOString() } : {};
}

/** A scope that is gone: whoever answers for the organisation answers for it. */
function livingScope(roster: Roster, scopeId: number): number {
  return roster.parents.has(scopeId) ? scopeId : 0;
}

async function change(
  tx: Tx,
  before: Finding,
  { transition, by, now }: Pressed,
): Promise<Finding | undefined> {
  const { orgId, id } = before;
  const at = { orgId, id, now };
  const { personId } = by;
  switch (transition.to) {
    case "acknowledge": {
      const from = LEADS_FROM.acknowledge;
      const state = "acknowledged";
      return store.changeFinding(tx, { ...at, from }, { state, acknowledgedBy: personId });
    }
    case "snooze": {
      const { until } = transition;
      requireLater(until, now);
      const to = { state: "snoozed", quietUntil: until, quietedBy: personId } as const;
      return store.changeFinding(tx, { ...at, from: LEADS_FROM.snooze }, to);
    }
    case "expect": {
      const { until, reason } = transition;
      requireLater(until, now);
      requireReason(reason);
      const to = { state: "expected", quietUntil: until, quietedBy: personId } as const;
      const changed = await store.changeFinding(tx, { ...at, from: LEADS_FROM.expect }, to);
      if (changed === undefined) return undefined;
      const rateLimit = expectedLimit(changed.rate);
      await insertSuppression(tx, changed, { until, rateLimit, reason, by: personId, now });
      return changed;
    }
    case "resolve": {
      requireReason(transition.reason);
      const to = { state: "resolved", resolvedBy: personId, resolution: "by_person" } as const;
      return store.changeFinding(tx, { ...at, from: LEADS_FROM.resolve }, to);
    }
    case "label": {
      const labelled = await store.labelFindingRow(tx, { orgId, id, by: personId, now });
      if (labelled === undefined || labelled.state === "resolved") return labelled;
      const to = { state: "resolved", resolvedBy: personId, resolution: "not_an_anomaly" } as const;
      return store.changeFinding(tx, { ...at, from: LEADS_FROM.resolve }, to);
    }
  }
}

function requireLater(until: Date, now: Date): void {
  const days = (until.getTime() - now.getTime()) / 86_400_000;
  if (days > 0 && days <= 366) return;
  throw new AispendError("time_invalid", `${until.toISOString()} is not within the next 366 days`, {
    help: "Choose a time to come, for example: 4 hours, 7 days.",
  });
}

function requireReason(reason: string): void {
  if (reason.trim() !== "" && reason.length <= 500) return;
  throw new AispendError("reason_missing", "it needs a reason of 1 to 500 characters", {
    help: "Say why in a few words: the audit log keeps it.",
  });
}
