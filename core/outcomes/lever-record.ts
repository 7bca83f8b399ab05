import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { explainChange } from "../ledger/explain-change.ts";
import { spendTotal } from "../ledger/spend.ts";
import type { SpendFilter } from "../ledger/spend-query.ts";
import type { Driver } from "../ledger/why.ts";
import { usdDecimal } from "../money.ts";
import { requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import { addDays, localDay, startOfWeek } from "../time.ts";
import type { LeverKind } from "./lever.ts";
import * as store from "./lever-record-store.ts";
import type { LeverWeek, PromotedLever } from "./lever-schema.ts";
import { lastWeek } from "./lever-search.ts";

/** What of a change a lever can have made: the rest is traffic, prices and other people's work. */
export const LEVER_DRIVERS: Readonly<Record<LeverKind, readonly Driver[]>> = {
  prompt_caching: ["cache_share", "cache_write"],
  context: ["input_per_request"],
  output_length: ["output_per_request"],
  batch: ["price_input", "price_cache_read", "price_cache_write", "price_output"],
  routing: ["model_mix"],
};

export interface PromoteLever {
  readonly orgId: number;
  readonly scopeId: number;
  /** Selects the scope's spend. */
  readonly filter: SpendFilter;
  readonly kind: LeverKind;
  readonly said: string;
  /** Nano-USD a week. */
  readonly promised: bigint;
  /** Thousandths. */
  readonly passBefore: number;
  readonly passAfter: number;
  readonly reason: string;
  readonly by: Pick<AuditRecord, "actorAccount" | "surface"> & { readonly personId: number };
  readonly now: Date;
}

function requireGate({ passBefore, passAfter, reason }: PromoteLever): void {
  const isRate = (rate: number) => Number.isInteger(rate) && rate >= 0 && rate <= 1000;
  if (!isRate(passBefore) || !isRate(passAfter)) {
    throw new AispendError("pass_rate_invalid", "a pass rate is a percentage from 0 to 100", {
      help: "Write what the evaluation gave, for example 95.4.",
    });
  }
  if (passAfter < passBefore) {
    throw new AispendError(
      "gate_not_passed",
      `the pass rate falls from ${passBefore / 10}% to ${passAfter / 10}%: it is not promoted`,
      { kind: "unprocessable", help: "A lever is promoted only if the pass rate holds." },
    );
  }
  if (reason.trim() === "" || reason.length > 500) {
    throw new AispendError("reason_missing", "a lever needs a reason of 1 to 500 characters", {
      help: "Say what was changed in a few words: the record keeps it.",
    });
  }
}

/**
 * Puts a promoted lever on record, with the last whole week as its "before". Throws `not_permitted`,
 * `gate_not_passed`, and `lever_on_record` where one of the kind is live there.
 */
export function promoteLever(pool: Pool, request: PromoteLever): Promise<PromotedLever> {
  requireGate(request);
  const { orgId, scopeId, kind, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const question = { action: "promote_experiment", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    const today = localDay(now, roster.timeZone);
    const baseline = lastWeek(today);
    const before = await spendTotal(tx, orgId, request.filter, baseline);
    const lever = {
      scopeId,
      kind,
      said: request.said,
      promised: request.promised,
      baselineStart: baseline.start,
      baselineEnd: baseline.end,
      baselineRequests: before.requests,
      baselineCost: before.cost,
      passBefore: request.passBefore,
      passAfter: request.passAfter,
      promotedOn: today,
      promotedBy: by.personId,
      reason: request.reason.trim(),
    };
    const id = await store.insertLever(tx, orgId, lever, now);
    if (id === undefined) {
      throw new AispendError("lever_on_record", "a lever of this kind is on record there", {
        kind: "conflict",
        help: "See it, or end it first: levers record",
      });
    }
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "lever.promoted",
      subject: `scope:${scopeId}`,
      after: {
        lever: id,
        kind,
        promised: usdDecimal(request.promised),
        passBefore: request.passBefore,
        passAfter: request.passAfter,
        as: as.role,
      },
      reason: lever.reason,
      at: now,
    });
    return { ...lever, id, endedOn: null };
  });
}

/** The saving of the last whole week after it: what its drivers made of the change, exactly. */
export async function measureLever(
  db: Db,
  orgId: number,
  lever: PromotedLever,
  filter: SpendFilter,
  today: PromotedLever["promotedOn"],
): Promise<LeverWeek | undefined> {
  const week = lastWeek(today);
  // The week of the change itself is half old.
  if (week.start < addDays(startOfWeek(lever.promotedOn), 7)) return undefined;
  const baseline = { start: lever.baselineStart, end: lever.baselineEnd };
  const why = await explainChange(db, orgId, filter, baseline, week);
  const total = await spendTotal(db, orgId, filter, week);
  const saved = LEVER_DRIVERS[lever.kind].reduce((sum, driver) => sum - why.parts[driver], 0n);
  return {
    leverId: lever.id,
    week: week.start,
    requests: total.requests,
    cost: total.cost,
    saved,
  };
}

/** Measures the live levers of some scopes and keeps what was found. */
export async function measureLevers(
  tx: Tx,
  args: {
    orgId: number;
    levers: readonly PromotedLever[];
    filterOf: (scopeId: number) => SpendFilter;
    today: PromotedLever["promotedOn"];
    now: Date;
  },
): Promise<void> {
  for (const lever of args.levers.filter(({ endedOn }) => endedOn === null)) {
    const filter = args.filterOf(lever.scopeId);
    const measured = await measureLever(tx, args.orgId, lever, filter, args.today);
    if (measured !== undefined) await store.insertWeek(tx, args.orgId, measured, args.now);
  }
}

export interface LeverOnRecord {
  readonly lever: PromotedLever;
  /** The newest week that was measured. */
  readonly measured: LeverWeek | undefined;
}

/** Promoted levers, newest first, each with its newest measurement; at most `limit`. */
export async function listLevers(
  db: Db,
  orgId: number,
  scopeIds: readonly number[] | undefined,
  limit: number,
): Promise<LeverOnRecord[]> {
  const levers = await store.listPromoted(db, orgId, scopeIds, limit);
  const ids = levers.map(({ id }) => id);
  const weeks = new Map(
    (await store.listLastWeeks(db, orgId, ids)).map((week) => [week.leverId, week]),
  );
  return levers.map((lever) => ({ lever, measured: weeks.get(lever.id) }));
}

/** Ends a lever that was taken back. Throws `not_permitted` and `lever_not_found`. */
export function withdrawLever(
  pool: Pool,
  request: Pick<PromoteLever, "orgId" | "scopeId" | "by" | "now"> & { readonly id: number },
): Promise<void> {
  const { orgId, scopeId, id, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const question = { action: "promote_experiment", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    const on = localDay(now, roster.timeZone);
    if (!(await store.endLever(tx, { orgId, scopeId, id, on }))) {
      throw new AispendError("lever_not_found", "there is no live lever of that number", {
        kind: "not_found",
        help: "See them: levers record",
      });
    }
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "lever.withdrawn",
      subject: `scope:${scopeId}`,
      after: { lever: id, as: as.role },
      at: now,
    });
  });
}
