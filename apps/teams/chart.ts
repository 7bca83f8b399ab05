import type { Chart } from "#core/answers/schema.ts";
import { type CardElement, cardText, textLine } from "./card.ts";

/** Teams refuses a bar chart of more than four sets. */
const SERIES_MAX = 4;
/** More categories than this are no picture any more; the summary stands alone. */
const CATEGORIES_MAX = 120;
const LEGEND_MAX = 40;
/** With more, Teams cuts the labels under the bars to a letter or two: the range is said below. */
const LABELLED_MAX = 10;

/** Named colours of Teams' charts, apart in hue and in lightness; its default is shades of one blue. */
const COLOURS = [
  "categoricalBlue",
  "categoricalMarigold",
  "categoricalTeal",
  "categoricalPurple",
] as const;
const BAND_COLOUR = "neutral";

type Series = Chart["series"][number];

/** The native chart, or undefined where it cannot be drawn; its summary is always sent beside it. */
export function chartElement(chart: Chart): CardElement | undefined {
  const { categories } = chart;
  const given = chart.series.filter((one) => points(categories, one.values).length > 0);
  if (given.length === 0 || categories.length > CATEGORIES_MAX) return undefined;
  const said = {
    title: cardText(chart.title, 120),
    ...(categories.length > LABELLED_MAX ? { xAxisTitle: range(categories) } : {}),
    yAxisTitle: cardText(chart.unit, LEGEND_MAX),
    fallback: textLine(cardText(`Chart: ${chart.title}`, 140), { isSubtle: true }),
  };
  const labels = shortLabels(categories);
  if (chart.kind === "line") return lineChart(chart, given, labels, said);
  const series = fewSeries(given, true);
  const [only] = series;
  if (series.length === 1 && only !== undefined) {
    return {
      type: "Chart.VerticalBar",
      ...said,
      color: COLOURS[0],
      data: points(labels, only.values),
    };
  }
  return {
    type: "Chart.VerticalBar.Grouped",
    ...said,
    stacked: chart.kind === "stacked_bar",
    data: series.map((one, index) => sets(labels, one, COLOURS[index] ?? BAND_COLOUR)),
  };
}

function range(categories: readonly string[]): string {
  return [categories[0] ?? "", categories.at(-1) ?? ""]
    .map((category) => cardText(category, LEGEND_MAX))
    .join(" to ");
}

/** Of "9 Nov" to "30 Nov" the days alone, for which there is room; the months stand below. */
function shortLabels(categories: readonly string[]): string[] {
  const days = categories.map((category) => /^(\d{1,2}) [A-Z][a-z]{2}$/.exec(category)?.[1]);
  const known = days.filter((day) => day !== undefined);
  const short = categories.length > LABELLED_MAX && new Set(known).size === categories.length;
  return short ? known : categories.map((category) => cardText(category, LEGEND_MAX));
}

function lineChart(
  chart: Chart,
  given: readonly Series[],
  labels: readonly string[],
  said: Record<string, unknown>,
): CardElement {
  const band: Series[] =
    chart.band === undefined
      ? []
      : [
          { name: `${chart.band.name} low`, values: chart.band.low },
          { name: `${chart.band.name} high`, values: chart.band.high },
        ];
  return {
    type: "Chart.Line",
    ...said,
    data: [
      ...fewSeries(given, false).map((one, index) =>
        sets(labels, one, COLOURS[index] ?? BAND_COLOUR),
      ),
      ...band.map((one) => sets(labels, one, BAND_COLOUR)),
    ],
  };
}

function sets(labels: readonly string[], series: Series, color: string): Record<string, unknown> {
  return {
    legend: cardText(series.name, LEGEND_MAX),
    color,
    values: points(labels, series.values),
  };
}

/** A value that is not known is no point, never a zero. Six places draw as well as seventeen. */
function points(
  labels: readonly string[],
  values: readonly (number | null)[],
): { x: string; y: number }[] {
  return labels.flatMap((x, index) => {
    const y = values[index];
    return typeof y === "number" && Number.isFinite(y) ? [{ x, y: Number(y.toPrecision(6)) }] : [];
  });
}

/** The largest series; bars gather the rest in one, since a stack must show its whole height. */
function fewSeries(series: readonly Series[], gather: boolean): Series[] {
  if (series.length <= SERIES_MAX) return [...series];
  const largest = [...series].sort((left, right) => size(right) - size(left));
  if (!gather) return series.filter((one) => largest.indexOf(one) < SERIES_MAX);
  const kept = new Set(largest.slice(0, SERIES_MAX - 1));
  const rest = series.filter((one) => !kept.has(one));
  const count = Math.max(...rest.map((one) => one.values.length));
  const values = Array.from({ length: count }, (_, index) => sumAt(rest, index));
  return [...series.filter((one) => kept.has(one)), { name: `${rest.length} others`, values }];
}

function size(series: Series): number {
  return series.values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
}

function sumAt(series: readonly Series[], index: number): number | null {
  const known = series.flatMap((one) => {
    const value = one.values[index];
    return typeof value === "number" ? [value] : [];
  });
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
