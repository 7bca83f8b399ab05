import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Db, Tx } from "#core/db/db.ts";
import { copyLine, ENTRY_COLUMNS, ENTRY_TYPES, type Entry } from "./entry.ts";
import {
  ACTIVE_ROLLUP,
  ALWAYS_ROLLED,
  dimensionRollup,
  type RolledDimension,
  rollupStatement,
} from "./rollup.ts";
import { type StagedColumns, stagedColumns } from "./staged-columns.ts";

// Without the constraints of the ledger: what is the same in all rows is not staged.
const STAGING = `create temp table if not exists ledger_staging on commit delete rows as
  select 0 as ordinal, e.* from ledger_entry e with no data;
  delete from ledger_staging`;

/** Entries in the session's staging table, with what they have in common beside it. */
export interface Staging {
  readonly count: number;
  readonly columns: StagedColumns;
  readonly first: Entry;
}

/** Fills the session's staging table, inside the caller's transaction. At least one entry. */
export async function stageEntries(tx: Tx, entries: readonly Entry[]): Promise<Staging> {
  const [first] = entries;
  if (first === undefined) throw new Error("nothing is to be staged");
  const columns = stagedColumns(entries);
  await tx.query(STAGING);
  const copy = tx.query(
    copyFrom(`copy ledger_staging (ordinal, ${columns.differing.join(", ")}) from stdin`),
  );
  await pipeline(Readable.from(copyChunks(entries, columns)), copy);
  return { count: entries.length, columns, first };
}

const LINES_PER_CHUNK = 500;

function* copyChunks(entries: readonly Entry[], { differing }: StagedColumns): Generator<Buffer> {
  for (let start = 0; start < entries.length; start += LINES_PER_CHUNK) {
    let chunk = "";
    const end = Math.min(start + LINES_PER_CHUNK, entries.length);
    for (let index = start; index < end; index += 1) {
      const entry = entries[index];
      if (entry !== undefined) chunk += copyLine(index, entry, differing);
    }
    yield Buffer.from(chunk);
  }
}

/** Which optional rollups a batch feeds; one that it does not feed is left out of the statement. */
export interface RollupNeeds {
  readonly dimensions: readonly RolledDimension[];
}

/**
 * Staging to ledger and rollups in one statement, each insert in the order of its unique key so
 * that concurrent batches cannot deadlock. Returns the ordinals that were already in the ledger.
 */
export async function insertStaged(
  tx: Tx,
  { count, columns, first }: Staging,
  needs: RollupNeeds,
): Promise<{ inserted: number; present: number[] }> {
  const { rows } = await tx.query<{ inserted: number; present: number[] | null }>(
    insertStatement(needs, columns),
    [count, ...columns.common.map((column) => first[column])],
  );
  const [row] = rows;
  if (row === undefined) throw new Error("an aggregate without group by gives one row");
  return { inserted: row.inserted, present: row.present ?? [] };
}

const statements = new Map<string, string>();
/** Batches of one feed are alike, so that there are a few; an odd one is built again. */
const KEPT_STATEMENTS = 200;

function insertStatement(needs: RollupNeeds, columns: StagedColumns): string {
  const key = `${needs.dimensions.join(" ")} / ${columns.common.join(" ")}`;
  let statement = statements.get(key);
  if (statement === undefined) {
    statement = buildStatement(needs, columns);
    if (statements.size >= KEPT_STATEMENTS) statements.clear();
    statements.set(key, statement);
  }
  return statement;
}

const NOT_ROLLED: ReadonlySet<string> = new Set([
  "content_hash",
  "account_id",
  "attributed_by",
  "operation",
  "service_tier",
  "status",
  "prompt_revision",
  "session",
  "trace",
  "end_user",
  "latency_ms",
  "system_tokens",
  "retrieval_tokens",
  "history_tokens",
  "tool_tokens",
  "user_tokens",
  "estimated",
  "corrects",
  "tags",
]);
/**
 * What the rollups read of an entry; the returned rows are held in memory, so no more than that.
 */
