import type pg from "pg";
import { recordFinding } from "#core/anomalies/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { NANO_PER_USD } from "#core/money.ts";
import { type Acme, NOW } from "#test/chat/acme.ts";

/** A loop of Acme's checkout agent since an hour ago, told to people. Returns its number. */
export async function openFinding(pool: pg.Pool, acme: Acme): Promise<number> {
  const scopeId = acme.scopes.get("payments/checkout-web/checkout-agent") ?? -1;
  const hour = Math.floor(NOW.getTime() / 3_600_000) - 1;
  const seenAt = new Date(hour * 3_600_000);
  const hours = Array.from({ length: 12 }, (_, index) => ({
    hour: hour - 11 + index,
    cost: index === 11 ? 42 : 4,
    low: 3,
    high: 5,
  }));
  const recorded = await transaction(pool, (tx) =>
    recordFinding(tx, {
      orgId: acme.orgId,
      class: "runaway_loop",
      subject: { kind: "scope", key: String(scopeId) },
      scopeId,
      since: seenAt,
      seenAt,
      excess: 41n * NANO_PER_USD,
      rate: 38n * NANO_PER_USD,
      evidence: { requests: 4_120, usualRequests: 390, callers: 2, hours, detected: true },
      push: true,
      now: NOW,
    }),
  );
  if (recorded.state === "suppressed") throw new Error("nothing is expected here");
  return recorded.finding.id;
}
