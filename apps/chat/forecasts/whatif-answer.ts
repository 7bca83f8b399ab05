import type { Action } from "#core/answers/schema.ts";
import type { Drivers, ScenarioLine, ScenarioTable } from "#core/forecasts/scenario.ts";
import { divideHalfEven, formatUsd, usdDecimal } from "#core/money.ts";
import { divide, type Fraction } from "#core/pricing/fraction.ts";
import { percentText } from "#core/pricing/mix.ts";
import { saidCount } from "../said/said-count.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

/** A price as it is, up to seven places: "$0.0048", "$0.0048088". */
export function saidRate({ numerator, denominator }: Fraction): string {
  const scaled = divideHalfEven(numerator * 10_000_000n, denominator);
  const fraction = (scaled % 10_000_000n)
    .toString()
    .padStart(7, "0")
    .replace(/0{1,3}$/, "");
  return `$${scaled / 10_000_000n}.${fraction}`;
}

function whole({ numerator, denominator }: Fraction): string {
  return saidCount(divideHalfEven(numerator, denominator));
}

function times(ratio: Fraction): string {
  const tenths = divideHalfEven(ratio.numerator * 10n, ratio.denominator);
  return tenths % 10n === 0n ? `${tenths / 10n}` : `${tenths / 10n}.${tenths % 10n}`;
}

function changeSaid({ changePercent }: ScenarioLine): string {
  if (changePercent === undefined) return "-";
  return changePercent > 0n ? `+${changePercent}%` : `${changePercent}%`;
}

function row(line: ScenarioLine): string[] {
  const { calls, tokensPerCall, rate } = line.drivers;
  return [
    line.name,
    whole(calls),
    whole(tokensPerCall),
    saidRate(rate),
    formatUsd(line.projected),
    changeSaid(line),
  ];
}

/** What a route does to the price, with the price ratio and the token share that it is made of. */
function routeLine(line: ScenarioLine, routeRate: Fraction, model: string): string {
  const { blend } = line;
  if (blend === undefined) return "";
  const [stays, goes] = blend.parts;
  const ratio = divide(line.stays, routeRate);
  const shares =
    stays === undefined || goes === undefined
      ? ""
      : `${percentText(goes.tokenShare)} of tokens to ${model} at ${saidRate(routeRate)} per 1K, ` +
        `${percentText(stays.tokenShare)} stay at ${saidRate(line.stays)}; `;
  return (
    `${line.name}: ${shares}price ratio ${times(ratio)} to 1; the mix costs ` +
    `${percentText(blend.costShare)} of all on the dearer one.`
  );
}

export interface WhatIfReport {
  readonly said: string;
  readonly command: string;
  readonly base: Drivers;
  /** Where today's drivers come from. */
  readonly baseSaid: string;
  readonly basis: "metered" | "assumed";
  readonly table: ScenarioTable;
  /** Of the routes among the lines: the price and the model. */
  readonly routes: ReadonlyMap<string, { readonly rate: Fraction; readonly model: string }>;
  readonly notes: readonly string[];
  readonly actions: readonly Action[];
}

function sentence({ said, table }: WhatIfReport): string {
  const { lines, swing, today } = table;
  const [only] = lines;
  const now = formatUsd(today.projected);
  if (only === undefined) return `${said} costs ${now} a month today.`;
  if (swing === undefined) {
    return (
      `With ${only.name}, ${said} would cost ${formatUsd(only.projected)} a month instead of ` +
      `${now} (${changeSaid(only)}).`
    );
  }
  return (
    `Between the dearest and the cheapest scenario of ${said} lie ${formatUsd(swing.amount)} a ` +
    `month; today it costs ${now}.`
  );
}

/** The scenario table of domain.md section 4, to the cent from its inputs. Pure. */
export function whatIfAnswer(report: WhatIfReport): AnswerBody {
  const { base, notes, routes, said, table } = report;
  const { lines, swing, today } = table;
  const routed = lines.flatMap((line) => {
    const route = routes.get(line.name);
    return route === undefined ? [] : [routeLine(line, route.rate, route.model)];
  });
  const first = lines[0];
  return {
    command: report.command,
    title:
      first === undefined
        ? `${said}: ${formatUsd(today.projected)} a month today`
        : `${said}, what if ${first.name}: ${formatUsd(first.projected)} a month`,
    sentence: sentence(report),
    facts: [
      { label: "Rate used", value: `${saidRate(base.rate)} per 1K tokens, ${report.baseSaid}` },
      ...(swing === undefined
        ? []
        : [
            {
              label: "Addressable swing",
              value: `${formatUsd(swing.amount)}: ${swing.from} less ${swing.to}`,
            },
          ]),
    ],
    table: {
      caption: "A month: calls x tokens per call x rate",
      columns: [
        { label: "Scenario" },
        { label: "Monthly calls", align: "right" },
        { label: "Tokens / call", align: "right" },
        { label: "Rate / 1K", align: "right" },
        { label: "Projected", align: "right" },
        { label: "vs today", align: "right" },
      ],
      rows: [today, ...lines].map(row),
    },
    notes: [...routed, ...notes],
    source: { basis: report.basis, note: report.baseSaid },
    actions: [...report.actions],
    figures: {
      today: { amount: usdDecimal(today.projected), unit: "USD" },
      ...Object.fromEntries(
        lines.map(({ projected }, index) => [
          `scenario_${index + 1}`,
          { amount: usdDecimal(projected), unit: "USD" },
        ]),
      ),
      ...(swing === undefined ? {} : { swing: { amount: usdDecimal(swing.amount), unit: "USD" } }),
    },
  };
}
