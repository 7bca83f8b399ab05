import type { Pool } from "pg";
import type { AuditRecord } from "../audit/entry.ts";
import { record } from "../audit/service.ts";
import type { Db, Tx } from "../db/db.ts";
import { transaction } from "../db/transaction.ts";
import { AispendError } from "../errors.ts";
import type { Day } from "../time.ts";
import type { Reader } from "./readers.ts";
import type { ReviewReader } from "./schema.ts";
import * as store from "./store.ts";

/** Opens the review of a month, owed to its readers. False where it was opened before. */
export async function openReview(
  tx: Tx,
  args: { orgId: number; month: Day; readers: readonly Reader[]; now: Date },
): Promise<boolean> {
  if (!(await store.insertReview(tx, args))) return false;
  await store.insertReaders(tx, args);
  return true;
}

/** To whom the review of a month was owed; empty where there was none. */
export function listReaders(db: Db, orgId: number, month: Day): Promise<ReviewReader[]> {
  return store.listReaders(db, orgId, month);
}

/** Whoever was not reminded and has not acknowledged; each is given once. */
export function takeUnreminded(
  tx: Tx,
  args: { orgId: number; month: Day; now: Date },
): Promise<number[]> {
  return store.takeUnreminded(tx, args);
}

/**
 * One owner acknowledges the review of a month; again it changes nothing. Throws `review_not_yours` for
 * whom it is not owed to.
 */
export function acknowledgeReview(
  pool: Pool,
  request: {
    orgId: number;
    month: Day;
    by: Pick<AuditRecord, "actorAccount" | "surface"> & { readonly personId: number };
    now: Date;
  },
): Promise<{ changed: boolean; open: number }> {
  const { orgId, month, by, now } = request;
  return transaction(pool, async (tx) => {
    const readers = await store.listReaders(tx, orgId, month);
    const own = readers.find(({ personId }) => personId === by.personId);
    if (own === undefined) {
      throw new AispendError("review_not_yours", "this review is not owed to you", {
        kind: "forbidden",
        help: "It is acknowledged by those who answer for the organisation or a team.",
      });
    }
    const changed = await store.acknowledge(tx, { orgId, month, personId: by.personId, now });
    if (changed) {
      await record(tx, {
        orgId,
        actor: by.personId,
        actorAccount: by.actorAccount,
        surface: by.surface,
        action: "review.acknowledged",
        subject: `review:${month.slice(0, 7)}`,
        after: { breadth: own.breadth },
        at: now,
      });
    }
    const others = readers.filter(
      ({ personId, acknowledgedAt }) => personId !== by.personId && acknowledgedAt === null,
    );
    return { changed, open: others.length };
  });
}