const ROLLED_COLUMNS = ENTRY_COLUMNS.filter((column) => !NOT_ROLLED.has(column));

function buildStatement(needs: RollupNeeds, { common }: StagedColumns): string {
  const selected = ENTRY_COLUMNS.map((column) => {
    const at = common.indexOf(column);
    return at < 0 ? column : `$${at + 2}::${ENTRY_TYPES[column]}`;
  });
  return `${insertClauses(`select ${selected.join(", ")} from ledger_staging`, needs)}
    select c.inserted, case when c.inserted < $1 then array(
      select s.ordinal from ledger_staging s
      where not exists (select from ins e where (e.day, e.source, e.external_id)
        = (s.day, s.source, s.external_id))) end as present
    from (select count(*)::int as inserted from ins) c`;
}

const KEY = ["org_id", "day", "source", "external_id"] as const;

/**
 * What is selected (ENTRY_COLUMNS, in their order) goes into the ledger as `ins`, and from there into
 * the rollups; each in the order of its unique key, so that concurrent batches cannot deadlock.
 */
export function insertClauses(select: string, { dimensions }: RollupNeeds): string {
  const shapes = [
    ...ALWAYS_ROLLED,
    ...(dimensions.length > 0 ? [dimensionRollup(dimensions)] : []),
    ...(dimensions.includes("person") ? [ACTIVE_ROLLUP] : []),
  ];
  const rolled = shapes.map((shape) => `of_${shape.table} as (${rollupStatement(shape, "ins")})`);
  const key = KEY.map((column) => ENTRY_COLUMNS.indexOf(column) + 1);
  return `with ins as (
      insert into ledger_entry (${ENTRY_COLUMNS.join(", ")})
      ${select} order by ${key.join(", ")}
      on conflict (org_id, day, source, external_id) do nothing
      returning ${ROLLED_COLUMNS.join(", ")}),
    ${rolled.join(",\n")}`;
}

/** For staged entries that were there before: is the content the same? */
export async function comparePresent(
  tx: Tx,
  ordinals: readonly number[],
): Promise<{ ordinal: number; same: boolean }[]> {
  const { rows } = await tx.query<{ ordinal: number; same: boolean }>(
    `select s.ordinal, l.content_hash = s.content_hash as same
     from ledger_staging s
     join ledger_entry l on l.org_id = s.org_id and l.day = s.day and l.source = s.source
       and l.external_id = s.external_id
     where s.ordinal = any ($1::int[])`,
    [ordinals],
  );
  return rows;
}

/** Makes the month's partition where it is absent. */
export async function ensurePartition(db: Db, day: string): Promise<void> {
  await db.query("select ensure_ledger_partition($1::date)", [day]);
}

export interface TraceRow {
  readonly orgId: number;
  readonly day: string;
  readonly source: string;
  readonly externalId: string;
  readonly contentHash: string;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly provider: string;
  readonly model: string;
  readonly requestCount: bigint;
  readonly event: string;
}

/** Keeps events of sources that do not count; an event that is there already stays as it is. */
export async function insertTraces(tx: Tx, traces: readonly TraceRow[]): Promise<void> {
  await tx.query(
    `insert into ledger_trace (org_id, day, source, external_id, content_hash, occurred_at,
       recorded_at, provider, model, request_count, event)
     select * from unnest($1::int[], $2::date[], $3::text[], $4::text[], $5::bytea[],
       $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[], $10::bigint[], $11::jsonb[])
     order by 1, 2, 3, 4
     on conflict (org_id, day, source, external_id) do nothing`,
    [
      traces.map((trace) => trace.orgId),
      traces.map((trace) => trace.day),
      traces.map((trace) => trace.source),
      traces.map((trace) => trace.externalId),
      traces.map((trace) => Buffer.from(trace.contentHash, "hex")),
      traces.map((trace) => trace.occurredAt),
      traces.map((trace) => trace.recordedAt),
      traces.map((trace) => trace.provider),
      traces.map((trace) => trace.model),
      traces.map((trace) => trace.requestCount),
      traces.map((trace) => trace.event),
    ],
  );
}
