import { decimalOf, nanoFromDecimal, parseUsd, usdDecimal } from "#core/money.ts";
import type { BudgetEntry } from "../budget-schema.ts";
import { type BudgetRecord, splitKey } from "./state.ts";

/** What an amount is set for, by name, and which of its amounts it is. */
export interface BudgetName {
  readonly subject:
    | { readonly kind: "scope"; readonly path: string }
    | { readonly kind: "workflow" | "product"; readonly name: string };
  readonly kind: "budget" | "cap";
  readonly period: BudgetEntry["period"];
  readonly unit: BudgetEntry["unit"];
}

/** "payments:budget.month.usd", "workflow=Support%20copilot:budget.month.usd"; the path comes first. */
export function budgetKey({ subject, kind, period, unit }: BudgetName): string {
  const named =
    subject.kind === "scope" ? subject.path : `${subject.kind}=${encodeURIComponent(subject.name)}`;
  return `${named}:${kind}.${period}.${unit}`;
}

const SLOT = /^(budget|cap)\.(day|week|month|quarter|year)\.(usd|tokens)$/;

export function readBudgetKey(key: string): BudgetName {
  const [named, slot] = splitKey(key);
  const [, kind, period, unit] = SLOT.exec(slot) ?? [];
  const tag = /^(workflow|product)=(.*)$/.exec(named);
  const name = decodeURIComponent(tag?.[2] ?? "");
  return {
    subject:
      tag === null
        ? { kind: "scope", path: named }
        : { kind: tag[1] === "workflow" ? "workflow" : "product", name },
    kind: kind === "cap" ? "cap" : "budget",
    period:
      period === "day" || period === "week" || period === "quarter" || period === "year"
        ? period
        : "month",
    unit: unit === "tokens" ? "tokens" : "usd",
  };
}

const ALERTS = { budget: [50, 80, 100], cap: [80, 95] } as const;

/** Exact, and written in one way only: dollars, or a whole number of tokens. */
export function budgetOfEntry(entry: BudgetEntry): [string, BudgetRecord] {
  const { scope, workflow, product, cap } = entry;
  const kind = cap === undefined ? "budget" : "cap";
  const subject: BudgetName["subject"] =
    workflow !== undefined
      ? { kind: "workflow", name: workflow }
      : product !== undefined
        ? { kind: "product", name: product }
        : { kind: "scope", path: scope ?? "" };
  const key = budgetKey({ subject, kind, period: entry.period, unit: entry.unit });
  const decimal = decimalOf(entry.amount);
  const amount = decimal === undefined ? "0" : usdDecimal(nanoFromDecimal(decimal));
  const alerts = entry.alerts ?? ALERTS[kind];
  return [key, { amount, alerts, cap: cap ?? null, reason: entry.reason ?? null }];
}

function isBudget(value: unknown): value is BudgetRecord {
  return typeof value === "object" && value !== null && "amount" in value && "alerts" in value;
}

/** As the audit log keeps a budget, wherever it is set: nano-USD, or a whole number of tokens. */
export function auditedBudget(key: string, record: unknown): unknown {
  if (!isBudget(record)) return record;
  const { kind, period, unit } = readBudgetKey(key);
  const amount = unit === "usd" ? parseUsd(record.amount).toString() : record.amount;
  return {
    kind,
    period,
    unit,
    amount,
    thresholds: record.alerts,
    ...(record.cap === null ? {} : { enforcement: record.cap }),
    ...(record.reason === null ? {} : { reason: record.reason }),
  };
}

/** As aispend.yaml says it; what goes without saying is left out. */
export function entryOfBudget(key: string, record: BudgetRecord): Record<string, unknown> {
  const { subject, kind, period, unit } = readBudgetKey(key);
  const exact = Number(record.amount);
  const isUsual = record.alerts.join() === ALERTS[kind].join();
  return {
    ...(subject.kind === "scope"
      ? { scope: subject.path === "" ? null : subject.path }
      : { [subject.kind]: subject.name }),
    amount: String(exact) === record.amount ? exact : record.amount,
    period: period === "month" ? null : period,
    unit: unit === "usd" ? null : unit,
    alerts: isUsual ? null : record.alerts,
    cap: record.cap,
    reason: record.reason,
  };
}

type Budgets = ReadonlyMap<string, BudgetRecord>;

/**
 * The budgets that are wanted: a file without a word of them leaves them as they are, one without a
 * reason leaves the reason, and what is set for a scope goes with it.
 */
export function settleBudgets(
  wanted: Budgets | undefined,
  current: Budgets,
  scopes: ReadonlySet<string>,
): Map<string, BudgetRecord> {
  const goal = new Map<string, BudgetRecord>();
  for (const [key, record] of wanted ?? current) {
    const { subject } = readBudgetKey(key);
    if (subject.kind === "scope" && subject.path !== "" && !scopes.has(subject.path)) continue;
    goal.set(key, { ...record, reason: record.reason ?? current.get(key)?.reason ?? null });
  }
  return goal;
}

/** "budget a month of payments", "hard cap a day of payments/disputes". */
export function sayBudgetName(key: string): string {
  const { subject, kind, period, unit } = readBudgetKey(key);
  const of =
    subject.kind !== "scope"
      ? `${subject.kind} ${subject.name}`
      : subject.path === ""
        ? "the organisation"
        : subject.path;
  return `${kind} a ${period}${unit === "tokens" ? " in tokens" : ""} of ${of}`;
}

export function sayBudget(key: string, { amount, alerts, cap }: BudgetRecord): string {
  const { unit } = readBudgetKey(key);
  const said = unit === "usd" ? `$${amount}` : `${amount} tokens`;
  return `${cap === null ? "" : `${cap}, `}${said}, alerts at ${alerts.join(", ")}%`;
}
