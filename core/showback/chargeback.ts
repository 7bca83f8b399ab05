import type { Pool } from "pg";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { coverage } from "../ledger/spend.ts";
import { eligible, may, requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import { findKpiTargets } from "../org/target.ts";
import { addDays, addMonths, type Day, localDay, startOfMonth } from "../time.ts";
import * as store from "./chargeback-store.ts";
import type { Chargeback } from "./schema.ts";
import type { Presser } from "./service.ts";

/** A quarter has 13 weeks; three calendar months are 89 days at least. */
const QUARTER_DAYS = 89;
/** Counted in a little more, so that a holiday does not begin it anew. */
const LOOK_BACK_DAYS = 105;

/** What has to hold before a team is charged, and what does. */
export interface Conditions {
  /** Share of the last whole month's spend that is tagged to a workflow, in thousandths. */
  readonly coveragePermille: number;
  readonly coverageTarget: number;
  readonly shownDays: number;
  readonly neededDays: number;
  /** Each as a sentence that says what to do; empty where all hold. */
  readonly missing: readonly string[];
}

function percent(permille: number): string {
  return `${Math.floor(permille / 10)}.${permille % 10}%`;
}

/** Pure: which of the conditions fail. */
export function missingOf(of: Omit<Conditions, "missing">): string[] {
  const { coveragePermille, coverageTarget, shownDays, neededDays } = of;
  const missing: string[] = [];
  if (coveragePermille <= coverageTarget * 10) {
    missing.push(
      `Coverage is ${percent(coveragePermille)}; it must be above ${coverageTarget}%: tag the ` +
        "rest to workflows.",
    );
  }
  if (shownDays < neededDays) {
    missing.push(
      `Showback was sent for ${shownDays} days of the last ${LOOK_BACK_DAYS}; a quarter is ` +
        "needed: choose its channel (channel here) and let it run.",
    );
  }
  return missing;
}

/** How a team stands to the conditions today. */
export async function findConditions(
  db: Db,
  args: { orgId: number; scopeId: number; today: Day },
): Promise<Conditions> {
  const { orgId, scopeId, today } = args;
  const end = startOfMonth(today);
  const month = { start: addMonths(end, -1), end };
  const { cost, workflowCost } = await coverage(db, orgId, { teamId: scopeId }, month);
  const targets = await findKpiTargets(db, orgId);
  const known = {
    coveragePermille: cost <= 0n ? 0 : Number((workflowCost * 1000n) / cost),
    coverageTarget: targets.attributionCoverage,
    shownDays: await store.countShownDays(db, {
      orgId,
      scopeId,
      from: addDays(today, -LOOK_BACK_DAYS),
      until: today,
    }),
    neededDays: QUARTER_DAYS,
  };
  return { ...known, missing: missingOf(known) };
}

export function findChargeback(
  db: Db,
  orgId: number,
  scopeId: number,
): Promise<Chargeback | undefined> {
  return store.findCurrent(db, orgId, scopeId);
}

function requireReason(text: string): string {
  const reason = text.trim();
  if (reason !== "" && reason.length <= 500) return reason;
  throw new AispendError("reason_missing", "chargeback needs a reason of 1 to 500 characters", {
    kind: "unprocessable",
    help:
      "Say why: repeat overspend, external billing, compliance. For example: " +
      "chargeback payments on because external billing",
  });
}

export interface RequestChargeback {
  readonly orgId: number;
  readonly scopeId: number;
  readonly reason: string;
  readonly by: Presser;
  readonly now: Date;
  /** Tells those who may approve it, in the same transaction. */
  readonly tell: (tx: Tx, request: Chargeback, approvers: readonly number[]) => Promise<void>;
}

/**
 * Asks to charge a team, for whoever holds a role there; with the Accountable of the AI budget it is on
 * at once. Throws `reason_missing`, `not_permitted`, `chargeback_not_ready` naming every condition that
 * fails, and `chargeback_stands` where it is on or asked for already.
 */
export function requestChargeback(pool: Pool, request: RequestChargeback): Promise<Chargeback> {
  const { orgId, scopeId, by, now } = request;
  const reason = requireReason(request.reason);
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const question = { action: "enable_chargeback", scopeId, now } as const;
    const verdict = may(roster, by.personId, question);
    const asking = { action: "ask_chargeback", scopeId, now } as const;
    const { as } = verdict.allowed ? verdict : requirePermission(roster, by.personId, asking);
    const conditions = await findConditions(tx, {
      orgId,
      scopeId,
      today: localDay(now, roster.timeZone),
    });
    if (conditions.missing.length > 0) {
      throw new AispendError(
        "chargeback_not_ready",
        `chargeback cannot be switched on yet. ${conditions.missing.join(" ")}`,
        { kind: "conflict", help: "Showback goes on until all of it holds." },
      );
    }
    const draft = {
      scopeId,
      state: verdict.allowed ? ("on" as const) : ("requested" as const),
      reason,
      coveragePermille: conditions.coveragePermille,
      shownDays: conditions.shownDays,
      requestedBy: by.personId,
    };
    const id = await store.insertChargeback(tx, { orgId, now, ...draft });
    if (id === undefined) {
      throw new AispendError("chargeback_stands", "it is on, or asked for, already", {
        kind: "conflict",
        help: "See how it stands: chargeback TEAM",
      });
    }
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: verdict.allowed ? "chargeback.switched_on" : "chargeback.requested",
      subject: `scope:${scopeId}`,
      after: { chargeback: id, ...draft, as: as.role },
      reason,
      at: now,
    });
    const decided = verdict.allowed ? by.personId : null;
    const made: Chargeback = {
      ...draft,
      id,
      requestedAt: now,
      decidedBy: decided,
      decidedAt: decided === null ? null : now,
      endedAt: null,
    };
    if (!verdict.allowed) {
      const people = eligible(roster, question).map(({ personId }) => personId);
      await request.tell(tx, made, people);
    }
    return made;
  });
}

