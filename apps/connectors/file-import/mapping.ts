import { AispendError } from "#core/errors.ts";
import { isTimeZone } from "#core/time.ts";
import { FIELDS, REQUIRED_FIELDS } from "./fields.ts";
import { parseTimeFormat, type TimeFormat } from "./timestamp.ts";

/** Where one field of the event comes from. */
export type Origin =
  | { from: "constant"; text: string }
  | {
      from: "column";
      column: string;
      time: TimeFormat;
      /** The cost is in hundredths of a dollar. */
      cents: boolean;
      /** The input tokens leave out what was read from or written to the cache. */
      excludesCache: boolean;
    };

export interface Mapping {
  readonly origins: ReadonlyMap<string, Origin>;
  /** Columns of the file that nothing is taken from. */
  readonly ignored: readonly string[];
}

const QUOTED = /^'(.*)'$|^"(.*)"$/s;

function invalid(message: string, help: string): AispendError {
  return new AispendError("mapping_invalid", message, { help });
}

function column(field: string, text: string): Origin {
  const bar = text.lastIndexOf("|");
  const name = bar < 0 ? text : text.slice(0, bar).trim();
  const modifier = bar < 0 ? "" : text.slice(bar + 1).trim();
  const origin = { from: "column" as const, column: name, cents: false, excludesCache: false };
  const kind = FIELDS[field]?.target.kind;
  if (kind === "time") return { ...origin, time: parseTimeFormat(modifier, isTimeZone) };
  const time: TimeFormat = { kind: "iso", zone: undefined };
  if (modifier === "") return { ...origin, time };
  if (kind === "cost" && modifier === "cents") return { ...origin, time, cents: true };
  if (field === "input_tokens" && modifier === "excludes_cache") {
    return { ...origin, time, excludesCache: true };
  }
  throw invalid(
    `'${modifier}' is no way to read ${field}`,
    "Time takes a format, cost takes cents, input_tokens takes excludes_cache; leave it out else.",
  );
}

/** `field=column`, `field=column|how`, `field='constant'`, or `field=` to leave a field out. */
function parseItem(item: string): [string, Origin | undefined] {
  const at = item.indexOf("=");
  const field = item.slice(0, Math.max(0, at)).trim();
  if (at < 1) {
    throw invalid(`'${item}' is not a mapping`, "Write field=column or field='constant'.");
  }
  if (!Object.hasOwn(FIELDS, field)) {
    throw invalid(`'${field}' is not a field`, `Fields: ${Object.keys(FIELDS).join(", ")}.`);
  }
  const text = item.slice(at + 1).trim();
  if (text === "") return [field, undefined];
  const quoted = QUOTED.exec(text);
  if (quoted === null) return [field, column(field, text)];
  return [field, { from: "constant", text: quoted[1] ?? quoted[2] ?? "" }];
}

/** "Input Tokens", "inputTokens" and "input_tokens" are the same name. */
function bare(name: string): string {
  return name
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[\s.-]+/g, "_");
}

/**
 * The mapping of a file: what was asked for, and for every other field the column that has its
 * name. Throws `mapping_invalid` for a column that is not there or a field that is missing.
 */
export function resolveMapping(items: readonly string[], columns: readonly string[]): Mapping {
  const origins = new Map<string, Origin>();
  const left = new Map<string, undefined>();
  for (const item of items) {
    const [field, origin] = parseItem(item);
    if (origin === undefined) left.set(field, undefined);
    else origins.set(field, origin);
  }
  for (const [field, origin] of origins) {
    if (origin.from === "column" && !columns.includes(origin.column)) {
      throw invalid(
        `The file has no column '${origin.column}' for ${field}`,
        `Its columns: ${columns.join(", ")}.`,
      );
    }
  }
  const taken = new Set<string>();
  for (const origin of origins.values()) if (origin.from === "column") taken.add(origin.column);
  for (const [field, { columns: names }] of Object.entries(FIELDS)) {
    if (origins.has(field) || left.has(field)) continue;
    const found = names
      .map((name) => columns.find((candidate) => bare(candidate) === name && !taken.has(candidate)))
      .find((name) => name !== undefined);
    if (found === undefined) continue;
    origins.set(field, column(field, found));
    taken.add(found);
  }
  for (const field of REQUIRED_FIELDS) {
    if (origins.has(field)) continue;
    const example = field === "time" ? "time=COLUMN" : `${field}=COLUMN or ${field}='NAME'`;
    throw invalid(
      `Nothing is mapped to ${field}, and no column has its name`,
      `Add --map ${example}. Columns: ${columns.join(", ")}.`,
    );
  }
  return { origins, ignored: columns.filter((name) => !taken.has(name)) };
}

/** The columns that the mapping names itself, whether or not the file has them. */
export function wantedColumns(items: readonly string[]): string[] {
  return items.flatMap((item) => {
    const [, origin] = parseItem(item);
    return origin?.from === "column" ? [origin.column] : [];
  });
}

/** One line a field, as the dry run shows it: "time = ts", "provider = 'openai'". */
export function describeMapping(mapping: Mapping): string[] {
  return Object.keys(FIELDS).flatMap((field) => {
    const origin = mapping.origins.get(field);
    if (origin === undefined) return [];
    if (origin.from === "constant") return [`${field} = '${origin.text}'`];
    const how = origin.cents ? " (cents)" : origin.excludesCache ? " (without cache)" : "";
    return [`${field} = ${origin.column}${how}`];
  });
}
