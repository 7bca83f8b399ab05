import type { PoolClient } from "pg";
import QueryStream from "pg-query-stream";
import { csvLine } from "#core/csv.ts";
import { usdDecimal } from "#core/money.ts";
import type { Period } from "#core/time.ts";
import { COMPOSITION_COLUMNS, COST_COLUMNS, TOKEN_COLUMNS } from "./entry.ts";
import type { ExportedEntry } from "./exported-entry.ts";
import { FOCUS_COLUMNS, focusCharge, focusRow } from "./focus.ts";

export type ExportFormat = "csv" | "jsonl" | "focus";

const NAMED = [
  "provider",
  "model",
  "key",
  "account",
  "workflow",
  "product",
  "customer",
  "feature",
  "environment",
] as const satisfies readonly (keyof ExportedEntry)[];

const QUERY = `select e.*, team.key as team, project.key as project, agent.key as agent,
    ${NAMED.map((name) => `${name}_value.value as ${name}`).join(", ")},
    e.person_id as person, p.description as price,
    coalesce(agent.cost_centre, project.cost_centre, team.cost_centre) as cost_centre,
    o.key as organization_key, o.name as organization_name
  from ledger_entry e
  join organization o on o.id = e.org_id
  ${["team", "project", "agent"]
    .map(
      (kind) =>
        `left join scope ${kind} on ${kind}.org_id = e.org_id and ${kind}.id = e.${kind}_id`,
    )
    .join("\n  ")}
  ${NAMED.map(
    (name) => `left join dimension_value ${name}_value on ${name}_value.org_id = e.org_id
      and ${name}_value.dimension = '${name}' and ${name}_value.id = e.${name}_id`,
  ).join("\n  ")}
  left join price_provenance p on p.org_id = e.org_id and p.id = e.price_id
  where e.org_id = $1 and e.local_day >= $2::date and e.local_day < $3::date
    and e.day >= $2::date - 1 and e.day <= $3::date
  order by e.day, e.source, e.external_id`;

const COLUMNS: readonly (keyof ExportedEntry)[] = [
  "local_day",
  "occurred_at",
  "source",
  "external_id",
  "kind",
  "basis",
  "team",
  "project",
  "agent",
  ...NAMED,
  "person",
  "attributed_by",
  "operation",
  "service_tier",
  "status",
  "prompt_revision",
  "latency_ms",
  "request_count",
  "error_count",
  ...TOKEN_COLUMNS,
  ...COMPOSITION_COLUMNS,
  ...COST_COLUMNS,
  "price",
  "estimated",
  "corrects",
  "recorded_at",
];

const AMOUNTS: ReadonlySet<string> = new Set(COST_COLUMNS);

/**
 * The entries of a half-open period of local days as lines of text, header first where the format
 * has one. Amounts are exact decimals in US dollars. Streams: memory does not grow with the period.
 */
export async function* exportEntries(
  client: PoolClient,
  orgId: number,
  period: Period,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === "csv") yield csvLine([...COLUMNS]);
  if (format === "focus") yield csvLine([...FOCUS_COLUMNS]);
  const stream = client.query(
    new QueryStream(QUERY, [orgId, period.start, period.end], { batchSize: 2000 }),
  );
  try {
    for await (const row of stream as AsyncIterable<ExportedEntry>) yield lineOf(row, format);
  } finally {
    stream.destroy();
  }
}

function lineOf(row: ExportedEntry, format: ExportFormat): string {
  switch (format) {
    case "csv":
      return csvLine(COLUMNS.map((column) => plain(column, row[column])));
    case "jsonl":
      return `${JSON.stringify(Object.fromEntries(COLUMNS.map((c) => [c, plain(c, row[c])])))}\n`;
    case "focus":
      return csvLine(focusRow(focusCharge(row)));
  }
}

function plain(
  column: string,
  value: string | number | bigint | boolean | Date | null,
): string | number | null {
  if (value === null || typeof value === "number") return value;
  if (typeof value === "bigint") return AMOUNTS.has(column) ? usdDecimal(value) : value.toString();
  if (value instanceof Date) return value.toISOString();
  return String(value);
}
