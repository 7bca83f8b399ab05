import type { Fact } from "#core/answers/schema.ts";
import { csvLine } from "#core/csv.ts";
import { DRIVERS } from "#core/ledger/why.ts";
import {
  absolute,
  formatUsd,
  NANO_PER_USD,
  saidUsd,
  saidUsdChange,
  usdDecimal,
} from "#core/money.ts";
import { spellPeriod } from "../grammar/period-phrase.ts";
import { saidAsOf } from "../said/as-of.ts";
import { sourceBasis } from "../said/said-basis.ts";
import { saidChange } from "../said/said-change.ts";
import { saidWithin } from "../said/said-period.ts";
import { isLowerBound, saidCost } from "../spend/at-least.ts";
import { csvName } from "../spend/csv.ts";
import { saidSince } from "../spend/recorded-since.ts";
import { type AnswerBody, capitalized, type SpendSetting } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";
import { printedParts } from "./cents.ts";
import { DRIVER_LABELS, saidDriver } from "./driver-said.ts";
import {
  cellMovers,
  type DriverShare,
  driverShares,
  type SaidPiece,
  saidPieces,
} from "./movers.ts";
import type { WhyReport } from "./why-report.ts";

const SAID_DRIVERS = 3;
const SHOWN_CELLS = 10;

function agentName(report: WhyReport, id: number): string {
  return id === 0 ? "calls without an agent" : (report.agents.get(id)?.name ?? `#${id}`);
}

function modelName(report: WhyReport, id: number): string {
  return report.models.get(id) ?? `#${id}`;
}

const WHOLE_DOLLARS_FROM = 100n * NANO_PER_USD;

/** Whole dollars where the change is in hundreds: "+$310", "-$28". The table has every cent. */
function saidPart(report: WhyReport, part: bigint): string {
  const large = absolute(report.why.change) >= WHOLE_DOLLARS_FROM;
  if (!large || absolute(part) < NANO_PER_USD) return saidUsdChange(part);
  return `${part < 0n ? "" : "+"}${formatUsd(part, 0)}`;
}

/** "+$310 checkout-agent input 38% longer", "+$40 more calls elsewhere". */
function saidPiece(report: WhyReport, { driver, part, agentId, elsewhere }: SaidPiece): string {
  if (elsewhere) return `${saidPart(report, part)} ${saidDriver(driver, part > 0n)} elsewhere`;
  const sides = agentId === undefined ? undefined : report.agents.get(agentId);
  const named = sides !== undefined && report.subject.main.kind !== "agent";
  const words = saidDriver(driver, part > 0n, sides ?? report.total);
  return `${saidPart(report, part)} ${named ? `${sides.name} ` : ""}${words}`;
}

/** "+$310 checkout-agent input 38% longer; +$120 more calls; -$28 caching". */
function saidDrivers(report: WhyReport, shares: readonly DriverShare[]): string {
  const pieces = saidPieces(shares);
  const said = pieces.slice(0, SAID_DRIVERS).map((piece) => saidPiece(report, piece));
  const rest = pieces.slice(SAID_DRIVERS).reduce((sum, { part }) => sum + part, 0n);
  if (rest !== 0n) said.push(`${saidPart(report, rest)} other`);
  return said.join("; ");
}

/** The three drivers that made most of the change, with the agent behind each; "" where none did. */
export function whySaid(report: WhyReport): string {
  return saidDrivers(report, driverShares(report.why.parts, report.why.cells));
}

function table(report: WhyReport, shares: readonly DriverShare[]) {
  const { why, asked, compareSaid } = report;
  const printed = printedParts(
    why.before,
    why.after,
    shares.map((share) => share.part),
  );
  return {
    caption: `From ${compareSaid} to ${asked.said}, to the cent`,
    columns: [
      { label: "What changed", align: "left" as const },
      { label: "Effect", align: "right" as const },
      { label: "Most of it from", align: "left" as const },
    ],
    rows: [
      [compareSaid, printed.before, ""],
      ...shares.map((share, index) => [
        DRIVER_LABELS[share.driver],
        printed.parts[index] ?? "",
        share.agentId === undefined ? "" : agentName(report, share.agentId),
      ]),
      [asked.said, printed.after, ""],
    ],
  };
}

