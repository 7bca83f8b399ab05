import { type BillDay, chartDays } from "./bill-day.ts";
import type { DayVerdict } from "./bill-day-detectors.ts";
import type { BillDayRow } from "./bill-days-store.ts";
import { contributorsOf } from "./evidence.ts";
import { middle } from "./quantile.ts";
import type { EvidenceInput, FindingSubject } from "./schema.ts";

/** The days of one agent, project, team, key or provider, with the rows that they are the sums of. */
export interface DaySeries {
  readonly subject: FindingSubject;
  readonly rows: readonly BillDayRow[];
  readonly days: readonly BillDay[];
}

/** Lines without usage that stand in so few days are charges of a month: seats, fees. */
const RARE_DAYS = 4;

/** By subject. `from`: the first day that is judged; of those before it, rare charges are no part. */
export function seriesOf(rows: readonly BillDayRow[], from: number): DaySeries[] {
  const groups = new Map<string, BillDayRow[]>();
  for (const row of rows) {
    const key = `${row.subjectKind}:${row.subjectId}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const subject = { kind: first.subjectKind, key: String(first.subjectId) };
    return [{ subject, rows: group, days: daysOf(usualRows(group, from)) }];
  });
}

function usualRows(rows: readonly BillDayRow[], from: number): readonly BillDayRow[] {
  const line = ({ keyId, modelId }: BillDayRow) => `${modelId}:${keyId}`;
  const isUsed = ({ inputTokens, outputTokens, requests }: BillDayRow) =>
    inputTokens + outputTokens + requests > 0;
  const days = new Map<string, number>();
  for (const row of rows) {
    const known = days.get(line(row)) ?? 0;
    days.set(line(row), isUsed(row) ? Number.POSITIVE_INFINITY : known + 1);
  }
  return rows.filter((row) => row.day >= from || (days.get(line(row)) ?? 0) > RARE_DAYS);
}

function daysOf(rows: readonly BillDayRow[]): BillDay[] {
  const days = new Map<number, BillDay>();
  for (const { cost, day, inputTokens, list, outputTokens, requests } of rows) {
    const before = days.get(day);
    days.set(day, {
      day,
      cost: cost + (before?.cost ?? 0),
      requests: requests + (before?.requests ?? 0),
      inputTokens: inputTokens + (before?.inputTokens ?? 0),
      outputTokens: outputTokens + (before?.outputTokens ?? 0),
      list:
        list === null || (before !== undefined && before.list === undefined)
          ? undefined
          : list + (before?.list ?? 0),
    });
  }
  return [...days.values()].sort((a, b) => a.day - b.day);
}

export function dayEvidence(
  series: DaySeries,
  last: DayVerdict,
  excess: EvidenceInput["excess"],
): EvidenceInput {
  const { detected, observed, requests, unchanged, usual, usualRequests } = last;
  return {
    per: "day",
    observed,
    usual,
    ...(requests === undefined ? {} : { requests }),
    ...(usualRequests === undefined ? {} : { usualRequests }),
    unchanged,
    contributors: contributorsOf(partsOf(series, last.day)),
    days: chartDays(series.days, last.day),
    excess,
    detected,
  };
}

/** Models and keys of the day, and what they cost on the same weekday of the four weeks before. */
function partsOf({ rows, subject }: DaySeries, day: number) {
  const past = [7, 14, 21, 28].map((back) => day - back);
  const parts: { kind: "key" | "model"; id: number; cost: number; usual: number }[] = [];
  for (const kind of ["key", "model"] as const) {
    if (kind === "key" && subject.kind === "key") continue;
    const idOf = (row: BillDayRow) => (kind === "key" ? row.keyId : row.modelId);
    const costOn = (id: number, on: number) =>
      rows
        .filter((row) => row.day === on && idOf(row) === id)
        .reduce((sum, { cost }) => sum + cost, 0);
    for (const id of new Set(rows.filter((row) => row.day === day).map(idOf))) {
      parts.push({
        kind,
        id,
        cost: costOn(id, day),
        usual: middle(past.map((on) => costOn(id, on))),
      });
    }
  }
  return parts;
}