export interface DecideChargeback {
  readonly orgId: number;
  readonly id: number;
  readonly approves: boolean;
  readonly by: Presser;
  readonly now: Date;
  /** Tells who asked for it, in the same transaction; not called where it was decided before. */
  readonly tell: (tx: Tx, decided: Chargeback) => Promise<void>;
}

/** The Accountable's press; whoever presses later is told how it went. Throws `not_permitted`. */
export function decideChargeback(
  pool: Pool,
  request: DecideChargeback,
): Promise<{ state: "decided" | "already"; chargeback: Chargeback }> {
  const { orgId, id, approves, by, now } = request;
  return transaction(pool, async (tx) => {
    const found = await store.lockById(tx, orgId, id);
    if (found === undefined) {
      throw new AispendError("chargeback_not_found", `no chargeback waits under number ${id}`, {
        kind: "not_found",
        help: "See how it stands: chargeback TEAM",
      });
    }
    const roster = await loadRoster(tx, orgId);
    const { scopeId } = found;
    const question = { action: "enable_chargeback", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    if (found.state !== "requested") return { state: "already" as const, chargeback: found };
    const to = approves ? "on" : "declined";
    await store.decide(tx, { orgId, id, to, by: by.personId, now });
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: approves ? "chargeback.switched_on" : "chargeback.declined",
      subject: `scope:${scopeId}`,
      after: { chargeback: id, as: as.role },
      at: now,
    });
    const chargeback = { ...found, state: to, decidedBy: by.personId, decidedAt: now } as const;
    await request.tell(tx, chargeback);
    return { state: "decided" as const, chargeback };
  });
}

/** Back to showback, for the Accountable of the AI budget. False where it was not on. */
export function endChargeback(
  pool: Pool,
  request: { orgId: number; scopeId: number; reason: string; by: Presser; now: Date },
): Promise<boolean> {
  const { orgId, scopeId, by, now } = request;
  const reason = requireReason(request.reason);
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const question = { action: "enable_chargeback", scopeId, now } as const;
    const { as } = requirePermission(roster, by.personId, question);
    const ended = await store.endChargeback(tx, { orgId, scopeId, by: by.personId, reason, now });
    if (!ended) return false;
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "chargeback.switched_off",
      subject: `scope:${scopeId}`,
      after: { as: as.role },
      reason,
      at: now,
    });
    return true;
  });
}
