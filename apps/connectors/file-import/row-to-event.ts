import {
  Basis,
  callsIn,
  EntryKind,
  EntryStatus,
  ServiceTier,
  type UsageEvent,
} from "#core/ledger/schema.ts";
import { parseDecimal } from "#core/money.ts";
import type { EndUserId } from "../end-user.ts";
import { isPlain } from "../plain-text.ts";
import { shownValue } from "../shown-value.ts";
import { FIELDS, type FieldTarget } from "./fields.ts";
import type { Mapping, Origin } from "./mapping.ts";
import { timeReader } from "./timestamp.ts";

/** Writes one cell into the event; the sentence says why it cannot. Empty cells never get here. */
type Setter = (event: UsageEvent, text: string) => string | undefined;

interface Step {
  readonly field: string;
  /** Index of the cell, or -1 for a constant. */
  readonly cell: number;
  readonly constant: string;
  readonly set: Setter;
  readonly required: boolean;
}

const MAX_COUNT = 9_000_000_000_000;
const MAX_SMALL_COUNT = 2_147_483_647;
const MAX_LATENCY_MS = 2_000_000_000;
const DIGITS = /^\d{1,13}$/;
/** Spreadsheets and data frames write whole numbers with a point. */
const WHOLE = /^\d{1,13}\.0*$/;

function count(text: string, most: number): number | undefined {
  const value = DIGITS.test(text) || WHOLE.test(text) ? Number(text) : undefined;
  return value === undefined || value > most ? undefined : value;
}

function countSetter(most: number, assign: (event: UsageEvent, value: number) => void): Setter {
  return (event, text) => {
    const value = count(text, most);
    if (value === undefined) return `it must be a whole number of at most ${most}`;
    assign(event, value);
    return undefined;
  };
}

function textSetter(maxLength: number, assign: (event: UsageEvent, text: string) => void): Setter {
  return (event, text) => {
    if (text.length > maxLength) return `it must have at most ${maxLength} characters`;
    if (!isPlain(text)) return "it holds a control character";
    assign(event, text);
    return undefined;
  };
}

const CHOICES = { kind: EntryKind, basis: Basis, serviceTier: ServiceTier, status: EntryStatus };

function choiceSetter(key: keyof typeof CHOICES): Setter {
  // Corrections and reconciliations are the ledger's own.
  const own = new Set<string>(["correction", "reconciliation"]);
  const options = CHOICES[key].options.filter((option) => !own.has(option));
  const allowed = new Set<string>(options);
  return (event, text) => {
    if (!allowed.has(text)) return `it must be one of ${options.join(", ")}`;
    Object.assign(event, { [key]: text });
    return undefined;
  };
}

/** Dollars with the point moved two places to the left, exactly. */
function centsToDollars(text: string): string | undefined {
  const decimal = parseDecimal(text);
  return decimal === undefined ? undefined : `${decimal.digits}e-${decimal.scale + 2}`;
}

function costSetter(cents: boolean): Setter {
  return (event, text) => {
    const dollars = cents ? centsToDollars(text) : text;
    if (dollars === undefined || dollars.length > 64 || parseDecimal(dollars) === undefined) {
      return `it must be ${cents ? "cents" : "dollars"} as a decimal such as 0.0337`;
    }
    event.reportedCost = dollars;
    return undefined;
  };
}

function timeSetter(origin: Origin): Setter {
  const format = origin.from === "column" ? origin.time : { kind: "iso" as const, zone: undefined };
  const read = timeReader(format);
  const example = format.kind === "iso" && format.zone === undefined;
  return (event, text) => {
    const occurredAt = read(text);
    if (occurredAt === undefined) {
      return example
        ? "it must be an instant with its offset, such as 2026-11-22T09:30:00Z"
        : "it is not a time in the format of the mapping";
    }
    event.occurredAt = occurredAt;
    return undefined;
  };
}

function setterOf(target: FieldTarget, origin: Origin, endUserId: EndUserId): Setter {
  switch (target.kind) {
    case "time":
      return timeSetter(origin);
    case "id":
      return textSetter(256, (event, text) => {
        event.externalId = text;
      });
    case "text":
      return textSetter(target.maxLength, (event, text) => {
        event[target.key] = text;
      });
    case "choice":
      return choiceSetter(target.key);
    case "endUser":
      return textSetter(256, (event, text) => {
        event.endUser = endUserId(text);
      });
    case "tag":
      return textSetter(256, (event, text) => {
        event.tags[target.tag] = text;
      });
    case "tokens":
      return countSetter(MAX_COUNT, (event, value) => {
        event.tokens[target.part] = value;
      });
    case "composition":
      return countSetter(MAX_SMALL_COUNT, (event, value) => {
        event.composition = { ...event.composition, [target.part]: value };
      });
    case "count":
      return countSetter(
        target.key === "latencyMs" ? MAX_LATENCY_MS : MAX_COUNT,
        (event, value) => {
          event[target.key] = value;
        },
      );
    case "cost":
      return costSetter(origin.from === "column" && origin.cents);
  }
}

export type RowReading =
  | { state: "event"; event: UsageEvent }
  | { state: "refused"; field: string; reason: string };

/**
 * Compiles the mapping once, as a file has millions of rows: what it lets through is what the
 * schema of UsageEvent lets through (a test compares the two). The id is left empty where no column
 * has it.
 */
export function rowReader(
  mapping: Mapping,
  columns: readonly string[],
  source: string,
  endUserId: EndUserId,
): (cells: readonly string[]) => RowReading {
  const steps: Step[] = [...mapping.origins].map(([field, origin]) => {
    const target = FIELDS[field]?.target;
    if (target === undefined) throw new Error(`the mapping has no field '${field}'`);
    return {
      field,
      cell: origin.from === "column" ? columns.indexOf(origin.column) : -1,
      constant: origin.from === "constant" ? origin.text : "",
      set: setterOf(target, origin, endUserId),
      required: field === "time" || field === "provider" || field === "model" || field === "id",
    };
  });
  const input = mapping.origins.get("input_tokens");
  const excludesCache = input?.from === "column" && input.excludesCache;
  const kindMapped = mapping.origins.has("kind");
  const countMapped = mapping.origins.has("requests");
  return (cells) => {
    const event = blank(source);
    for (const step of steps) {
      const text = step.cell < 0 ? step.constant : (cells[step.cell] ?? "").trim();
      if (text === "") {
        if (!step.required) continue;
        return { state: "refused", field: step.field, reason: `${step.field} is empty` };
      }
      const wrong = step.set(event, text);
      if (wrong !== undefined) {
        const reason = `${step.field} is ${shownValue(text)}: ${wrong}`;
        return { state: "refused", field: step.field, reason };
      }
    }
    if (excludesCache) addCache(event);
    if (!countMapped) event.requestCount = callsIn(event.kind);
    if (!kindMapped && event.requestCount !== 1) event.kind = "bucket";
    return { state: "event", event };
  };
}

function blank(source: string): UsageEvent {
  return {
    source,
    externalId: "",
    occurredAt: "",
    kind: "call",
    basis: "metered",
    provider: "",
    model: "",
    serviceTier: "standard",
    status: "ok",
    requestCount: 1,
    tokens: {},
    tags: {},
    estimated: false,
  };
}

function addCache(event: UsageEvent): void {
  const { tokens } = event;
  if (tokens.input === undefined) return;
  tokens.input += (tokens.cacheRead ?? 0) + (tokens.cacheWrite5m ?? 0) + (tokens.cacheWrite1h ?? 0);
}
