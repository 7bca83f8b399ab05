import { Finding } from "./schema.ts";

/** Of a finding as `f`, named as the schema names them. */
export const COLUMNS = `f.org_id as "orgId", f.id, f.class, f.subject_kind as "subjectKind",
  f.subject as "subjectKey", f.scope_id as "scopeId", f.state, f.since,
  f.last_seen_at as "lastSeenAt", f.excess, f.rate, f.evidence, f.pushed_at as "pushedAt",
  f.opened_at as "openedAt", f.updated_at as "updatedAt", f.acknowledged_by as "acknowledgedBy",
  f.acknowledged_at as "acknowledgedAt", f.quiet_until as "quietUntil",
  f.quieted_by as "quietedBy", f.resolved_at as "resolvedAt", f.resolved_by as "resolvedBy",
  f.resolution, f.label, f.labelled_by as "labelledBy", f.labelled_at as "labelledAt", f.edits`;

export type Row = Record<string, unknown> & { subjectKind: string; subjectKey: string };

export function findingOf({ subjectKind, subjectKey, ...row }: Row): Finding {
  const present = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  return Finding.parse({ ...present, subject: { kind: subjectKind, key: subjectKey } });
}

export function one(rows: readonly Row[]): Finding {
  const [row] = rows;
  if (row === undefined) throw new Error("a written finding returns its row");
  return findingOf(row);
}
