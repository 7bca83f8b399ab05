import type { EntryKind, Tags, Tokens, UsageEvent } from "#core/ledger/schema.ts";
import { decimalOf, type NanoUsd, nanoFromDecimal, nanoUsd, usdDecimal } from "#core/money.ts";
import { type Day, utcDay } from "#core/time.ts";
import { plainText } from "../plain-text.ts";
import { given, lineId, noonOf, prefixOf } from "../sources/buckets.ts";
import { tagsOfRecord } from "../tag-names.ts";

/** One row of a bill, reduced to what is booked. */
export interface BillLine {
  readonly day: Day;
  readonly account: string;
  readonly provider: string;
  readonly model: string;
  readonly kind: EntryKind;
  readonly project: string | undefined;
  readonly key: string | undefined;
  readonly operation: string | undefined;
  readonly tags: Tags;
  readonly cost: NanoUsd;
  readonly requests: number;
  readonly tokens: Tokens;
}

/** What became of one row; `ignored` is no AI. */
export type ReadLine =
  | { readonly state: "line"; readonly line: BillLine }
  | { readonly state: "ignored" }
  | { readonly state: "refused"; readonly reason: string };

export type Fields = Readonly<Record<string, unknown>>;

/** A format of bills: how its rows read, and which days a file says everything about. */
export interface BillFormat {
  readonly name: string;
  readonly said: string;
  /** Any of these columns tells the format. */
  readonly columns: readonly string[];
  /** `month`: a file rewrites the months it holds. `days`: only the days it has rows of. */
  readonly replaces: "month" | "days";
  read(fields: Fields): ReadLine;
}

/** A column by one of its names, as text; Parquet gives dates, numbers and bigints. */
export function textOf(fields: Fields, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (value === undefined || value === null || value === "") continue;
    if (value instanceof Date) return value.toISOString();
    if (typeof value === "object") return JSON.stringify(value);
    return String(value).trim();
  }
  return undefined;
}

export function nameOf(fields: Fields, ...names: string[]): string | undefined {
  return plainText(textOf(fields, ...names), 256);
}

/** Undefined where there is none or it is none. */
export function amountOf(fields: Fields, ...names: string[]): NanoUsd | undefined {
  const text = textOf(fields, ...names);
  const decimal = text === undefined ? undefined : decimalOf(text);
  return decimal && nanoFromDecimal(decimal);
}

/** The UTC day of an instant or a day; undefined where it is neither. */
export function dayOf(text: string | undefined): Day | undefined {
  if (text === undefined) return undefined;
  const american = /^(\d{2})\/(\d{2})\/(\d{4})$/.exec(text);
  const iso = american === null ? text : `${american[3]}-${american[1]}-${american[2]}`;
  const read = new Date(/^\d{4}-\d{2}-\d{2}$/.test(iso) ? `${iso}T00:00:00Z` : zoned(iso));
  return Number.isNaN(read.getTime()) ? undefined : utcDay(read);
}

/** Bills write UTC, some without saying so: "2026-11-03 00:00:00", "2026-11-03 00:00:00 UTC". */
function zoned(text: string): string {
  const iso = text.replace(/ UTC$/, "Z").replace(" ", "T");
  return /(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`;
}

/** Tags as a JSON object, as a list of keys and values, or as Parquet's map. */
export function tagsOf(value: unknown): Tags {
  const parsed = typeof value === "string" ? jsonOf(value) : value;
  if (Array.isArray(parsed)) {
    const pairs = parsed.flatMap((one) => (isPair(one) ? [[one.key, one.value] as const] : []));
    return tagsOfRecord(Object.fromEntries(pairs));
  }
  if (typeof parsed !== "object" || parsed === null) return {};
  const named = Object.entries(parsed).map(
    // AWS says by a prefix who made a tag.
    ([name, tag]) => [name.replace(/^(user|aws|iamPrincipal)[_:/]/, ""), tag] as const,
  );
  return tagsOfRecord(Object.fromEntries(named));
}

function isPair(value: unknown): value is { key: string; value: unknown } {
  return typeof value === "object" && value !== null && "key" in value && "value" in value;
}

function jsonOf(text: string): unknown {
  try {
    // Azure leaves the braces out.
    return JSON.parse(text.startsWith("{") || text.startsWith("[") ? text : `{${text}}`);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Lines of one day that differ in nothing but their amounts are one charge. */
export function groupOf(line: BillLine): string {
  const { day, account, provider, model, kind, project, key, operation, tags } = line;
  const named = Object.entries(tags).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([day, account, provider, model, kind, project, key, operation, named]);
}

export function addLine(to: BillLine, more: BillLine): BillLine {
  const tokens = { ...to.tokens };
  for (const [name, count] of Object.entries(more.tokens)) {
    const part = name as keyof Tokens;
    tokens[part] = (tokens[part] ?? 0) + (count ?? 0);
  }
  return {
    ...to,
    cost: nanoUsd(to.cost + more.cost),
    requests: to.requests + more.requests,
    tokens,
  };
}

/** A day can take off more than it has, as what it corrects was counted on another. */
function taken(tokens: Tokens): Tokens {
  return Object.fromEntries(Object.entries(tokens).filter(([, count = 0]) => count > 0));
}

export function eventOf(format: string, line: BillLine): UsageEvent {
  const { day, account, provider, model, kind, project, key, operation, tags } = line;
  const prefix = prefixOf(account, "bill");
  return {
    source: `file:${format}`,
    externalId: lineId(prefix, [groupOf(line)]),
    occurredAt: noonOf(day),
    kind,
    basis: "billed",
    provider,
    model,
    serviceTier: "standard",
    status: "ok",
    requestCount: Math.max(0, line.requests),
    tokens: taken(line.tokens),
    tags,
    account,
    reportedCost: usdDecimal(line.cost),
    estimated: false,
    ...given({ nativeProject: project, key, operation }),
  };
}
