import { z } from "zod";

/** A value of a row as the report documents it. */
interface Field<T> {
  readonly is: (value: unknown) => value is T;
  /** What it has to be: "must be USD". */
  readonly said: string;
  readonly parts?: Shape;
}

type Shape = Readonly<Record<string, Field<unknown>>>;
type Values<S extends Shape> = {
  readonly [Name in keyof S]: S[Name] extends Field<infer T> ? T : never;
};
type Absent<S extends Shape> = {
  [Name in keyof S]: undefined extends Values<S>[Name] ? Name : never;
}[keyof S];
/** What may be absent may also be left out. */
export type PlainRow<S extends Shape> = Pick<Values<S>, Exclude<keyof S, Absent<S>>> &
  Partial<Pick<Values<S>, Absent<S>>>;

const isText = (value: unknown): value is string => typeof value === "string";
const isDecimal = (value: unknown): value is string | number =>
  typeof value === "string" || typeof value === "number";

export function maybe<T>({ is, ...rest }: Field<T>): Field<T | null | undefined> {
  return {
    ...rest,
    is: (value): value is T | null | undefined =>
      value === undefined || value === null || is(value),
  };
}

export const text = maybe<string>({ is: isText, said: "must be text" });
export const count = maybe<number>({
  is: (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
  said: "must be a whole number from 0",
});
export const flag = maybe<boolean>({
  is: (value) => typeof value === "boolean",
  said: "must be true or false",
});
export const decimalText: Field<string> = { is: isText, said: "must be a decimal as text" };
export const decimal: Field<string | number> = { is: isDecimal, said: "must be a decimal" };
/** The ledger is in dollars: another currency is not what the report documents. */
export const dollars: Field<string> = {
  is: (value): value is string => typeof value === "string" && value.toLowerCase() === "usd",
  said: "must be USD",
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

export function part<S extends Shape>(parts: S): Field<PlainRow<S>> {
  const fields = Object.entries(parts);
  const is = (value: unknown): value is PlainRow<S> => {
    if (!isRecord(value)) return false;
    for (const [name, field] of fields) if (!field.is(value[name])) return false;
    return true;
  };
  return { is, said: "must be an object", parts };
}

/** The field that is wrong, and what it has to be. */
function explain(field: Field<unknown>, value: unknown): { path: string[]; message: string } {
  if (field.parts === undefined || !isRecord(value)) return { path: [], message: field.said };
  const [wrong] = Object.entries(field.parts).filter(([name, inner]) => !inner.is(value[name]));
  if (wrong === undefined) return { path: [], message: field.said };
  const [name, inner] = wrong;
  const { path, message } = explain(inner, value[name]);
  return { path: [name, ...path], message };
}

/**
 * The rows of a page, as they came, with the fields that we read checked. An account has them by the
 * ten thousand a day: a schema would make an object for each and for each field of it, which takes
 * longer than reading the page.
 */
export function plainRows<S extends Shape>(shape: S): z.ZodType<readonly PlainRow<S>[]> {
  const row = part(shape);
  return z.custom<readonly PlainRow<S>[]>(Array.isArray).check(({ value, issues }) => {
    for (const [index, one] of value.entries()) {
      if (row.is(one)) continue;
      const { path, message } = explain(row, one);
      issues.push({ code: "custom", input: one, path: [index, ...path], message });
      return;
    }
  });
}
