import { budgetPeriodAt } from "../budgets/calendar.ts";
import type { ReadCapSpend } from "../budgets/cap-spend.ts";
import { loadRoster } from "../org/roster.ts";
import { addDays, localDay } from "../time.ts";
import { listCounters } from "./store.ts";

/** A year's cap began at most so long ago. */
const LOOK_BACK_DAYS = 366;

/**
 * What the gateway counted of each cap in its running period: settled and unconfirmed. Where it never
 * counted anything for the organisation nothing is known, and that is not 0.
 */
export const readCapSpend: ReadCapSpend = async (db, { orgId, caps, now }) => {
  const { timeZone } = await loadRoster(db, orgId);
  const today = localDay(now, timeZone);
  const counters = await listCounters(db, orgId, addDays(today, -LOOK_BACK_DAYS));
  if (counters.length === 0) return new Map();
  return new Map(
    caps.map(({ id, period, subject }) => {
      const { start } = budgetPeriodAt(period, today);
      const counter = counters.find(
        (one) =>
          one.subjectKind === subject.kind &&
          one.subjectId === subject.id &&
          one.period === period &&
          one.periodStart === start,
      );
      return [id, counter === undefined ? 0n : counter.settled + counter.unconfirmed];
    }),
  );
};
