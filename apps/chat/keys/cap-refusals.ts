import type { Db } from "#core/db/db.ts";
import { type Cap, periodOf, subjectName } from "#core/enforcement/cap.ts";
import { listCapRefusals } from "#core/enforcement/refusals.ts";
import type { CapRefusals } from "#core/enforcement/schema.ts";
import { type Day, parseDay } from "#core/time.ts";
import { saidCounted } from "../said/said-count.ts";
import { saidDay } from "../said/said-period.ts";

type Capped = Pick<Cap, "subject" | "period">;

function nameOf({ subject, period }: Capped): string {
  return `${subjectName(subject)} ${period}`;
}

/** What each cap refused in its running period; the answer is undefined for one that let all through. */
export async function loadRefusals(
  db: Db,
  orgId: number,
  caps: readonly Capped[],
  today: Day,
): Promise<(cap: Capped) => CapRefusals | undefined> {
  const found = new Map<string, CapRefusals>();
  for (const period of new Set(caps.map((cap) => cap.period))) {
    for (const one of await listCapRefusals(db, orgId, periodOf({ period }, today).start)) {
      if (one.period !== period) continue;
      const subject = { kind: one.subjectKind, id: one.subjectId };
      found.set(nameOf({ subject, period }), one);
    }
  }
  return (cap) => found.get(nameOf(cap));
}

/** "refused 12 calls today", "refused 12 calls since 18 Nov". */
export function refusedSaid({ refused, firstDay }: CapRefusals, today: Day): string {
  const since = firstDay === today ? "today" : `since ${saidDay(parseDay(firstDay))}`;
  return `refused ${saidCounted(refused, "call")} ${since}`;
}
