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
  const { categories, series: given } = chart;
  const known = given.some((one) => one.values.some((value) => value !== null));
  if (!known || categories.length === 0 || categories.length > CATEGORIES_MAX) return undefined;
  const labels = categories.map((category) => cardText(category, LEGEND_MAX));
  const said = {
    title: cardText(chart.title, 120),
    ...(labels.length > LABELLED_MAX ? { xAxisTitle: `${labels[0]} to ${labels.at(-1)}` } : {}),
    yAxisTitle: cardText(chart.unit, LEGEND_MAX),
    fallback: textLine(cardText(`Chart: ${chart.title}`, 140), { isSubtle: true }),
  };
  if (chart.kind === "line") return lineChart(chart, labels, said);
  const series = fewSeries(chart.series, true);
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

function lineChart(
  chart: Chart,
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
      ...fewSeries(chart.series, false).map((one, index) =>
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
