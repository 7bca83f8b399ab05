import type { Action } from "#core/answers/schema.ts";
import { saidUsd } from "#core/money.ts";
import { marginPercent, type ProductMargin } from "#core/outcomes/margin.ts";
import type { UnitCost } from "#core/outcomes/unit-cost.ts";
import { saidCount } from "../said/said-count.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { saidUnit } from "./unit-words.ts";

export interface UnitsReport {
  readonly question: string;
  readonly periodSaid: string;
  readonly units: readonly UnitCost[];
  readonly margins: readonly ProductMargin[];
  readonly actions: readonly Action[];
}

const SHOWN = 10;

function statusOf({ costPerOutcome: cost, target, humanBaseline }: UnitCost): string {
  if (cost === undefined) return "nothing succeeded";
  if (target !== undefined) return cost <= target ? "met" : "missed";
  if (humanBaseline !== undefined)
    return cost < humanBaseline ? "below a person" : "above a person";
  return "no target";
}

/** Every workflow with outcomes, and every product with revenue. Pure. */
export function unitsAnswer(report: UnitsReport): AnswerBody {
  const { units, margins, periodSaid } = report;
  const [first] = units;
  if (first === undefined) {
    return {
      command: report.question,
      title: "Unit costs: no outcome is recorded",
      sentence: `No outcome is recorded ${periodSaid}: what a success costs is not known.`,
      notes: ["Send outcomes: POST /v1/outcomes, or aispend outcomes import FILE."],
      source: { basis: "none" },
      actions: [...report.actions],
    };
  }
  const missed = units.filter((one) => statusOf(one) === "missed");
  const count = units.length === 1 ? "1 workflow has" : `${units.length} workflows have`;
  const targets =
    missed.length === 0
      ? "none misses its target"
      : missed.length === 1
        ? `1 misses its target: ${missed[0]?.workflow ?? ""}`
        : `${missed.length} miss their targets, ${missed[0]?.workflow ?? ""} first`;
  return {
    command: report.question,
    title: `Unit costs ${periodSaid}`,
    sentence: `${count} outcomes ${periodSaid}; ${targets}.`,
    table: {
      caption: "What a success costs",
      columns: [
        { label: "Workflow" },
        { label: "Each", align: "right" },
        { label: "Successes", align: "right" },
        { label: "Target", align: "right" },
        { label: "Status" },
      ],
      rows: units
        .slice(0, SHOWN)
        .map((one) => [
          one.workflow,
          one.costPerOutcome === undefined ? "-" : saidUnit(one.costPerOutcome),
          saidCount(one.successes),
          one.target === undefined ? "-" : saidUnit(one.target),
          `${statusOf(one)}${one.hasHarness ? "" : ", excludes harness"}`,
        ]),
      omitted: Math.max(0, units.length - SHOWN),
    },
    notes: margins
      .slice(0, 5)
      .map(
        (one) =>
          `Gross margin of ${one.product}: ${saidUsd(one.margin)} ` +
          `(${marginPercent(one) ?? "0"}%) of ${saidUsd(one.revenue)} revenue.`,
      ),
    source: { basis: "metered" },
    actions: [...report.actions],
  };
}
