/**
 * What a provider says of itself (FOCUS 1.2, applicability criteria): a rule that depends on one is
 * checked where the data set claims it.
 */
export const CRITERIA = [
  "ACCOUNT_NAMING_SUPPORTED",
  "AVAILABILITY_ZONE_SUPPORTED",
  "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
  "CAPACITY_RESERVATION_SUPPORTED",
  "COMMITMENT_DISCOUNT_SUPPORTED",
  "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED",
  "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
  "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED",
  "NEGOTIATED_PRICING_SUPPORTED",
  "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
  "PUBLIC_PRICE_LIST_SUPPORTED",
  "REGION_SUPPORTED",
  "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED",
  "SUB_ACCOUNT_SUPPORTED",
  "TAGGING_SUPPORTED",
  "UNIT_PRICING_SUPPORTED",
  "USAGE_MEASUREMENT_SUPPORTED",
  "VIRTUAL_CURRENCY_SUPPORTED",
] as const;
export type Criterion = (typeof CRITERIA)[number];

/** A row as its file gives it: text of a CSV, numbers and dates of Parquet; null = no value. */
export type Row = Readonly<Record<string, unknown>>;

/** What is wrong with a row, as the end of a sentence that begins with the column; else undefined. */
export type Test = (row: Row) => string | undefined;

/** Which rows a rule is about. */
export interface Condition {
  readonly said: string;
  readonly of: (row: Row) => boolean;
}

export type Check =
  | { readonly kind: "row"; readonly test: Test; readonly when?: Condition }
  | { readonly kind: "header"; readonly test: (columns: readonly string[]) => string | undefined }
  | { readonly kind: "present"; readonly column: string; readonly criteria: readonly Criterion[] }
  /** Each value of a column goes with one value of another. */
  | { readonly kind: "one"; readonly column: string; readonly of: string }
  /** It holds when the rules that it is made of hold. */
  | { readonly kind: "parts"; readonly ids: readonly string[] }
  /** What it needs is not in the file. */
  | { readonly kind: "outside"; readonly needs: string }
  /** It allows something and demands nothing. */
  | { readonly kind: "permits" };

/** A rule under the id that the requirements model of FOCUS 1.2 gives it. */
export interface Rule {
  readonly id: string;
  /** The column that it is about: without it in the file, the rule does not apply. */
  readonly column?: string;
  /** It applies to providers that claim this. */
  readonly claim?: Criterion;
  /** `should`: what is not so is said, and is no failure. */
  readonly force: "must" | "should";
  readonly check: Check;
}

type Spec = readonly [suffix: string, force: Rule["force"], check: Check];

export function must(suffix: string, test: Test, when?: Condition): Spec {
  return [suffix, "must", { kind: "row", test, ...(when === undefined ? {} : { when }) }];
}

export function should(suffix: string, test: Test, when?: Condition): Spec {
  return [suffix, "should", { kind: "row", test, ...(when === undefined ? {} : { when }) }];
}

export function header(
  suffix: string,
  force: Rule["force"],
  test: (columns: readonly string[]) => string | undefined,
): Spec {
  return [suffix, force, { kind: "header", test }];
}

export function one(suffix: string, force: Rule["force"], column: string, of: string): Spec {
  return [suffix, force, { kind: "one", column, of }];
}

export function outside(suffix: string, needs: string): Spec {
  return [suffix, "must", { kind: "outside", needs }];
}

export function permits(...suffixes: string[]): Spec[] {
  return suffixes.map((suffix) => [suffix, "must", { kind: "permits" }]);
}

/** Of the same column or attribute: `parts("003-C", "004-C", "005-C")`. */
export function parts(suffix: string, ...of: string[]): Spec {
  return [suffix, "must", { kind: "parts", ids: of }];
}

/** The rules of a column; `level` ends the id of the rule that sums them up. */
export function columnRules(
  column: string,
  level: "M" | "C" | "O",
  specs: readonly Spec[],
): Rule[] {
  return rulesOf(`${column}-C-`, level, specs).map((rule) => ({ ...rule, column }));
}

/** The rules of an attribute, which hold for every column of its kind. */
export function attributeRules(name: string, level: "M" | "C", specs: readonly Spec[]): Rule[] {
  return rulesOf(`${name}-A-`, level, specs);
}

function rulesOf(prefix: string, level: string, specs: readonly Spec[]): Rule[] {
  const rules = specs.map(([suffix, force, check]): Rule => {
    const id = `${prefix}${suffix}`;
    if (check.kind !== "parts") return { id, force, check };
    return { id, force, check: { kind: "parts", ids: check.ids.map((one) => `${prefix}${one}`) } };
  });
  const inner = new Set(rules.flatMap(({ check }) => (check.kind === "parts" ? check.ids : [])));
  const ids = rules.map(({ id }) => id).filter((id) => !inner.has(id));
  return [{ id: `${prefix}000-${level}`, force: "must", check: { kind: "parts", ids } }, ...rules];
}
