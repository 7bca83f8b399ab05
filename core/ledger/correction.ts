import type { Tx } from "#core/db/db.ts";
import { type Booked, book } from "./book.ts";
import type { Entry } from "./entry.ts";

/** The amounts and counts of an entry that add up; a correction is a row of their differences. */
export const SUMMED = [
  "request_count",
  "error_count",
  "input_tokens",
  "cache_read_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "input_cost",
  "cache_read_cost",
  "cache_write_cost",
  "output_cost",
  "reasoning_cost",
  "other_cost",
  "cost",
  "list_cost",
  "reported_cost",
] as const satisfies readonly (keyof Entry)[];
type Summed = (typeof SUMMED)[number];

/** How a correction names the entry it corrects. */
export function entryName(entry: Pick<Entry, "day" | "source" | "external_id">): string {
  return `${entry.day}/${entry.source}/${entry.external_id}`;
}

/**
 * Appends the difference between what an authoritative source says now and what the ledger holds
 * for the same id, corrections included. The entry keeps the attribution it was booked with.
 */
export async function appendCorrection(tx: Tx, restated: Entry): Promise<Booked> {
  const { rows } = await tx.query<
    Record<Summed, bigint | null> & { corrections: number; latest: string }
  >(
    `select ${SUMMED.map((column) => `sum(${column})::bigint as ${column}`).join(", ")},
            count(*)::int - 1 as corrections,
            (array_agg(encode(content_hash, 'hex') order by recorded_at desc,
              length(external_id) desc,
              external_id desc))[1] as latest
     from ledger_entry
     where org_id = $1 and day = $2::date and source = $3
       and (external_id = $4 or (external_id >= $4 || '#' and external_id < $4 || '$'
            and corrects = $5))`,
    [restated.org_id, restated.day, restated.source, restated.external_id, entryName(restated)],
  );
  const [held] = rows;
  if (held === undefined) throw new Error("an aggregate without group by gives one row");
  if (held.latest === restated.content_hash) return "duplicate";
  const original = await originalOf(tx, restated);
  const difference = Object.fromEntries(
    SUMMED.map((column) => [column, (restated[column] ?? 0n) - (held[column] ?? 0n)]),
  ) as Record<Summed, bigint>;
  const correction: Entry = {
    ...restated,
    ...original,
    ...difference,
    kind: "correction",
    external_id: `${restated.external_id}#${String(held.corrections + 1).padStart(6, "0")}`,
    corrects: entryName(restated),
  };
  const [state] = await book(tx, [correction]);
  return state ?? "appended";
}

type Attributed = Pick<
  Entry,
  "team_id" | "project_id" | "agent_id" | "attributed_by" | "local_day" | "tags"
>;

async function originalOf(tx: Tx, entry: Entry): Promise<Attributed> {
  const { rows } = await tx.query<Attributed>(
    `select team_id, project_id, agent_id, attributed_by, local_day, tags::text as tags
     from ledger_entry where org_id = $1 and day = $2::date and source = $3 and external_id = $4`,
    [entry.org_id, entry.day, entry.source, entry.external_id],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("the entry that conflicts is in the ledger");
  return row;
}
