import { SUMMED } from "./correction.ts";
import { ENTRY_COLUMNS, type Entry } from "./entry.ts";

const NOT_GROUPED: ReadonlySet<string> = new Set([
  ...SUMMED,
  "external_id",
  "content_hash",
  "occurred_at",
  "recorded_at",
  "source",
  "kind",
  "attributed_by",
  "operation",
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
  "corrects",
]);
const GROUPED = ENTRY_COLUMNS.filter((column) => !NOT_GROUPED.has(column));

/** For `group by`: a day and a set of dimensions, the tags that were kept included. */
export const DIMENSION_SET = GROUPED.join(", ");

/** The sum of such a group, as SQL. */
export const MOVED_COLUMNS = [
  ...GROUPED.map((column) => (column === "tags" ? "tags::text as tags" : column)),
  "min(occurred_at) as occurred_at",
  ...SUMMED.map((column) => `sum(${column})::bigint as ${column}`),
].join(", ");

/** Whether anything of the group is left. */
export const HAS_SUM = SUMMED.map((column) => `coalesce(sum(${column}), 0) <> 0`).join(" or ");

/** A group as selected by the columns above. */
export type MovedRow = Omit<Entry, "external_id">;

/** What changes when spend moves: its chain, and dimensions that a rule sets. */
export type Moved = Partial<
  Pick<
    Entry,
    | "team_id"
    | "project_id"
    | "agent_id"
    | "workflow_id"
    | "product_id"
    | "feature_id"
    | "environment_id"
    | "tags"
  >
>;

export interface MovedBy {
  /** Part of the entries' identity, with the batch and their number in it. */
  readonly source: "claim" | "attribution";
  readonly batchId: string;
  readonly recordedAt: Date;
  /** What moved it, in words. */
  readonly said: string;
  /** `rule`: may be decided anew when the rules change. */
  readonly decidedBy: "correction" | "rule";
}

/**
 * Moves the sum of a day and dimension set (design.md 4.6): an entry that reverses it and one that
 * books it with what changed. `index` numbers the pairs of a batch.
 */
export function movedPair(
  row: MovedRow,
  changed: Moved,
  by: MovedBy,
  index: number | string,
): [Entry, Entry] {
  const base: Entry = {
    ...row,
    source: by.source,
    kind: "correction",
    external_id: "",
    content_hash: "00".repeat(16),
    recorded_at: by.recordedAt,
    attributed_by: by.decidedBy,
    operation: null,
    prompt_revision: null,
    session: null,
    trace: null,
    end_user: null,
    latency_ms: null,
    system_tokens: null,
    retrieval_tokens: null,
    history_tokens: null,
    tool_tokens: null,
    user_tokens: null,
    corrects: `${row.local_day} and its dimensions, by ${by.said}`,
  };
  const id = `${by.batchId}:${String(index).padStart(6, "0")}`;
  const negated = Object.fromEntries(SUMMED.map((column) => [column, negate(row[column])]));
  return [
    { ...base, ...negated, external_id: `${id}:reversal` },
    { ...base, ...changed, external_id: `${id}:booking` },
  ];
}

function negate(value: bigint | null): bigint | null {
  return value === null ? null : -value;
}
