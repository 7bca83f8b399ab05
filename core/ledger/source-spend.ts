import type { Db } from "../db/db.ts";
import { addDays, type Period } from "../time.ts";

/** What entries of one source cost a scope (0 = the organisation) or a key in local days, nano-USD. */
export async function sourceSpend(
  db: Db,
  args: {
    orgId: number;
    source: string;
    subject: { kind: "scope" | "key"; id: number };
    period: Period;
  },
): Promise<bigint> {
  const { orgId, source, subject, period } = args;
  const { rows } = await db.query<{ cost: bigint }>(
    `select coalesce(sum(cost), 0)::bigint as cost from ledger_entry
     where org_id = $1 and day >= $5::date and day < $6::date
       and local_day >= $7::date and local_day < $8::date and source = $2
       and case when $3 = 'key' then key_id = $4
         else $4 = 0 or $4 in (team_id, project_id, agent_id) end`,
    [
      orgId,
      source,
      subject.kind,
      subject.id,
      // A local day lies in at most two neighbouring UTC days.
      addDays(period.start, -1),
      addDays(period.end, 1),
      period.start,
      period.end,
    ],
  );
  return rows[0]?.cost ?? 0n;
}
