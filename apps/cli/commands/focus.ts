import { resolve } from "node:path";
import type { Command } from "commander";
import { saidCounted } from "#apps/chat/said/said-count.ts";
import { readRecords } from "#apps/connectors/bill-files/records.ts";
import { AispendError } from "#core/errors.ts";
import { checkFocus, type FocusCheck, type FocusReport, type Verdict } from "#core/focus/check.ts";
import { CRITERIA, type Criterion } from "#core/focus/rule.ts";
import { FOCUS_NAMES } from "#core/focus/rules/presence.ts";
import { FOCUS_CLAIMS } from "#core/ledger/focus.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { JSON_OPTION } from "../options.ts";
import { report } from "../report.ts";

interface FocusOptions {
  claims?: string;
  json?: boolean;
}

export function addFocus(program: Command, line: CommandLine): void {
  const focus = program.command("focus").description("FOCUS, the format of bills");
  focus
    .command("check")
    .description("check a file against the rules of FOCUS 1.2 that apply to it")
    .argument("<file>", "CSV, JSONL or Parquet, gz too: an export of ours or anybody's")
    .option(
      "--claims <list>",
      "what its provider supports: all, none, or FOCUS's names with commas",
    )
    .option(...JSON_OPTION)
    .action((file: string, options: FocusOptions) =>
      report(line, options.json === true, () => check(line, file, options)),
    );
}

async function check(line: CommandLine, file: string, options: FocusOptions): Promise<Outcome> {
  const claims = readClaims(options.claims);
  let checking: FocusCheck | undefined;
  for await (const { line: number, fields } of readRecords(resolve(line.workingFolder, file))) {
    // A CSV has no other way to say that there is no value.
    const row = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, value === "" ? null : value]),
    );
    checking ??= checkFocus(columnsOf(file, fields), claims);
    checking.add(number, row);
  }
  if (checking === undefined) throw new AispendError("file_empty", `'${file}' has no rows`);
  const found = checking.finish();
  const verdicts = Object.fromEntries(found.verdicts);
  return {
    text: said(file, found),
    json: { file, ...found, claims: [...claims], verdicts },
    exitCode: found.failed > 0 ? 1 : 0,
  };
}

function columnsOf(file: string, fields: Readonly<Record<string, unknown>>): string[] {
  const columns = Object.keys(fields);
  if (columns.some((column) => FOCUS_NAMES.has(column))) return columns;
  throw new AispendError("format_mismatch", `'${file}' is no FOCUS file`, {
    help: "None of its columns is one of FOCUS, such as BilledCost.",
  });
}

function readClaims(text: string | undefined): ReadonlySet<Criterion> {
  if (text === undefined) return new Set(FOCUS_CLAIMS);
  if (text === "none") return new Set();
  if (text === "all") return new Set(CRITERIA);
  const claims = text.split(",").map((name) => {
    const found = CRITERIA.find((criterion) => criterion === name.trim().toUpperCase());
    if (found !== undefined) return found;
    throw new AispendError(
      "claim_unknown",
      `'${name.trim()}' is nothing that FOCUS lets one claim`,
      {
        help: `Say all, none, or some of: ${CRITERIA.join(", ")}.`,
      },
    );
  });
  return new Set(claims);
}

/** Rules that say the same of a row fail together: each reason is shown once, with its rules. */
function faultsOf({ verdicts }: FocusReport, state: "failed" | "advised"): string[] {
  const byReason = new Map<string, { ids: string[]; rows: number }>();
  for (const [id, verdict] of verdicts) {
    if (verdict.state !== state || verdict.first.startsWith("by ")) continue;
    const known = byReason.get(verdict.first);
    if (known === undefined) byReason.set(verdict.first, { ids: [id], rows: verdict.rows });
    else known.ids.push(id);
  }
  return [...byReason].map(([first, { ids, rows }]) => {
    const [id = "", ...others] = ids;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `  ${first}${rows > 1 ? ` (and ${rows - 1} more)` : ""}  [${id}${more}]`;
  });
}

const GROUPS: readonly (readonly [start: string, said: string])[] = [
  ["there is no column", "about columns that the file does not have"],
  ["the data does not claim", "about what the provider does not claim (--claims)"],
  ["it needs", "need what is not in the file, such as the invoice or a price list"],
  ["it allows", "allow something and demand nothing"],
  ["", "about rows of a kind that the file does not have"],
];

function notApplicable({ verdicts }: FocusReport): string[] {
  const counts = new Map<string, number>();
  for (const verdict of verdicts.values()) {
    if (verdict.state !== "not_applicable") continue;
    const said = reasonOf(verdict);
    counts.set(said, (counts.get(said) ?? 0) + 1);
  }
  return [...counts].map(([said, count]) => `  ${count} ${said}`);
}

function reasonOf({ reason }: Extract<Verdict, { state: "not_applicable" }>): string {
  return GROUPS.find(([start]) => reason.startsWith(start))?.[1] ?? reason;
}

function said(file: string, found: FocusReport): string {
  const { rows, rules, passed, failed, advised } = found;
  const verdict =
    failed === 0
      ? `${file} keeps the rules of FOCUS 1.2 that apply to it`
      : `${file} breaks ${saidCounted(BigInt(failed), "rule")} of FOCUS 1.2`;
  return [
    `${verdict}: ${saidCounted(BigInt(rows), "row")}, ${rules} rules, ${passed} passed, ` +
      `${failed} failed, ${advised} not as advised, ${found.notApplicable} not applicable.`,
    ...(failed === 0 ? [] : ["Failed:", ...faultsOf(found, "failed")]),
    ...(advised === 0 ? [] : ["Advised:", ...faultsOf(found, "advised")]),
    "Not applicable:",
    ...notApplicable(found),
  ].join("\n");
}
