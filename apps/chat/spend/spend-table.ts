import type { Answer } from "#core/answers/schema.ts";
import type { Measures } from "#core/ledger/measures.ts";
import type { Payers } from "#core/ledger/payers.ts";
import { UNATTRIBUTED } from "#core/ledger/spend.ts";
import { divideHalfEven, formatUsd, saidUsd, saidUsdChange } from "#core/money.ts";
import { pluralOf } from "../grammar/dimension-words.ts";
import { saidValue } from "../names/find-named.ts";
import { saidCount } from "../said/said-count.ts";
import { saidShare } from "../said/said-share.ts";
import { saidCost } from "./at-least.ts";
import type { SpendReport } from "./spend-report.ts";

type Table = NonNullable<Answer["table"]>;

/** "$0.0337" for each call that has a price; undefined where none has. */
export function costPerCall(measures: Measures): string | undefined {
  const calls = measures.requests - measures.unpricedRequests;
  if (calls <= 0n) return undefined;
  const perCall = measures.callCost / calls;
  // Four places tell calls apart down to a hundredth of a cent; below that every digit counts.
  return perCall >= 1_000_000n ? formatUsd(perCall, 4) : saidUsd(perCall);
}

function changeCell(change: bigint): string {
  return change === 0n ? "$0" : saidUsdChange(change);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A line's name as said; the download has it in full. */
export function lineName({ dimension }: SpendReport, name: string): string {
  return dimension === "key" ? saidValue("key", name) : name;
}

function saidPayers(payers: Payers | undefined): string {
  if (payers === undefined) return "-";
  return payers.only ?? (payers.teams > 1 ? "Various" : UNATTRIBUTED);
}

/** Tokens of input in one call, on average; undefined where there was no call. */
function inputPerCall({ inputTokens, requests }: Measures): string {
  return requests <= 0n ? "-" : saidCount(divideHalfEven(inputTokens, requests));
}

/** The dearest lines; what is unattributed is never left out, it stands last when it is not among them. */
export function spendTable(report: SpendReport, shown: number): Table | undefined {
  const { lines, dimension, total, comparesAsNamed, linesBefore, payers } = report;
  if (lines.length === 0) return undefined;
  const top = lines.slice(0, shown);
  const unattributed = lines.find((line) => line.id === 0);
  const rows =
    unattributed === undefined || top.includes(unattributed) ? top : [...top, unattributed];
  const which = lines.length > rows.length ? "Top" : "All";
  return {
    caption: `${which} ${pluralOf(dimension)}, ${report.asked.said}`,
    columns: [
      { label: capital(dimension), align: "left" },
      ...(payers === undefined ? [] : [{ label: "Team", align: "left" as const }]),
      { label: "Cost", align: "right" },
      ...(comparesAsNamed ? [{ label: "Change", align: "right" as const }] : []),
      { label: "Share", align: "right" },
      { label: "Calls", align: "right" },
      ...(payers === undefined ? [] : [{ label: "Input per call", align: "right" as const }]),
      { label: "Per call", align: "right" },
    ],
    rows: rows.map(({ id, name, measures }) => [
      lineName(report, name),
      ...(payers === undefined ? [] : [saidPayers(payers.get(id))]),
      saidCost(measures),
      ...(comparesAsNamed ? [changeCell(measures.cost - (linesBefore.get(id)?.cost ?? 0n))] : []),
      saidShare(measures.cost, total.cost),
      saidCount(measures.requests),
      ...(payers === undefined ? [] : [inputPerCall(measures)]),
      costPerCall(measures) ?? "-",
    ]),
    omitted: lines.length - rows.length,
  };
}
