import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import { Budget, type BudgetSlot, type BudgetState, type BudgetSubject } from "./schema.ts";

interface BudgetRow {
  readonly [column: string]: unknown;
}

const COLUMNS = `org_id as "orgId", id, subject_kind as "subjectKind", subject_id as "subjectId",
  kind, period, unit, amount, enforcement, shadow_until as "shadowUntil", thresholds, state, origin,
  set_by as "setBy", reason, valid_from as "validFrom", created_at as "createdAt",
  decided_by as "decidedBy", decided_at as "decidedAt", ended_at as "endedAt"`;

function budgetOf({ subjectKind, subjectId, ...row }: BudgetRow): Budget {
  const present = Object.entries(row).filter(([, value]) => value !== null);
  return Budget.parse({
    ...Object.fromEntries(present),
    subject: { kind: subjectKind, id: subjectId },
  });
}

/** Every live version of the organisation. */
export async function listLive(db: Db, orgId: number): Promise<Budget[]> {
  const { rows } = await db.query<BudgetRow>(
    `select ${COLUMNS} from budget where org_id = $1 and state = 'live' order by id`,
    [orgId],
  );
  return rows.map(budgetOf);
}

/** What waits for a second approver, the oldest first. */
export async function listPending(db: Db, orgId: number): Promise<Budget[]> {
  const { rows } = await db.query<BudgetRow>(
    `select ${COLUMNS} from budget where org_id = $1 and state = 'pending' order by id limit 100`,
    [orgId],
  );
  return rows.map(budgetOf);
}

/** Live and waiting versions of one subject. */
export async function listCurrent(
  db: Db,
  orgId: number,
  subject: BudgetSubject,
): Promise<Budget[]> {
  const { rows } = await db.query<BudgetRow>(
    `select ${COLUMNS} from budget where org_id = $1 and subject_kind = $2 and subject_id = $3
       and state in ('live', 'pending') order by id`,
    [orgId, subject.kind, subject.id],
  );
  return rows.map(budgetOf);
}

/** All versions of one subject, the newest first. */
export async function listHistory(
  db: Db,
  orgId: number,
  subject: BudgetSubject,
  limit: number,
): Promise<Budget[]> {
  const { rows } = await db.query<BudgetRow>(
    `select ${COLUMNS} from budget where org_id = $1 and subject_kind = $2 and subject_id = $3
     order by id desc limit $4`,
    [orgId, subject.kind, subject.id, limit],
  );
  return rows.map(budgetOf);
}

/** Live versions with the name of their workflow or product; without those of keys. */
export async function listNamed(
  db: Db,
  orgId: number,
): Promise<{ budget: Budget; name: string | undefined }[]> {
  const { rows } = await db.query<BudgetRow & { valueName: string | null }>(
    `select ${COLUMNS}, (select v.value from dimension_value v where v.org_id = b.org_id
       and v.dimension = b.subject_kind and v.id = b.subject_id) as "valueName"
     from budget b where org_id = $1 and state = 'live' and subject_kind <> 'key' order by id`,
    [orgId],
  );
  return rows.map(({ valueName, ...row }) => ({
    budget: budgetOf(row),
    name: valueName ?? undefined,
  }));
}

export async function endAllOfScope(
  tx: Tx,
  args: { orgId: number; scopeId: number; now: Date },
): Promise<void> {
  await tx.query(
    `update budget set ended_at = $3,
       state = case state when 'live' then 'ended' else 'withdrawn' end
     where org_id = $1 and subject_kind = 'scope' and subject_id = $2
       and state in ('live', 'pending')`,
    [args.orgId, args.scopeId, args.now],
  );
}

export async function findBudget(db: Db, orgId: number, id: number): Promise<Budget | undefined> {
  const { rows } = await db.query<BudgetRow>(
    `select ${COLUMNS} from budget where org_id = $1 and id = $2`,
    [orgId, id],
  );
  return rows[0] === undefined ? undefined : budgetOf(rows[0]);
}

/** One change of an organisation's budgets at a time: a split is measured against the others. */
export async function lockBudgets(tx: Tx, orgId: number): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('budget'), $1)", [orgId]);
}

export type NewBudget = Omit<Budget, "id" | "decidedBy" | "decidedAt" | "endedAt">;

