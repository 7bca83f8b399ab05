import type { Db, Tx } from "../db/db.ts";
import { COLUMNS, findingOf, one, type Row } from "./finding-row.ts";
import type {
  EvidenceInput,
  Finding,
  FindingClass,
  FindingState,
  FindingSubject,
} from "./schema.ts";

/** Writers of findings of one organisation come one after the other. */
export async function lockFindings(tx: Tx, orgId: number): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('finding'), $1)", [orgId]);
}

export interface FindingDraft {
  readonly orgId: number;
  readonly class: FindingClass;
  readonly subject: FindingSubject;
  readonly scopeId: number;
  readonly since: Date;
  readonly lastSeenAt: Date;
  readonly excess: bigint;
  readonly rate: bigint;
  readonly evidence: EvidenceInput;
  readonly push: boolean;
}

/** Opens a finding; there is none of its class and subject that is not resolved. */
export async function insertFinding(tx: Tx, draft: FindingDraft, now: Date): Promise<Finding> {
  const { rows } = await tx.query<Row>(
    `insert into finding as f (org_id, class, subject_kind, subject, scope_id, since, last_seen_at,
       excess, rate, evidence, pushed_at, opened_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) returning ${COLUMNS}`,
    [
      draft.orgId,
      draft.class,
      draft.subject.kind,
      draft.subject.key,
      draft.scopeId,
      draft.since,
      draft.lastSeenAt,
      draft.excess,
      draft.rate,
      JSON.stringify(draft.evidence),
      draft.push ? now : null,
      now,
    ],
  );
  return one(rows);
}

/** Moves the figures of one. Once told it stays told. */
export async function moveFinding(
  tx: Tx,
  id: number,
  draft: FindingDraft,
  now: Date,
): Promise<Finding> {
  const { rows } = await tx.query<Row>(
    `update finding f set scope_id = $3, since = least(since, $4),
       last_seen_at = greatest(last_seen_at, $5), excess = $6, rate = $7, evidence = $8,
       pushed_at = coalesce(pushed_at, $9), updated_at = $10, edits = edits + 1
     where f.org_id = $1 and f.id = $2 returning ${COLUMNS}`,
    [
      draft.orgId,
      id,
      draft.scopeId,
      draft.since,
      draft.lastSeenAt,
      draft.excess,
      draft.rate,
      JSON.stringify(draft.evidence),
      draft.push ? now : null,
      now,
    ],
  );
  return one(rows);
}

export async function findUnresolved(
  db: Db,
  of: Pick<FindingDraft, "orgId" | "class" | "subject">,
): Promise<Finding | undefined> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from finding f where f.org_id = $1 and f.class = $2
       and f.subject_kind = $3 and f.subject = $4 and f.state <> 'resolved'`,
    [of.orgId, of.class, of.subject.kind, of.subject.key],
  );
  return rows[0] && findingOf(rows[0]);
}

/**
 * What a person closed stays closed while its condition goes on: notes that it was seen again. True
 * where there is such a one.
 */
export async function touchClosed(
  tx: Tx,
  of: Pick<FindingDraft, "orgId" | "class" | "subject">,
  seenSince: Date,
  seenAt: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update finding set last_seen_at = greatest(last_seen_at, $6)
     where org_id = $1 and class = $2 and subject_kind = $3 and subject = $4
       and state = 'resolved' and resolution in ('by_person', 'not_an_anomaly')
       and last_seen_at >= $5`,
    [of.orgId, of.class, of.subject.kind, of.subject.key, seenSince, seenAt],
  );
  return (rowCount ?? 0) > 0;
}

/** Takes up what became normal a short while ago: the newest of its class and subject. */
export async function reopenFinding(
  tx: Tx,
  of: Pick<FindingDraft, "orgId" | "class" | "subject">,
  seenSince: Date,
  now: Date,
): Promise<Finding | undefined> {
  const { rows } = await tx.query<Row>(
    `update finding f set state = 'open', resolved_at = null, resolution = null, updated_at = $6
     where f.org_id = $1 and f.id = (
       select id from finding where org_id = $1 and class = $2 and subject_kind = $3
         and subject = $4 and state = 'resolved' and resolution = 'normal_again'
         and last_seen_at >= $5 order by last_seen_at desc limit 1)
       and not exists (select from finding o where o.org_id = $1 and o.class = $2
         and o.subject_kind = $3 and o.subject = $4 and o.state <> 'resolved')
     returning ${COLUMNS}`,
    [of.orgId, of.class, of.subject.kind, of.subject.key, seenSince, now],
  );
  return rows[0] && findingOf(rows[0]);
}

