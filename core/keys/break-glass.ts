import type { Pool } from "pg";
import { scrub } from "../audit/opaque.ts";
import { record } from "../audit/service.ts";
import { budgetPeriodAt } from "../budgets/calendar.ts";
import { listCaps } from "../budgets/caps.ts";
import type { Budget } from "../budgets/schema.ts";
import type { Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import { requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import { localDay, startOfDay } from "../time.ts";
import type { Target } from "./block.ts";
import { insertRaise, selectBrokenSince, selectRaises } from "./block-store.ts";
import type { By } from "./grant.ts";
import { notifyGateways, selectKey } from "./key-store.ts";
import { keyNotFound } from "./life.ts";
import { byOf, type Person } from "./request-service.ts";
import type { CapRaise } from "./schema.ts";

/** +20% for 4 hours, once a period of the cap. */
const MORE_PERCENT = 20n;
const HOURS = 4;
const HOUR_MS = 3_600_000;

export interface BreakGlass {
  readonly orgId: number;
  readonly target: Target;
  readonly reason: string;
  /** Undefined: the operator of the installation, on the command line. */
  readonly by: Person | undefined;
  readonly operator?: By | undefined;
  readonly now: Date;
  /** Tells the Accountable, in the same transaction. */
  readonly onBroken?: (tx: Tx, raise: CapRaise, scopeId: number) => Promise<void>;
}

/** What holds now: where a cap is raised already, 20% of less would give nothing. */
function largest(cap: Pick<Budget, "amount" | "period">, raises: readonly CapRaise[]): bigint {
  return raises
    .filter(({ period }) => period === cap.period)
    .reduce((most, { amount }) => (amount > most ? amount : most), cap.amount);
}

/**
 * The on-call, or the operator, raises a cap by 20% for 4 hours without asking anybody: once in each
 * of its periods, with a reason. Throws `not_permitted`, `cap_missing`, `glass_broken`, `reason_missing`.
 */
export function breakGlass(pool: Pool, request: BreakGlass): Promise<CapRaise> {
  const { orgId, target, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const key = target.kind === "key" ? await selectKey(tx, orgId, target.id) : undefined;
    if (target.kind === "key" && key === undefined) throw keyNotFound(target.id);
    const scopeId = key?.scopeId ?? target.id;
    const as =
      by === undefined
        ? "operator"
        : requirePermission(roster, by.personId, { action: "break_glass", scopeId, now }).as.role;
    const reason = scrub(request.reason).trim().slice(0, 500);
    if (reason === "") {
      throw new AispendError("reason_missing", "breaking the glass needs a reason", {
        help: "Say why: because customers are waiting",
      });
    }
    const subject =
      key === undefined
        ? { kind: "scope" as const, id: target.id }
        : { kind: "key" as const, id: key.dimensionId };
    // Two at once: the second waits here, and finds the glass broken.
    await tx.query("select pg_advisory_xact_lock(hashtext('break_glass'), $1)", [orgId]);
    const [cap] = await listCaps(tx, orgId, subject);
    if (cap === undefined) {
      throw new AispendError("cap_missing", "there is no cap of its own to raise", {
        kind: "not_found",
        help: "Name what reached its cap: an agent or a key.",
      });
    }
    const { start } = budgetPeriodAt(cap.period, localDay(now, roster.timeZone));
    const since = startOfDay(start, roster.timeZone);
    if (await selectBrokenSince(tx, { orgId, subject, since })) {
      throw new AispendError("glass_broken", `the glass was broken in this ${cap.period} already`, {
        kind: "conflict",
        help: "Ask whoever approves its cap to raise it: cap raise",
      });
    }
    const inForce = largest(
      cap,
      (await selectRaises(tx, orgId, now)).filter(
        (one) => one.subject.kind === subject.kind && one.subject.id === subject.id,
      ),
    );
    const draft = {
      orgId,
      subject,
      period: cap.period,
      origin: "break_glass" as const,
      amount: inForce + (inForce * MORE_PERCENT) / 100n,
      fromAt: now,
      untilAt: new Date(now.getTime() + HOURS * HOUR_MS),
      reason,
      ...(by === undefined ? {} : { raisedBy: by.personId }),
    };
    const raise = { ...draft, id: await insertRaise(tx, draft) };
    await record(tx, {
      ...(by === undefined ? (request.operator ?? { actor: "operator" }) : byOf(by)),
      orgId,
      action: "cap.glass_broken",
      subject: target.kind === "key" ? `virtual_key:${target.id}` : `scope:${target.id}`,
      before: { cap: inForce.toString(), period: cap.period },
      after: { cap: raise.amount.toString(), until: raise.untilAt.toISOString(), as },
      reason,
      at: now,
    });
    await notifyGateways(tx, orgId);
    await request.onBroken?.(tx, raise, scopeId);
    return raise;
  });
}
