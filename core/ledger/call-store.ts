import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { from as copyFrom } from "pg-copy-streams";
import type { Tx } from "#core/db/db.ts";
import { CALL_COLUMNS } from "./call-line.ts";
import type { CallShape } from "./call-shape.ts";
import { COST_COLUMNS, ENTRY_COLUMNS, ENTRY_TYPES, type Entry, TOKEN_COLUMNS } from "./entry.ts";
import type { RolledDimension } from "./rollup.ts";
import { insertClauses } from "./store.ts";

const LINE_COLUMNS = Object.keys(CALL_COLUMNS);
const STAGING = `create temp table if not exists call_staging (
    ${Object.entries(CALL_COLUMNS)
      .map(([name, type]) => `${name} ${type}`)
      .join(", ")}) on commit delete rows;
  delete from call_staging`;
const COPY = `copy call_staging (${LINE_COLUMNS.join(", ")}) from stdin`;

/** What every call has of its own. */
const OWN: ReadonlySet<keyof Entry> = new Set<keyof Entry>([
  "external_id",
  "content_hash",
  "occurred_at",
  "recorded_at",
  "prompt_revision",
  "session",
  "trace",
  "latency_ms",
  ...TOKEN_COLUMNS,
  ...COST_COLUMNS,
]);
const SHARED = ENTRY_COLUMNS.filter((column) => !OWN.has(column));
const SHAPES = `json_to_recordset($1::json) as c (shape int, fingerprint text,
  ${SHARED.map((column) => `${column} ${ENTRY_TYPES[column]}`).join(", ")})`;

/** What the call says, as 128 bits: the same id with another content is a conflict. */
const HASH = `substring(sha256(convert_to(row(c.fingerprint, extract(epoch from l.occurred_at),
  ${LINE_COLUMNS.slice(3, 13)
    .map((column) => `l.${column}`)
    .join(", ")})::text, 'UTF8')) for 16)`;

const EXPRESSIONS: Readonly<Partial<Record<keyof Entry, string>>> = {
  content_hash: HASH,
  recorded_at: "$2::timestamptz",
  input_tokens: "l.input",
  cache_read_tokens: "coalesce(l.cache_read, 0)",
  cache_write_tokens: "coalesce(l.cache_write_5m, 0) + coalesce(l.cache_write_1h, 0)",
  output_tokens: "l.output",
  reasoning_tokens: "coalesce(l.reasoning, 0)",
  reported_cost: "null::bigint",
};
const SELECT = `select ${ENTRY_COLUMNS.map(
  (column) => EXPRESSIONS[column] ?? `${OWN.has(column) ? "l" : "c"}.${column}`,
).join(", ")}
  from call_staging l join ${SHAPES} on c.shape = l.shape`;

/** A batch of calls as it is sent: lines, and the columns that each shape shares. */
export interface StagedCalls {
  readonly lines: readonly Buffer[];
  /** JSON, by sharedColumns. */
  readonly shapes: string;
  readonly dimensions: readonly RolledDimension[];
  readonly recordedAt: Date;
}

/** The columns that calls of a shape share, with its ordinal and what else tells it from others. */
export function sharedColumns({ entry, event }: CallShape, shape: number): unknown {
  const columns = SHARED.map((column) => {
    const value = entry[column];
    if (column === "tags") return [column, value === null ? null : JSON.parse(String(value))];
    return [column, typeof value === "bigint" ? String(value) : value];
  });
  const { externalId: _id, occurredAt: _at, tokens: _tokens, ...rest } = event;
  const { promptRevision: _r, session: _s, trace: _t, latencyMs: _l, ...said } = rest;
  return { ...Object.fromEntries(columns), shape, fingerprint: JSON.stringify(said) };
}

/** Lines to where the statements below read them, until the caller's transaction ends. */
export async function stageCalls(tx: Tx, lines: readonly Buffer[]): Promise<void> {
  await tx.query(STAGING);
  await pipeline(Readable.from(lines), tx.query(copyFrom(COPY)));
}

/** Staged calls to ledger and rollups; returns how many were not there. */
export async function insertCalls(tx: Tx, calls: StagedCalls): Promise<number> {
  const { dimensions, shapes, recordedAt } = calls;
  const { rows } = await tx.query<{ inserted: number }>(
    `${insertClauses(SELECT, { dimensions })} select count(*)::int as inserted from ins`,
    [shapes, recordedAt],
  );
  return rows[0]?.inserted ?? 0;
}

/** Staged calls whose id the ledger has with another content. */
export async function listConflicts(tx: Tx, shapes: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `select l.external_id as id from call_staging l join ${SHAPES} on c.shape = l.shape
     join ledger_entry e on e.org_id = c.org_id and e.day = c.day and e.source = c.source
       and e.external_id = l.external_id
     where e.content_hash <> ${HASH} order by 1`,
    [shapes],
  );
  return rows.map(({ id }) => id);
}
