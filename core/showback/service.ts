import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { type Channel, channelsByScope } from "../org/channel.ts";
import { requirePermission } from "../org/permission.ts";
import { loadRoster } from "../org/roster.ts";
import type { ReportTimes } from "../org/schema.ts";
import { REPORT_TIMES } from "../org/words.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Period } from "../time.ts";
import type { Cadence } from "./schema.ts";
import * as store from "./store.ts";
import { showbackSchedule } from "./times.ts";

/** The person who presses, as the audit log names them. */
export type Presser = Pick<AuditRecord, "actorAccount" | "surface"> & {
  readonly personId: number;
};

/** Where a scope's showback goes, and when. */
export interface Showback {
  readonly scopeId: number;
  readonly channel: Channel;
  readonly cadence: Exclude<Cadence, "off">;
  readonly schedule: Schedule;
}

export async function findCadence(db: Db, orgId: number, scopeId: number): Promise<Cadence> {
  const choices = await store.listChoices(db, orgId);
  return choices.find((one) => one.scopeId === scopeId)?.cadence ?? "weekly";
}

/** When reports go out, by the organisation's file or else the product's own times. */
export async function findReportTimes(db: Db, orgId: number): Promise<ReportTimes> {
  return (await store.findReportTimes(db, orgId)) ?? REPORT_TIMES;
}

/** Every scope with a channel of its own that did not switch its showback off. */
export async function listShowbacks(db: Db, orgId: number): Promise<Showback[]> {
  const reports = await findReportTimes(db, orgId);
  const channels = await channelsByScope(db, { orgId, kind: "weekly_showback" });
  const choices = new Map(
    (await store.listChoices(db, orgId)).map(({ scopeId, cadence }) => [scopeId, cadence]),
  );
  return [...channels].flatMap(([scopeId, channel]) => {
    const cadence = choices.get(scopeId) ?? "weekly";
    const schedule = showbackSchedule(cadence, reports);
    if (cadence === "off" || schedule === undefined) return [];
    return [{ scopeId, channel, cadence, schedule }];
  });
}

/**
 * Weekly, monthly or off, for the R or A of attributing spend of the scope. Returns whether anything
 * changed: pressed again it does nothing. Throws `not_permitted`.
 */
export function setCadence(
  pool: Pool,
  request: { orgId: number; scopeId: number; cadence: Cadence; by: Presser; now: Date },
): Promise<boolean> {
  const { orgId, scopeId, cadence, by, now } = request;
  return transaction(pool, async (tx) => {
    const roster = await loadRoster(tx, orgId);
    const { as } = requirePermission(roster, by.personId, {
      action: "set_channel",
      scopeId,
      now,
    });
    const before = await findCadence(tx, orgId, scopeId);
    if (before === cadence) return false;
    // Of two at the same moment the second waits here, and finds it chosen.
    if (!(await store.saveChoice(tx, { orgId, scopeId, cadence, by: by.personId, now }))) {
      return false;
    }
    await record(tx, {
      orgId,
      actor: by.personId,
      actorAccount: by.actorAccount,
      surface: by.surface,
      action: "showback.chosen",
      subject: `scope:${scopeId}`,
      before: { cadence: before },
      after: { cadence, as: as.role },
      at: now,
    });
    return true;
  });
}

/** Remembers that a period was shown, with the total that was said. */
export function recordSent(
  tx: Tx,
  sent: { orgId: number; scopeId: number; period: Period; cost: bigint; now: Date },
): Promise<boolean> {
  return store.insertSent(tx, sent);
}
