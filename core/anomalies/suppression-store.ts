import type { Db, Tx } from "../db/db.ts";
import type { Finding, FindingClass, FindingSubject, Suppression } from "./schema.ts";

export async function insertSuppression(
  tx: Tx,
  finding: Finding,
  mark: { until: Date; rateLimit: bigint; reason: string; by: number; now: Date },
): Promise<void> {
  await tx.query(
    `insert into finding_suppression (org_id, class, subject_kind, subject, finding_id, until,
       rate_limit, reason, set_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      finding.orgId,
      finding.class,
      finding.subject.kind,
      finding.subject.key,
      finding.id,
      mark.until,
      mark.rateLimit,
      mark.reason,
      mark.by,
      mark.now,
    ],
  );
}

export async function listSuppressions(db: Db, orgId: number, now: Date): Promise<Suppression[]> {
  const { rows } = await db.query<{
    class: FindingClass;
    kind: FindingSubject["kind"];
    key: string;
    until: Date;
    rateLimit: bigint;
  }>(
    `select class, subject_kind as kind, subject as key, until, rate_limit as "rateLimit"
     from finding_suppression where org_id = $1 and until > $2`,
    [orgId, now],
  );
  return rows.map(({ kind, key, ...rest }) => ({ ...rest, subject: { kind, key } }));
}
