import type { CallShape } from "./call-shape.ts";
import type { CostColumns } from "./draft.ts";
import { escapeText } from "./entry.ts";
import type { Tokens, UsageEvent } from "./schema.ts";

/** What a line has of a call, in its order there, as the staging table names it. */
export const CALL_COLUMNS = {
  shape: "int",
  external_id: "text",
  occurred_at: "timestamptz",
  prompt_revision: "text",
  session: "text",
  trace: "text",
  latency_ms: "int",
  input: "bigint",
  cache_read: "bigint",
  cache_write_5m: "bigint",
  cache_write_1h: "bigint",
  output: "bigint",
  reasoning: "bigint",
  input_cost: "bigint",
  cache_read_cost: "bigint",
  cache_write_cost: "bigint",
  output_cost: "bigint",
  reasoning_cost: "bigint",
  other_cost: "bigint",
  cost: "bigint",
  list_cost: "bigint",
} as const;

const NULL = "\\N";

function text(value: string | undefined): string {
  return value === undefined ? NULL : escapeText(value);
}

/** A call as a line of COPY's text format; `shape` is the ordinal of its shape in the batch. */
export function callLine(shape: number, event: UsageEvent, costs: CostColumns): string {
  const { tokens } = event;
  return (
    `${shape}\t${escapeText(event.externalId)}\t${event.occurredAt}\t` +
    `${text(event.promptRevision)}\t${text(event.session)}\t${text(event.trace)}\t` +
    `${event.latencyMs ?? NULL}\t${tokens.input ?? NULL}\t${tokens.cacheRead ?? NULL}\t` +
    `${tokens.cacheWrite5m ?? NULL}\t${tokens.cacheWrite1h ?? NULL}\t` +
    `${tokens.output ?? NULL}\t${tokens.reasoning ?? NULL}\t` +
    `${costs.input_cost}\t${costs.cache_read_cost}\t${costs.cache_write_cost}\t` +
    `${costs.output_cost}\t${costs.reasoning_cost}\t${costs.other_cost}\t` +
    `${costs.cost}\t${costs.list_cost}\n`
  );
}

/** The call that a line was made of (without the end of the line), with its shape's event. */
export function readCallLine(line: string, shapes: readonly CallShape[]): UsageEvent {
  const fields = line.split("\t");
  const [shape, externalId = "", occurredAt = "", promptRevision, session, trace, latency] = fields;
  const first = shapes[Number(shape)]?.event;
  if (first === undefined) throw new Error(`a call has the shape ${shape}, which there is not`);
  const { promptRevision: _r, session: _s, trace: _t, latencyMs: _l, ...shared } = first;
  const event: UsageEvent = {
    ...shared,
    externalId: unescaped(externalId),
    occurredAt,
    tokens: tokensOf(fields.slice(7, 13)),
  };
  if (isGiven(promptRevision)) event.promptRevision = unescaped(promptRevision);
  if (isGiven(session)) event.session = unescaped(session);
  if (isGiven(trace)) event.trace = unescaped(trace);
  if (isGiven(latency)) event.latencyMs = Number(latency);
  return event;
}

function isGiven(field: string | undefined): field is string {
  return field !== undefined && field !== NULL;
}

const TOKEN_NAMES = [
  "input",
  "cacheRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "output",
  "reasoning",
] as const satisfies readonly (keyof Tokens)[];

function tokensOf(fields: readonly string[]): Tokens {
  const tokens: Tokens = {};
  for (const [index, name] of TOKEN_NAMES.entries()) {
    const field = fields[index];
    if (isGiven(field)) tokens[name] = Number(field);
  }
  return tokens;
}

const ESCAPED: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r" };

function unescaped(field: string): string {
  if (!field.includes("\\")) return field;
  return field.replace(/\\(.)/g, (_, char: string) => ESCAPED[char] ?? char);
}
