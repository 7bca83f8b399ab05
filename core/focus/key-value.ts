import type { Row, Test } from "./rule.ts";
import { cellOf } from "./value.ts";

/** Columns that hold a JSON object: Tags, SkuPriceDetails. */

type Pairs = Readonly<Record<string, unknown>>;

/** A map of Parquet or JSON counts as the object that it is. Undefined where it is none. */
export function pairsOf(row: Row, column: string): Pairs | undefined {
  const value = cellOf(row, column);
  if (typeof value !== "string") return isObject(value) ? value : undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is Pairs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isObjectText(column: string): Test {
  return (row) =>
    cellOf(row, column) === null || pairsOf(row, column) !== undefined
      ? undefined
      : "is no JSON object";
}

export function hasScalars(column: string): Test {
  return (row) => {
    const nested = Object.entries(pairsOf(row, column) ?? {}).find(
      ([, value]) => typeof value === "object" && value !== null,
    );
    return nested === undefined ? undefined : `has an object or a list at '${nested[0]}'`;
  };
}

const STRINGS = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/** A parser keeps the last of equal keys, so that they are counted in the text. */
export function hasDistinctKeys(column: string): Test {
  return (row) => {
    const value = cellOf(row, column);
    if (typeof value !== "string") return undefined;
    const keys: string[] = [];
    for (const [text, colon] of value.matchAll(STRINGS)) if (colon) keys.push(text);
    return new Set(keys).size === keys.length ? undefined : "has a key twice";
  };
}

/** `of` says what is wrong with a key. */
export function hasKeys(column: string, of: (key: string) => string | undefined): Test {
  return (row) => {
    for (const key of Object.keys(pairsOf(row, column) ?? {})) {
      const wrong = of(key);
      if (wrong !== undefined) return `has the key '${key}', ${wrong}`;
    }
    return undefined;
  };
}
