import { parse } from "csv-parse/sync";
import { checkFocus, type FocusReport } from "#core/focus/check.ts";
import { FOCUS_CLAIMS } from "#core/ledger/focus.ts";

export type FocusTextRow = Readonly<Record<string, string | null>>;

/** The rows of a FOCUS file, with null where a cell is empty. */
export function focusRows(text: string): FocusTextRow[] {
  const rows: Record<string, string>[] = parse(text, { columns: true });
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value || null])),
  );
}

export function focusReport(rows: readonly FocusTextRow[]): FocusReport {
  const check = checkFocus(Object.keys(rows[0] ?? {}), new Set(FOCUS_CLAIMS));
  for (const [index, row] of rows.entries()) check.add(index + 2, row);
  return check.finish();
}

/** What breaks a rule, with what was advised; the exports are meant to have none. */
export function focusFaults(rows: readonly FocusTextRow[]): string[] {
  const { verdicts } = focusReport(rows);
  return [...verdicts].flatMap(([id, verdict]) =>
    verdict.state === "failed" || verdict.state === "advised" ? [`${id}: ${verdict.first}`] : [],
  );
}
