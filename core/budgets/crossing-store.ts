import type { Db, Tx } from "../db/db.ts";
import type { Day } from "../time.ts";
import type { BudgetKind, BudgetPeriod, BudgetSlot, BudgetSubject, BudgetUnit } from "./schema.ts";
import type { Signal } from "./signals.ts";

/** A signal that was told of a slot in one of its periods. */
export interface Crossing {
  readonly slot: BudgetSlot;
  readonly periodStart: Day;
  readonly signal: Signal;
  readonly amount: bigint;
  readonly resolved: boolean;
}

interface CrossingRow {
  readonly subjectKind: BudgetSubject["kind"];
  readonly subjectId: number;
  readonly kind: BudgetKind;
  readonly period: BudgetPeriod;
  readonly unit: BudgetUnit;
  readonly periodStart: Day;
  readonly signal: Signal;
  readonly amount: bigint;
  readonly resolved: boolean;
}

/** Everything told in periods that began on `since` or later. */
export async function listCrossings(db: Db, orgId: number, since: Day): Promise<Crossing[]> {
  const { rows } = await db.query<CrossingRow>(
    `select subject_kind as "subjectKind", subject_id as "subjectId", kind, period, unit,
       period_start as "periodStart", signal, amount, resolved_at is not null as resolved
     from budget_crossing where org_id = $1 and period_start >= $2::date`,
    [orgId, since],
  );
  return rows.map(({ subjectKind, subjectId, kind, period, unit, ...rest }) => ({
    slot: { subject: { kind: subjectKind, id: subjectId }, kind, period, unit },
    ...rest,
  }));
}

function slotColumns(
  crossings: readonly Pick<Crossing, "slot" | "periodStart" | "signal" | "amount">[],
) {
  return [
    crossings.map(({ slot }) => slot.subject.kind),
    crossings.map(({ slot }) => slot.subject.id),
    crossings.map(({ slot }) => slot.kind),
    crossings.map(({ slot }) => slot.period),
    crossings.map(({ slot }) => slot.unit),
    crossings.map(({ periodStart }) => periodStart),
    crossings.map(({ signal }) => signal),
    crossings.map(({ amount }) => amount),
  ];
}

export async function insertCrossings(
  tx: Tx,
  orgId: number,
  crossings: readonly (Omit<Crossing, "resolved"> & { readonly spent: bigint })[],
  now: Date,
): Promise<void> {
  if (crossings.length === 0) return;
  await tx.query(
    `insert into budget_crossing (org_id, crossed_at, subject_kind, subject_id, kind, period, unit,
       period_start, signal, amount, spent)
     select $1, $2, * from unnest($3::text[], $4::int[], $5::text[], $6::text[], $7::text[],
       $8::date[], $9::text[], $10::bigint[], $11::bigint[])
     on conflict do nothing`,
    [orgId, now, ...slotColumns(crossings), crossings.map(({ spent }) => spent)],
  );
}

/** Resolves them at `at`, or opens them again where it is undefined. */
export async function settleCrossings(
  tx: Tx,
  orgId: number,
  crossings: readonly Omit<Crossing, "resolved">[],
  at: Date | undefined,
): Promise<void> {
  if (crossings.length === 0) return;
  await tx.query(
    `update budget_crossing c set resolved_at = $2, edits = edits + 1
     from unnest($3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::date[], $9::text[],
       $10::bigint[]) as s (subject_kind, subject_id, kind, period, unit,
       period_start, signal, amount)
     where c.org_id = $1 and c.subject_kind = s.subject_kind and c.subject_id = s.subject_id
       and c.kind = s.kind and c.period = s.period and c.unit = s.unit
       and c.period_start = s.period_start and c.signal = s.signal and c.amount = s.amount`,
    [orgId, at ?? null, ...slotColumns(crossings)],
  );
}
