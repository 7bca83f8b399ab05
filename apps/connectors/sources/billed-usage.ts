import type { ServiceTier, Tokens, UsageEvent } from "#core/ledger/schema.ts";
import { type NanoUsd, nanoUsd, usdDecimal } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { lineId, noonOf, prefixOf } from "./buckets.ts";

/** A day of a provider that reports usage in one place and what it bills in another. */
export interface BilledUsage<Usage, Cost> {
  readonly usage: readonly Usage[];
  readonly costs: readonly Cost[];
  /** The costs of this day are out: a row of usage without a line was not billed. */
  readonly billed: boolean;
}

/** What all entries of a day's report have in common. */
export interface DayReport {
  readonly source: string;
  readonly provider: string;
  readonly account: string;
  readonly prefix: string;
  readonly occurredAt: string;
}

export function dayReport(
  of: { readonly source: string; readonly provider: string; readonly feed: string },
  account: string,
  day: Day,
): DayReport {
  const { source, provider, feed } = of;
  return { source, provider, account, prefix: prefixOf(account, feed), occurredAt: noonOf(day) };
}

export interface ReportLine {
  /** What the report groups by: the line's id for ever. */
  readonly parts: readonly (string | boolean | null)[];
  readonly model: string;
  readonly serviceTier: ServiceTier;
  readonly requestCount: number;
  readonly tokens: Tokens;
  readonly key: string | null | undefined;
  readonly project: string | null | undefined;
  /** Undefined: not billed yet. */
  readonly amount: NanoUsd | undefined;
  /** Of a line for what stands around the model; it is then harness cost. */
  readonly operation?: string | undefined;
}

const NO_TAGS = {};

/** A line of a report as it is booked. An account has one for each key and model: one object, in one go. */
export function reportEvent(report: DayReport, line: ReportLine): UsageEvent {
  const event: UsageEvent = {
    source: report.source,
    externalId: lineId(report.prefix, line.parts),
    occurredAt: report.occurredAt,
    kind: line.operation === undefined ? "bucket" : "infrastructure",
    basis: "billed",
    provider: report.provider,
    model: line.model,
    serviceTier: line.serviceTier,
    status: "ok",
    requestCount: line.requestCount,
    tokens: line.tokens,
    tags: NO_TAGS,
    account: report.account,
    estimated: false,
  };
  if (line.key) event.key = line.key;
  if (line.project) event.nativeProject = line.project;
  if (line.operation !== undefined) event.operation = line.operation;
  if (line.amount !== undefined) event.reportedCost = usdDecimal(line.amount);
  return event;
}

export function groupedBy<Row>(
  rows: readonly Row[],
  nameOf: (row: Row) => string,
): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = nameOf(row);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [row]);
    else group.push(row);
  }
  return groups;
}

/** Lines of a bill that no usage explains, each name once with all that was billed under it. */
export type LinesAlone<Cost> = Map<string, { readonly line: Cost; readonly amount: NanoUsd }>;

export function addAlone<Cost>(
  alone: LinesAlone<Cost>,
  name: string,
  line: Cost,
  amount: NanoUsd,
): void {
  alone.set(name, { line, amount: nanoUsd((alone.get(name)?.amount ?? 0n) + amount) });
}
