import type { Criterion, Row, Rule } from "./rule.ts";
import { FOCUS_RULES } from "./rules/all.ts";
import { textOf } from "./value.ts";

/** What became of a rule. `advised`: something that should be and is not, which is no failure. */
export type Verdict =
  | { readonly state: "passed" }
  | { readonly state: "failed" | "advised"; readonly rows: number; readonly first: string }
  | { readonly state: "not_applicable"; readonly reason: string };

export interface FocusReport {
  readonly version: "1.2";
  readonly rules: number;
  readonly rows: number;
  readonly passed: number;
  readonly failed: number;
  readonly advised: number;
  readonly notApplicable: number;
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

export interface FocusCheck {
  /** A row of the data set, with where it stands in its file. */
  readonly add: (line: number, row: Row) => void;
  readonly finish: () => FocusReport;
}

/** Values that a column is followed through; above it, a column of names holds something else. */
const MOST_VALUES = 1_000_000;

/** Follows one rule through the rows; undefined where no row concerns it. */
interface Watch {
  readonly rule: Rule;
  readonly see: (line: number, row: Row) => void;
  readonly verdict: () => Verdict;
}

const PASSED: Verdict = { state: "passed" };

function notApplicable(reason: string): Verdict {
  return { state: "not_applicable", reason };
}

/**
 * Checks a data set against FOCUS 1.2 row by row; memory does not grow with the rows. `claims` are what
 * its provider says of itself. Nothing of a row but its place and the value at fault is kept.
 */
export function checkFocus(columns: readonly string[], claims: ReadonlySet<Criterion>): FocusCheck {
  const present = new Set(columns);
  const watches = FOCUS_RULES.map((rule) => watchOf(rule, columns, present, claims));
  const active = watches.filter(({ see }) => see !== unseen);
  let rows = 0;
  return {
    add(line, row) {
      rows += 1;
      for (const { see } of active) see(line, row);
    },
    finish: () => reportOf(watches, rows),
  };
}

const unseen = () => undefined;

function unclaimed(criterion: Criterion): string {
  return `the data does not claim ${criterion}`;
}

function watchOf(
  rule: Rule,
  columns: readonly string[],
  present: ReadonlySet<string>,
  claims: ReadonlySet<Criterion>,
): Watch {
  const { check, column } = rule;
  const settled = (verdict: Verdict): Watch => ({ rule, see: unseen, verdict: () => verdict });
  if (check.kind === "present") {
    const missing = check.criteria.find((criterion) => !claims.has(criterion));
    if (present.has(check.column)) return settled(PASSED);
    if (missing !== undefined) return settled(notApplicable(unclaimed(missing)));
    return settled(wrong(rule, 1, `the column ${check.column} is missing`));
  }
  if (column !== undefined && !present.has(column)) {
    return settled(notApplicable(`there is no column ${column}`));
  }
  if (rule.claim !== undefined && !claims.has(rule.claim)) {
    return settled(notApplicable(unclaimed(rule.claim)));
  }
  switch (check.kind) {
    case "outside":
      return settled(notApplicable(`it needs ${check.needs}`));
    case "permits":
      return settled(notApplicable("it allows and demands nothing"));
    case "header": {
      const fault = check.test(columns);
      return settled(fault === undefined ? PASSED : wrong(rule, 1, fault));
    }
    case "row":
      return watchRows(rule, check);
    case "one":
      return present.has(check.of)
        ? watchPairs(rule, check)
        : settled(notApplicable(`there is no column ${check.of}`));
    case "parts":
      return settled(PASSED);
  }
}

function wrong({ force }: Rule, rows: number, first: string): Verdict {
  return { state: force === "must" ? "failed" : "advised", rows, first };
}

type RowCheck = Extract<Rule["check"], { kind: "row" }>;

function watchRows(rule: Rule, { test, when }: RowCheck): Watch {
  let met = 0;
  let faults = 0;
  let first = "";
  return {
    rule,
    see(line, row) {
      if (when !== undefined && !when.of(row)) return;
      met += 1;
      const fault = test(row);
      if (fault === undefined) return;
      if (faults === 0) first = `line ${line}: ${said(rule, fault)}`;
      faults += 1;
    },
    verdict: () => {
      if (faults > 0) return wrong(rule, faults, first);
      return met > 0 ? PASSED : notApplicable(`in no row: ${when?.said ?? "there is no row"}`);
    },
  };
}

function said({ column }: Rule, fault: string): string {
  return column === undefined ? fault : `${column} ${fault}`;
}

type PairCheck = Extract<Rule["check"], { kind: "one" }>;

function watchPairs(rule: Rule, { column, of }: PairCheck): Watch {
  const seen = new Map<string, string | null>();
  const faults = new Set<string>();
  let first = "";
  return {
    rule,
    see(line, row) {
      const value = textOf(row, column);
      if (value === null || faults.has(value)) return;
      const other = textOf(row, of);
      const before = seen.get(value);
      if (before === undefined && !seen.has(value)) {
        if (seen.size < MOST_VALUES) seen.set(value, other);
      } else if (before !== other) {
        if (faults.size === 0) first = `line ${line}: ${column} '${value}' has two ${of}s`;
        faults.add(value);
      }
    },
    verdict: () => {
      if (faults.size > 0) return wrong(rule, faults.size, first);
      return seen.size > 0 ? PASSED : notApplicable(`${column} has no value`);
    },
  };
}

function reportOf(watches: readonly Watch[], rows: number): FocusReport {
  const verdicts = new Map<string, Verdict>();
  const rules = new Map(watches.map(({ rule }) => [rule.id, rule]));
  const own = new Map(watches.map(({ rule, verdict }) => [rule.id, verdict]));
  const settle = (id: string): Verdict => {
    const known = verdicts.get(id);
    if (known !== undefined) return known;
    const check = rules.get(id)?.check;
    const verdict = own.get(id)?.() ?? notApplicable("there is no such rule");
    const whole =
      check?.kind === "parts" && verdict.state === "passed"
        ? wholeOf(check.ids.map((part) => [part, settle(part)] as const))
        : verdict;
    verdicts.set(id, whole);
    return whole;
  };
  for (const { rule } of watches) settle(rule.id);
  const count = (state: Verdict["state"]) =>
    [...verdicts.values()].filter((verdict) => verdict.state === state).length;
  return {
    version: "1.2",
    rules: watches.length,
    rows,
    passed: count("passed"),
    failed: count("failed"),
    advised: count("advised"),
    notApplicable: count("not_applicable"),
    verdicts,
  };
}

/** A rule made of others fails with them; it is not applicable where none of them is. */
function wholeOf(verdicts: readonly (readonly [string, Verdict])[]): Verdict {
  const failed = verdicts.filter(([, verdict]) => verdict.state === "failed");
  const [first] = failed;
  if (first !== undefined) return { state: "failed", rows: failed.length, first: `by ${first[0]}` };
  return verdicts.every(([, verdict]) => verdict.state === "not_applicable")
    ? notApplicable("nothing that it is made of applies")
    : PASSED;
}
