import { recordDrifts } from "#core/connections/drift-findings.ts";
import { confirmByBills } from "#core/enforcement/confirm-bills.ts";
import { cachedContexts } from "#core/ledger/context.ts";
import { createLedger } from "#core/ledger/ledger.ts";
import { reconcile, settledBefore } from "#core/ledger/reconcile-period.ts";
import { addDays, utcDay } from "#core/time.ts";
import type { Job } from "../job.ts";

/** Providers restate for up to a month; older bills are compared by hand: aispend reconcile. */
const DAYS = 40;

/** Every day: makes the totals of metered accounts equal their bills, and tells what drifts. */
export const reconciliation: Job = {
  name: "reconciliation",
  schedule: { every: "day", at: "05:20" },
  catchUp: "last",
  async run({ pool, tx, orgId, timeZone, now, log }) {
    const clock = () => now;
    const before = settledBefore(utcDay(now));
    const period = { start: addDays(before, -DAYS), end: before };
    const ledger = createLedger({ pool, clock, contextOf: cachedContexts(pool, clock) });
    const found = await reconcile(pool, { orgId, period }, { ledger, clock, before });
    if (found.accounts.length === 0) return;
    const { counters } = await confirmByBills(pool, { orgId, before, now });
    if (counters > 0) log.info({ orgId, counters }, "bills confirmed what lost gateways had held");
    const names = new Set(found.accounts.map(({ account }) => account));
    await ledger.names.ensure(orgId, new Map([["account", names]]));
    const idOf = (account: string) => ledger.names.idOf(orgId, "account", account);
    const open = await recordDrifts(tx, { orgId, found, idOf, timeZone, now });
    log.info({ orgId, accounts: found.accounts.length, findings: open }, "reconciled bills");
  },
};
