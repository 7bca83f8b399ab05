import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import { putCap } from "../budgets/caps.ts";
import type { Tx } from "../db/db.ts";
import type { Roster } from "../org/raci.ts";
import { addDays, type Day, startOfDay } from "../time.ts";
import { insertRaise } from "./block-store.ts";
import { defaultGateway } from "./key-gateway.ts";
import { requireStep } from "./key-state.ts";
import { ensureDimension, insertKey, lockKey, notifyGateways } from "./key-store.ts";
import { findScopeCostCentre } from "./policy.ts";
import type { KeyRequest, VirtualKey } from "./schema.ts";
import { type Terms, termsOf } from "./terms.ts";

export type By = Pick<AuditRecord, "actor" | "actorAccount" | "surface">;

/** Not revealed for so long, an approved key lapses. */
const REVEAL_DAYS = 7;
const DAY_MS = 86_400_000;

/** The instant at which a last day is over, in the organisation's zone. */
export function endOfDay(day: Day, timeZone: string): Date {
  return startOfDay(addDays(day, 1), timeZone);
}

export function termsSaid({ capAmount, capPeriod, models, untilDay }: Terms) {
  return { cap: capAmount.toString(), period: capPeriod, models, until: untilDay ?? null };
}

export interface Granting {
  readonly roster: Roster;
  readonly request: KeyRequest;
  readonly by: By;
  readonly now: Date;
}

/** A new key as approved: without a secret, which is minted when it is revealed. */
export async function grantKey(tx: Tx, { roster, request, by, now }: Granting): Promise<number> {
  const { orgId } = roster;
  const terms = termsOf(request);
  const costCentre = await findScopeCostCentre(tx, roster, request.scopeId);
  const gateway = await defaultGateway(tx, orgId);
  const dimensionId = await ensureDimension(tx, orgId, request.name);
  const key = {
    orgId,
    name: request.name,
    requestId: request.id,
    scopeId: request.scopeId,
    ownerId: request.ownerId,
    service: request.service,
    useCase: request.useCase,
    environment: request.environment,
    ciJob: request.ciJob,
    costCentre,
    models: [...terms.models],
    allowUnbounded: false,
    requestsPerMinute: undefined,
    gateway: gateway.name,
    ledgerKey: request.name,
    dimensionId,
    state: "approved" as const,
    approvedAt: now,
    lapsesAt: new Date(now.getTime() + REVEAL_DAYS * DAY_MS),
    expiresAt: terms.untilDay && endOfDay(terms.untilDay, roster.timeZone),
  };
  const id = await insertKey(tx, key);
  await putCap(tx, {
    orgId,
    subject: { kind: "key", id: dimensionId },
    period: terms.capPeriod,
    amount: terms.capAmount,
    enforcement: gateway.enforcement === "hard" ? "hard" : "soft",
    timeZone: roster.timeZone,
    reason: request.useCase,
    by,
    now,
  });
  await record(tx, {
    ...by,
    orgId,
    action: "key.granted",
    subject: `virtual_key:${id}`,
    after: {
      name: key.name,
      scope: `scope:${key.scopeId}`,
      owner: `person:${key.ownerId}`,
      ...termsSaid(terms),
    },
    reason: request.useCase,
    at: now,
  });
  await notifyGateways(tx, orgId);
  return id;
}

/** Another cap for a key: for good, or until the end of a day beside the one that stays. */
export async function grantRaise(tx: Tx, granting: Granting): Promise<VirtualKey> {
  const { roster, request, by, now } = granting;
  const { orgId, timeZone } = roster;
  const key = await lockKey(tx, orgId, request.keyId ?? 0);
  if (key === undefined) throw new Error("the foreign key of a raise leads to its key");
  requireStep(key, "raise");
  const { capAmount, capPeriod, untilDay } = termsOf(request);
  const subject = { kind: "key" as const, id: key.dimensionId };
  if (untilDay === undefined) {
    const reason = request.useCase;
    const cap = { subject, period: capPeriod, amount: capAmount, enforcement: "hard" as const };
    await putCap(tx, { ...cap, orgId, timeZone, reason, by, now });
  } else {
    const raise = {
      orgId,
      subject,
      period: capPeriod,
      origin: "raise" as const,
      amount: capAmount,
      fromAt: now,
      untilAt: endOfDay(untilDay, timeZone),
      reason: request.useCase,
      ...(typeof by.actor === "number" ? { raisedBy: by.actor } : {}),
    };
    const id = await insertRaise(tx, raise);
    await record(tx, {
      ...by,
      orgId,
      action: "cap.raised",
      subject: `virtual_key:${key.id}`,
      after: { raise: id, ...termsSaid({ ...termsOf(request), untilDay }) },
      reason: request.useCase,
      at: now,
    });
  }
  await notifyGateways(tx, orgId);
  return key;
}
