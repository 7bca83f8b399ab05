import type { Db } from "#core/db/db.ts";
import { type NanoUsd, nanoUsd } from "#core/money.ts";
import type { Period } from "#core/time.ts";
import type { CodingToolDay } from "./schema.ts";

export type CodingTool = CodingToolDay["tool"];

/** What one person has and did with one coding tool in a period. */
export interface ToolUse {
  readonly tool: CodingTool;
  /** 0: keys and seats that stand for no person. */
  readonly personId: number;
  readonly seats: number;
  /** Seats without use since `idleBefore`. */
  readonly idleSeats: number;
  readonly activeDays: number;
  readonly sessions: bigint;
  readonly linesAdded: bigint;
  readonly pullRequests: bigint;
  /** Seats and usage as the ledger has them; what goes through an API key is on that key's bill. */
  readonly cost: NanoUsd;
  /** The tool's own estimate of what went through an API key; in no total. */
  readonly apiEstimate: NanoUsd;
}

/**
 * Seats, use and spend of coding tools per person: half-open days, seats as they are now. A tool's
 * spend in the ledger is what its own provider charges ('cursor', and 'github' for Copilot).
 */
export async function listToolUse(
  db: Db,
  args: { orgId: number; period: Period; idleBefore: Date },
): Promise<ToolUse[]> {
  const { orgId, period, idleBefore } = args;
  const { rows } = await db.query<Omit<ToolUse, "cost" | "apiEstimate"> & Amounts>(
    `with tool (name, provider, connection) as (
       values ('cursor', 'cursor', 'cursor'), ('copilot', 'github', 'copilot'),
         ('claude-code', '', 'anthropic')),
     seat as (
       select t.name as tool, coalesce(i.person_id, 0) as person_id, count(*) as seats,
         count(*) filter (where i.used_at is null or i.used_at < $4) as idle
       from native_item i
       join connection c on c.org_id = i.org_id and c.id = i.connection_id
         and c.state <> 'disconnected'
       join tool t on t.connection = c.kind
       where i.org_id = $1 and i.kind = 'seat' and i.active
       group by 1, 2),
     used as (
       select tool, person_id, count(distinct day) filter (where sessions + accepted
           + lines_added + output_tokens > 0) as days,
         sum(sessions) as sessions, sum(lines_added) as lines, sum(pull_requests) as pulls,
         sum(estimated_cost) filter (where billing = 'api') as estimate
       from coding_tool_day
       where org_id = $1 and day >= $2::date and day < $3::date
       group by 1, 2),
     spent as (
       select t.name as tool, e.person_id, sum(e.cost) as cost
       from ledger_entry e
       join dimension_value p on p.org_id = e.org_id and p.dimension = 'provider'
         and p.id = e.provider_id
       join tool t on t.provider = p.value
       where e.org_id = $1 and e.local_day >= $2::date and e.local_day < $3::date
         and e.day >= $2::date - 1 and e.day <= $3::date
       group by 1, 2),
     who as (
       select tool, person_id from seat union select tool, person_id from used
       union select tool, person_id from spent)
     select w.tool, w.person_id as "personId", coalesce(s.seats, 0)::int as seats,
       coalesce(s.idle, 0)::int as "idleSeats", coalesce(u.days, 0)::int as "activeDays",
       coalesce(u.sessions, 0)::bigint as sessions, coalesce(u.lines, 0)::bigint as "linesAdded",
       coalesce(u.pulls, 0)::bigint as "pullRequests", coalesce(x.cost, 0)::bigint as cost,
       coalesce(u.estimate, 0)::bigint as "apiEstimate"
     from who w
     left join seat s on s.tool = w.tool and s.person_id = w.person_id
     left join used u on u.tool = w.tool and u.person_id = w.person_id
     left join spent x on x.tool = w.tool and x.person_id = w.person_id
     order by 1, 2`,
    [orgId, period.start, period.end, idleBefore],
  );
  return rows.map((row) => ({
    ...row,
    cost: nanoUsd(row.cost),
    apiEstimate: nanoUsd(row.apiEstimate),
  }));
}

interface Amounts {
  readonly cost: bigint;
  readonly apiEstimate: bigint;
}
