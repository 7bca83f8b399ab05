import { type Named, nextActions, type Picture } from "#core/connections/picture.ts";
import type { Maturity } from "#core/maturity/schema.ts";
import { nanoUsd, saidUsd, usdDecimal } from "#core/money.ts";
import { askButton } from "../refusal.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidCount } from "../said/said-count.ts";
import { percentOf, saidShare } from "../said/said-share.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

const TOP = 3;
const ROWS = 12;

function top(lines: readonly Named[]): string {
  const shown = lines
    .filter(({ cost }) => cost !== 0n)
    .slice(0, TOP)
    .map(({ name, cost }) => `${name} ${saidUsd(cost)}`);
  const more = lines.length - shown.length;
  if (shown.length === 0) return "none";
  return `${shown.join(", ")}${more > 0 ? `, and ${saidCount(BigInt(more))} more` : ""}`;
}

function rowsOf(picture: Picture): string[][] {
  const groups = [
    ["provider", picture.providers],
    ["model", picture.models],
    ["project", picture.projects],
    ["key", picture.keys],
  ] as const;
  return groups.flatMap(([kind, lines]) =>
    lines
      .filter(({ cost }) => cost !== 0n)
      .slice(0, TOP)
      .map(({ name, cost }) => [kind, name, saidUsd(cost), saidShare(cost, picture.total)]),
  );
}

function leadOf({ attributed, beside, total }: Picture, days: number): string {
  if (total !== 0n) {
    const share = saidShare(attributed, total);
    return `${saidUsd(total)} in the last ${days} days; ${share} of it belongs to a team.`;
  }
  return beside === 0n
    ? `No spend is known of the last ${days} days.`
    : `Nothing was counted in the last ${days} days; ${saidUsd(beside)} was billed.`;
}

function tableOf(rows: string[][]) {
  return {
    caption: "Where it went",
    columns: [
      { label: "By" },
      { label: "Name" },
      { label: "Spend", align: "right" as const },
      { label: "Share", align: "right" as const },
    ],
    rows,
  };
}

/** The whole bill at a glance: where it went, whose it is, and what to do first. */
export function pictureAnswer(
  picture: Picture,
  days: number,
  maturity: Maturity | undefined,
): AnswerBody {
  const { total, attributed, ownerlessKeys, seats } = picture;
  const ownerless = ownerlessKeys.reduce((sum, { cost }) => sum + cost, 0n);
  const percent = percentOf(attributed, total);
  const level =
    maturity === undefined
      ? []
      : [{ label: "Maturity", value: `${maturity.level}, ${firstGap(maturity)}` }];
  const rows = rowsOf(picture).slice(0, ROWS);
  return {
    command: "connections picture",
    title: `${saidUsd(total)} in ${days} days`,
    sentence: leadOf(picture, days),
    facts: [
      { label: "Providers", value: top(picture.providers) },
      { label: "Teams", value: top(picture.teams) },
      // Once reconciled they are in the total, by the meter and the difference to it.
      ...(picture.beside === 0n || picture.reconciliation !== 0n
        ? []
        : [
            {
              label: "Bills beside it",
              value:
                `${saidUsd(picture.beside)} for calls that another source counts, ` +
                "to be reconciled",
            },
          ]),
      {
        label: "Ownerless keys",
        value:
          ownerlessKeys.length === 0
            ? "none"
            : `${ownerlessKeys.length} with ${saidUsd(ownerless)}: ${top(ownerlessKeys)}`,
      },
      ...(seats.all === 0
        ? []
        : [{ label: "Seats", value: `${seats.all}, ${seats.idle} of them idle for 30 days` }]),
      ...level,
    ],
    ...(rows.length === 0 ? {} : { table: tableOf(rows) }),
    notes: maturity === undefined ? [] : evidenceLines(maturity),
    details: actionsOf(picture, maturity).map((action, index) => `${index + 1}. ${action}`),
    source: {
      ...sourceBasis({
        cost: nanoUsd(total),
        billedCost: nanoUsd(picture.billed),
        reconciliationCost: nanoUsd(picture.reconciliation),
      }),
      ...(percent === undefined ? {} : { attributedPercent: percent }),
    },
    figures: {
      total: { amount: usdDecimal(total), unit: "USD" },
      attributed: { amount: usdDecimal(attributed), unit: "USD" },
      ownerless: { amount: usdDecimal(ownerless), unit: "USD" },
    },
    actions: [askButton("unattributed", "Unattributed"), askButton("org", "Spend")],
  };
}

/** What the bill itself asks for first, then what the next level of maturity needs. */
function actionsOf(picture: Picture, maturity: Maturity | undefined): string[] {
  const own = nextActions(picture);
  const all = maturity === undefined ? own : [...own.slice(0, TOP - 1), ...maturity.next, ...own];
  return [...new Set(all.map(capitalised))].slice(0, TOP);
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** The levels that a bill can prove or refute, each line with what was found. */
function evidenceLines({ evidence }: Maturity): string[] {
  return evidence
    .filter(({ level }) => level === "L1" || level === "L2")
    .map(({ level, line, state, found }) =>
      // What is not connected is not known, which is another thing than no.
      state === "not_connected"
        ? `${level} ${line}: ${found}`
        : `${level} ${line}: ${state}, ${found}`,
    );
}

function firstGap({ evidence }: Maturity): string {
  const gap = evidence.find(({ state }) => state !== "yes");
  return gap === undefined ? "every line holds" : `next: ${gap.line} (${gap.found})`;
}