export async function findFinding(db: Db, orgId: number, id: number): Promise<Finding | undefined> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from finding f where f.org_id = $1 and f.id = $2`,
    [orgId, id],
  );
  return rows[0] && findingOf(rows[0]);
}

export interface FindingFilter {
  readonly states?: readonly FindingState[] | undefined;
  readonly classes?: readonly FindingClass[] | undefined;
  /** Findings whose scope is one of these. */
  readonly scopeIds?: readonly number[] | undefined;
  /** Seen at or after. */
  readonly seenSince?: Date | undefined;
  readonly seenBefore?: Date | undefined;
  /** Changed in any way at or after. */
  readonly updatedSince?: Date | undefined;
  /** Only what people were told, or are to be. */
  readonly pushed?: boolean | undefined;
  readonly limit: number;
}

/** What is not resolved first, the dearest hour first; then the newest. */
export async function listFindingRows(
  db: Db,
  orgId: number,
  filter: FindingFilter,
): Promise<Finding[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from finding f
     where f.org_id = $1 and ($2::text[] is null or f.state = any ($2))
       and ($3::text[] is null or f.class = any ($3))
       and ($4::int[] is null or f.scope_id = any ($4))
       and ($5::timestamptz is null or f.last_seen_at >= $5)
       and ($6::timestamptz is null or f.last_seen_at < $6)
       and ($8::timestamptz is null or f.updated_at >= $8)
       and (not $9 or f.pushed_at is not null)
     order by f.state = 'resolved', case when f.state <> 'resolved' then f.rate end desc,
       f.last_seen_at desc, f.id desc
     limit $7`,
    [
      orgId,
      filter.states ?? null,
      filter.classes ?? null,
      filter.scopeIds ?? null,
      filter.seenSince ?? null,
      filter.seenBefore ?? null,
      filter.limit,
      filter.updatedSince ?? null,
      filter.pushed ?? false,
    ],
  );
  return rows.map(findingOf);
}

/** What changes with a press; the row only where it is in one of the states. */
export interface FindingChange {
  readonly state: FindingState;
  readonly acknowledgedBy?: number | undefined;
  readonly quietUntil?: Date | undefined;
  readonly quietedBy?: number | undefined;
  readonly resolvedBy?: number | undefined;
  readonly resolution?: Finding["resolution"];
}

export async function changeFinding(
  tx: Tx,
  at: { orgId: number; id: number; from: readonly FindingState[]; now: Date },
  change: FindingChange,
): Promise<Finding | undefined> {
  const { rows } = await tx.query<Row>(
    `update finding f set state = $5,
       acknowledged_by = coalesce($6, acknowledged_by),
       acknowledged_at = case when $6::int is null then acknowledged_at else $4 end,
       quiet_until = $7, quieted_by = coalesce($8, quieted_by),
       resolved_at = case when $5 = 'resolved' then $4::timestamptz end, resolved_by = $9,
       resolution = $10, updated_at = $4, edits = edits + 1
     where f.org_id = $1 and f.id = $2 and f.state = any ($3::text[]) returning ${COLUMNS}`,
    [
      at.orgId,
      at.id,
      at.from,
      at.now,
      change.state,
      change.acknowledgedBy ?? null,
      change.quietUntil ?? null,
      change.quietedBy ?? null,
      change.resolvedBy ?? null,
      change.resolution ?? null,
    ],
  );
  return rows[0] && findingOf(rows[0]);
}

export async function labelFindingRow(
  tx: Tx,
  at: { orgId: number; id: number; by: number; now: Date },
): Promise<Finding | undefined> {
  const { rows } = await tx.query<Row>(
    `update finding f set label = 'not_an_anomaly', labelled_by = $3, labelled_at = $4,
       updated_at = $4, edits = edits + 1
     where f.org_id = $1 and f.id = $2 and f.label is null returning ${COLUMNS}`,
    [at.orgId, at.id, at.by, at.now],
  );
  return rows[0] && findingOf(rows[0]);
}

/** Of those classes, what was found in hours and not seen at or after the instant is normal again. */
export async function resolveUnseen(
  tx: Tx,
  args: { orgId: number; classes: readonly FindingClass[]; seenBefore: Date; now: Date },
): Promise<Finding[]> {
  const { rows } = await tx.query<Row>(
    `update finding f set state = 'resolved', resolved_at = $4, resolution = 'normal_again',
       quiet_until = null, rate = 0, updated_at = $4, edits = edits + 1
     where f.org_id = $1 and f.state <> 'resolved' and f.class = any ($2::text[])
       and f.last_seen_at < $3 and coalesce(f.evidence ->> 'per', 'hour') = 'hour'
     returning ${COLUMNS}`,
    [args.orgId, args.classes, args.seenBefore, args.now],
  );
  return rows.map(findingOf);
}

export async function resolveFindings(
  tx: Tx,
  args: { orgId: number; ids: readonly number[]; now: Date },
): Promise<Finding[]> {
  const { rows } = await tx.query<Row>(
    `update finding f set state = 'resolved', resolved_at = $3, resolution = 'normal_again',
       quiet_until = null, rate = 0, updated_at = $3, edits = edits + 1
     where f.org_id = $1 and f.state <> 'resolved' and f.id = any ($2::int[]) returning ${COLUMNS}`,
    [args.orgId, args.ids, args.now],
  );
  return rows.map(findingOf);
}

/** Its newest hour was as usual. */
export async function calmFinding(
  tx: Tx,
  of: { readonly orgId: number; readonly id: number },
  evidence: EvidenceInput,
  now: Date,
): Promise<Finding | undefined> {
  const { rows } = await tx.query<Row>(
    `update finding f set rate = 0, evidence = $3, updated_at = $4, edits = edits + 1
     where f.org_id = $1 and f.id = $2 and f.rate <> 0 returning ${COLUMNS}`,
    [of.orgId, of.id, JSON.stringify(evidence), now],
  );
  return rows[0] && findingOf(rows[0]);
}

/** Whose silence is over and whose condition is not: they are open again. */
export async function wakeFindings(tx: Tx, orgId: number, now: Date): Promise<Finding[]> {
  const { rows } = await tx.query<Row>(
    `update finding f set state = 'open', quiet_until = null, updated_at = $2, edits = edits + 1
     where f.org_id = $1 and f.state in ('snoozed', 'expected') and f.quiet_until <= $2
     returning ${COLUMNS}`,
    [orgId, now],
  );
  return rows.map(findingOf);
}