function csv(report: WhyReport): string {
  const header = csvLine(["agent", "model", "change", ...DRIVERS, "currency"]);
  const rows = report.why.cells.map((cell) =>
    csvLine([
      cell.agentId === 0 ? "unattributed" : agentName(report, cell.agentId),
      modelName(report, cell.modelId),
      usdDecimal(cell.change),
      ...DRIVERS.map((driver) => usdDecimal(cell.parts[driver])),
      "USD",
    ]),
  );
  return [header, ...rows].join("");
}

function moved(report: WhyReport) {
  const { cells } = report.why;
  const [agent] = cellMovers(cells, "agentId");
  const [model] = cellMovers(cells, "modelId");
  return [
    agent === undefined
      ? undefined
      : {
          label: "Agent that moved most",
          value: `${agentName(report, agent.id)}, ${saidUsdChange(agent.change)}`,
        },
    model === undefined
      ? undefined
      : {
          label: "Model that moved most",
          value: `${modelName(report, model.id)}, ${saidUsdChange(model.change)}`,
        },
  ].filter((fact) => fact !== undefined);
}

function notes(report: WhyReport): string[] {
  const { total, asked } = report;
  const found: string[] = [];
  if (isLowerBound(total.after) || isLowerBound(total.before)) {
    found.push("More than 1% of the calls have no price; what they cost is in no part.");
  }
  if (asked.running) found.push("Today is counted so far; the days compared with are whole.");
  return found;
}

function unchanged(report: WhyReport, { today }: SpendSetting): string {
  const { asked, compare, subject, why } = report;
  const both = `${saidWithin(asked.period, today)} and ${saidWithin(compare, today)}`;
  return `${capitalized(subject)} did not change: ${saidUsd(why.after)} ${both}.`;
}

/** The answer to `why`: what made the change, in words and exactly. Pure. */
export function whyAnswer(
  report: WhyReport,
  setting: SpendSetting,
  person: Fact | undefined,
): AnswerBody {
  const { why, subject, asked, compareSaid, total } = report;
  const shares = driverShares(why.parts, why.cells);
  // A day that is not over is smaller than a whole one, whatever was done in it.
  const isSoFar = asked.running && asked.completeDays === 0;
  const when = isSoFar ? `${asked.said} so far` : asked.said;
  const like = isSoFar ? `the whole of ${compareSaid}` : compareSaid;
  const change = saidChange(why.before, why.after, `${like}${saidSince(report.compareSince)}`);
  const said = saidDrivers(report, shares);
  const recorded = total.after.lastRecordedAt;
  const basis = sourceBasis(total.after);
  return {
    command: setting.command,
    title: `Why ${subject.said}, ${when}: ${change}`,
    sentence:
      said === ""
        ? unchanged(report, setting)
        : `${capitalized(subject)}, ${when}: ${saidCost(total.after)}, ${change}: ${said}.`,
    facts: [
      ...moved(report),
      ...(person === undefined ? [] : [person]),
      ...(setting.owner === undefined ? [] : [{ label: "Owner", value: setting.owner }]),
    ],
    ...(said === "" ? {} : { table: table(report, shares) }),
    notes: notes(report),
    details: why.cells
      .filter((cell) => cell.change !== 0n)
      .slice(0, SHOWN_CELLS)
      .map((cell) => {
        const [first] = driverShares(cell.parts, [cell]);
        const most =
          first === undefined
            ? ""
            : `, most of it ${DRIVER_LABELS[first.driver].toLowerCase()} ` +
              `(${saidUsdChange(first.part)})`;
        return (
          `${agentName(report, cell.agentId)} on ${modelName(report, cell.modelId)}: ` +
          `${saidUsdChange(cell.change)}${most}`
        );
      }),
    source: {
      basis: basis.basis,
      ...(recorded === undefined
        ? {}
        : {
            asOf: recorded.toISOString(),
            asOfSaid: saidAsOf(recorded, setting.now, setting.timeZone),
          }),
      note: [basis.note, "each part is the average over all orders of change (Shapley)"]
        .filter((part) => part !== undefined)
        .join("; "),
    },
    actions: [
      { kind: "ask", label: "Spend", command: `${subject.command} ${spellPeriod(asked.phrase)}` },
      ...(setting.canShare
        ? [{ kind: "share" as const, label: "Share", command: setting.command }]
        : []),
      { kind: "download", label: "CSV", command: setting.command },
    ],
    figures: {
      before: usd(why.before),
      after: usd(why.after),
      change: usd(why.change),
      ...Object.fromEntries(DRIVERS.map((driver) => [driver, usd(why.parts[driver])])),
    },
    download: { filename: csvName(`why ${subject.command}`, asked.period), csv: csv(report) },
  };
}
