import { parseDecimal } from "#core/money.ts";
import type { Condition, Row, Test } from "./rule.ts";

/** Tests of single values; each says nothing of a column that has no value in the row. */

export function cellOf(row: Row, column: string): unknown {
  const value = row[column];
  return value === undefined ? null : value;
}

export function textOf(row: Row, column: string): string | null {
  const value = cellOf(row, column);
  return value === null ? null : String(value);
}

function shown(value: unknown): string {
  const text = String(value);
  return `'${text.length > 40 ? `${text.slice(0, 40)}...` : text}'`;
}

export function given(column: string): Test {
  return (row) => (cellOf(row, column) === null ? "has no value" : undefined);
}

export function absent(column: string): Test {
  return (row) => {
    const value = cellOf(row, column);
    return value === null ? undefined : `is ${shown(value)} and must have no value`;
  };
}

export function isText(column: string): Test {
  return (row) => {
    const value = cellOf(row, column);
    return value === null || typeof value === "string" ? undefined : `is no text: ${shown(value)}`;
  };
}

/** Half of a pair of UTF-16, or the sign that stands for bytes that were none. */
const BROKEN_TEXT = /[\uD800-\uDFFF]|\uFFFD/u;

export function isPlain(column: string): Test {
  return (row) => {
    const value = cellOf(row, column);
    return typeof value === "string" && BROKEN_TEXT.test(value)
      ? `is no whole Unicode text: ${shown(value)}`
      : undefined;
  };
}

/** One number, an exponent only with its own minus: "12", "-0.5", "6.5E-5". */
const NUMERIC = /^-?(\d+(\.\d+)?|\.\d+)([eE]-?\d+)?$/;

export function isNumeric(column: string): Test {
  return (row) => {
    const text = textOf(row, column);
    return text === null || NUMERIC.test(text) ? undefined : `is no number: ${shown(text)}`;
  };
}

export function isDecimal(column: string): Test {
  return (row) => {
    const text = textOf(row, column);
    return text === null || parseDecimal(text) !== undefined
      ? undefined
      : `is no decimal: ${shown(text)}`;
  };
}

export function isNotNegative(column: string): Test {
  return (row) => {
    const decimal = parseDecimal(textOf(row, column) ?? "");
    return decimal !== undefined && decimal.digits < 0n ? "is negative" : undefined;
  };
}

export function isZero(column: string): Test {
  return (row) => {
    const text = textOf(row, column);
    const decimal = parseDecimal(text ?? "");
    return decimal === undefined || decimal.digits === 0n ? undefined : `is ${text} and must be 0`;
  };
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Milliseconds since 1970 of a UTC instant; undefined where it is none. */
export function instantOf(row: Row, column: string): number | undefined {
  const value = cellOf(row, column);
  if (value instanceof Date) return value.getTime();
  if (typeof value !== "string" || !INSTANT.test(value)) return undefined;
  const at = Date.parse(value);
  // The calendar has no 30 February, though the parser may take it for 2 March.
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(value.slice(0, 19))
    ? undefined
    : at;
}

export function isInstant(column: string): Test {
  return (row) => {
    const value = cellOf(row, column);
    if (value === null || instantOf(row, column) !== undefined) return undefined;
    return `is no UTC time such as 2026-11-22T09:00:00Z: ${shown(value)}`;
  };
}

export function isAfter(column: string, start: string): Test {
  return (row) => {
    const [from, until] = [instantOf(row, start), instantOf(row, column)];
    if (from === undefined || until === undefined || until > from) return undefined;
    return `is not after ${start}`;
  };
}

export function isOneOf(column: string, ...allowed: string[]): Test {
  const known = new Set(allowed);
  return (row) => {
    const text = textOf(row, column);
    if (text === null || known.has(text)) return undefined;
    const list = allowed.length > 6 ? "a value that FOCUS allows" : `one of ${allowed.join(", ")}`;
    return `is ${shown(text)} and must be ${list}`;
  };
}

export function isNot(column: string, value: string): Test {
  return (row) => (textOf(row, column) === value ? `must not be ${shown(value)}` : undefined);
}

export function isSame(column: string, other: string): Test {
  return (row) =>
    textOf(row, column) === textOf(row, other) ? undefined : `is not the same as ${other}`;
}

/** Equal as numbers: "1.50" is 1.5. */
export function isSameAmount(column: string, other: string): Test {
  return (row) => {
    const [one, two] = [column, other].map((name) => parseDecimal(textOf(row, name) ?? ""));
    if (one === undefined || two === undefined) return undefined;
    const scale = Math.max(one.scale, two.scale);
    const [left = 0n, right = 0n] = [one, two].map(
      (d) => d.digits * 10n ** BigInt(scale - d.scale),
    );
    return left === right ? undefined : `is ${textOf(row, column)}, ${other} ${textOf(row, other)}`;
  };
}

/** `column` is the product of two others, to the last digit. */
export function isProduct(column: string, left: string, right: string): Test {
  return (row) => {
    const [sum, one, two] = [column, left, right].map((c) => parseDecimal(textOf(row, c) ?? ""));
    if (sum === undefined || one === undefined || two === undefined) return undefined;
    const product = { digits: one.digits * two.digits, scale: one.scale + two.scale };
    const scale = Math.max(sum.scale, product.scale);
    const same =
      sum.digits * 10n ** BigInt(scale - sum.scale) ===
      product.digits * 10n ** BigInt(scale - product.scale);
    return same ? undefined : `is not ${left} times ${right}`;
  };
}

const CURRENCIES = new Set(Intl.supportedValuesOf("currency"));

export function isCurrency(column: string): Test {
  return (row) => {
    const text = textOf(row, column);
    return text === null || CURRENCIES.has(text)
      ? undefined
      : `is no currency code of ISO 4217 such as USD: ${shown(text)}`;
  };
}

const COUNTED = "[A-Za-z][A-Za-z0-9]*(?: [A-Za-z][A-Za-z0-9]*)*";
const TIMES = "Years|Months|Days|Hours|Minutes|Seconds";
const TIME = "Year|Month|Day|Hour|Minute|Second";
const UNIT = new RegExp(
  `^(?:(?:\\d+ )?${COUNTED}|${COUNTED}-(?:${TIMES})|${COUNTED}/(?:${TIME}|\\d+ (?:${TIMES})))$`,
);

export function isUnit(column: string): Test {
  return (row) => {
    const text = textOf(row, column);
    return text === null || UNIT.test(text) ? undefined : `is no unit of FOCUS: ${shown(text)}`;
  };
}

export function when(said: string, of: (row: Row) => boolean): Condition {
  return { said, of };
}

export function has(column: string): Condition {
  return when(`${column} has a value`, (row) => cellOf(row, column) !== null);
}

export function lacks(column: string): Condition {
  return when(`${column} has no value`, (row) => cellOf(row, column) === null);
}

export function equals(column: string, value: string): Condition {
  return when(`${column} is "${value}"`, (row) => textOf(row, column) === value);
}

export function both(one: Condition, other: Condition): Condition {
  return when(`${one.said} and ${other.said}`, (row) => one.of(row) && other.of(row));
}

export function either(one: Condition, other: Condition): Condition {
  return when(`${one.said} or ${other.said}`, (row) => one.of(row) || other.of(row));
}

export function not(one: Condition): Condition {
  return when(`not: ${one.said}`, (row) => !one.of(row));
}