export async function insertBudget(tx: Tx, budget: NewBudget): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into budget (org_id, subject_kind, subject_id, kind, period, unit, amount, enforcement,
       shadow_until, thresholds, state, origin, set_by, reason, valid_from, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15::date, $16)
     returning id`,
    [
      budget.orgId,
      budget.subject.kind,
      budget.subject.id,
      budget.kind,
      budget.period,
      budget.unit,
      budget.amount,
      budget.enforcement ?? null,
      budget.shadowUntil ?? null,
      budget.thresholds,
      budget.state,
      budget.origin,
      budget.setBy ?? null,
      budget.reason,
      budget.validFrom,
      budget.createdAt,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an insert returns its row");
  return row.id;
}

/** Ends the version of the slot that is in `from`, if there is one. */
export async function endVersion(
  tx: Tx,
  args: { orgId: number; slot: BudgetSlot; from: BudgetState; to: BudgetState; now: Date },
): Promise<number | undefined> {
  const { orgId, slot, from, to, now } = args;
  const { rows } = await tx.query<{ id: number }>(
    `update budget set state = $8, ended_at = $7
     where org_id = $1 and subject_kind = $2 and subject_id = $3 and kind = $4 and period = $5
       and unit = $6 and state = $9 returning id`,
    [orgId, slot.subject.kind, slot.subject.id, slot.kind, slot.period, slot.unit, now, to, from],
  );
  return rows[0]?.id;
}

/** Decides a waiting version, once. False: somebody else was first. */
export async function decideVersion(
  tx: Tx,
  args: { orgId: number; id: number; to: "live" | "declined"; by: number; now: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update budget set state = $3, decided_by = $4, decided_at = $5,
       ended_at = case when $3 = 'live' then null else $5::timestamptz end
     where org_id = $1 and id = $2 and state = 'pending'`,
    [args.orgId, args.id, args.to, args.by, args.now],
  );
  return rowCount === 1;
}

export async function findPolicy(
  db: Db,
  orgId: number,
): Promise<{ secondApprovalAbove: bigint | null; warnDays: number } | undefined> {
  const { rows } = await db.query<{ secondApprovalAbove: bigint | null; warnDays: number }>(
    `select second_approval_above as "secondApprovalAbove", warn_days as "warnDays"
     from budget_policy where org_id = $1`,
    [orgId],
  );
  return rows[0];
}

export async function savePolicy(
  tx: Tx,
  args: { orgId: number; secondApprovalAbove: bigint | undefined; warnDays: number },
): Promise<void> {
  await tx.query(
    `insert into budget_policy (org_id, second_approval_above, warn_days) values ($1, $2, $3)
     on conflict (org_id) do update set second_approval_above = $2, warn_days = $3`,
    [args.orgId, args.secondApprovalAbove ?? null, args.warnDays],
  );
}

export interface PlanFigureRow {
  readonly month: Day;
  readonly amount: bigint;
}

/** The newest figure of each month of [from, to). */
export async function listPlanFigures(
  db: Db,
  args: { orgId: number; subject: BudgetSubject; from: Day; to: Day },
): Promise<PlanFigureRow[]> {
  const { rows } = await db.query<PlanFigureRow>(
    `select distinct on (month) month, amount from plan_figure
     where org_id = $1 and subject_kind = $2 and subject_id = $3 and month >= $4::date
       and month < $5::date
     order by month, id desc`,
    [args.orgId, args.subject.kind, args.subject.id, args.from, args.to],
  );
  return rows;
}

export async function insertPlanFigures(
  tx: Tx,
  args: {
    orgId: number;
    subject: BudgetSubject;
    figures: readonly PlanFigureRow[];
    setBy: number | undefined;
    reason: string;
    now: Date;
  },
): Promise<void> {
  await tx.query(
    `insert into plan_figure (org_id, subject_kind, subject_id, month, amount, set_by, reason,
       created_at)
     select $1, $2, $3, month, amount, $6, $7, $8
     from unnest($4::date[], $5::bigint[]) as f (month, amount)`,
    [
      args.orgId,
      args.subject.kind,
      args.subject.id,
      args.figures.map(({ month }) => month),
      args.figures.map(({ amount }) => amount),
      args.setBy ?? null,
      args.reason,
      args.now,
    ],
  );
}
