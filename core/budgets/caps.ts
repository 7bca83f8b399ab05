import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { recordChatBudget } from "../org/chat-value.ts";
import { localDay } from "../time.ts";
import { subjectKey } from "./calendar.ts";
import {
  type Budget,
  type BudgetPeriod,
  type BudgetSlot,
  type BudgetSubject,
  DEFAULT_THRESHOLDS,
} from "./schema.ts";
import * as store from "./store.ts";

export interface PutCap {
  readonly orgId: number;
  readonly subject: BudgetSubject;
  readonly period: BudgetPeriod;
  /** Nano-USD, above 0. */
  readonly amount: bigint;
  readonly enforcement: "hard" | "soft";
  readonly shadowUntil?: Date | undefined;
  readonly timeZone: string;
  readonly reason: string;
  readonly by: Pick<AuditRecord, "actor" | "actorAccount" | "surface">;
  readonly now: Date;
}

function capSlot(subject: BudgetSubject, period: BudgetPeriod): BudgetSlot {
  return { subject, kind: "cap", period, unit: "usd" };
}

function auditValue({ id, period, amount, enforcement, shadowUntil }: Budget) {
  return { version: id, kind: "cap", period, amount: amount.toString(), enforcement, shadowUntil };
}

/**
 * Sets the cap of a subject in the caller's transaction; who may is decided by the caller. A cap of the
 * same period is replaced. Returns the version that is live now: the one before where nothing differs.
 */
export async function putCap(tx: Tx, cap: PutCap): Promise<Budget> {
  const { orgId, subject, period, amount, by, now } = cap;
  await store.lockBudgets(tx, orgId);
  const before = (await listCaps(tx, orgId, subject)).find((one) => one.period === period);
  const same = before?.amount === amount && before.enforcement === cap.enforcement;
  if (before !== undefined && same) return before;
  const slot = capSlot(subject, period);
  await store.endVersion(tx, { orgId, slot, from: "live", to: "replaced", now });
  const draft: store.NewBudget = {
    orgId,
    ...slot,
    amount,
    enforcement: cap.enforcement,
    ...(cap.shadowUntil === undefined ? {} : { shadowUntil: cap.shadowUntil }),
    thresholds: [...DEFAULT_THRESHOLDS.cap],
    state: "live",
    origin: "chat",
    ...(typeof by.actor === "number" ? { setBy: by.actor } : {}),
    reason: cap.reason,
    validFrom: localDay(now, cap.timeZone),
    createdAt: now,
  };
  const budget = { ...draft, id: await store.insertBudget(tx, draft) };
  // aispend.yaml does not overwrite it unasked.
  if (typeof by.actor === "number") {
    await recordChatBudget(tx, { ...draft, setBy: by.actor, setAt: now });
  }
  await record(tx, {
    ...by,
    orgId,
    action: "cap.set",
    subject: subjectKey(subject),
    before: before && auditValue(before),
    after: auditValue(budget),
    reason: cap.reason,
    at: now,
  });
  return budget;
}

/** Ends every live cap of a subject: of a key that ended. */
export async function endCaps(
  tx: Tx,
  args: Pick<PutCap, "orgId" | "subject" | "by" | "now">,
): Promise<void> {
  const { orgId, subject, by, now } = args;
  for (const cap of await listCaps(tx, orgId, subject)) {
    const slot = capSlot(subject, cap.period);
    await store.endVersion(tx, { orgId, slot, from: "live", to: "ended", now });
    await record(tx, {
      ...by,
      orgId,
      action: "cap.ended",
      subject: subjectKey(subject),
      before: auditValue(cap),
      at: now,
    });
  }
}

/** The live caps of a subject. */
export async function listCaps(db: Db, orgId: number, subject: BudgetSubject): Promise<Budget[]> {
  const current = await store.listCurrent(db, orgId, subject);
  return current.filter(({ kind, state }) => kind === "cap" && state === "live");
}
