import { cutLine, plainLine } from "#core/answers/plain-line.ts";
import type { Chart } from "#core/answers/schema.ts";
import type { DataVisualizationBlock } from "./block.ts";

const LABEL_MAX = 20;
const POINTS_MAX = 20;
const SERIES_MAX = 6;

/**
 * The chart as Slack draws it itself, or undefined where its block cannot say the same: more than 20
 * points or 6 series, stacks, bands, and unknown values (the block wants a number for every point,
 * and unknown is never 0).
 */
export function nativeChart(chart: Chart): DataVisualizationBlock | undefined {
  const { categories, series } = chart;
  const stacked = chart.kind === "stacked_bar" && series.length > 1;
  if (stacked || chart.band !== undefined) return undefined;
  if (categories.length > POINTS_MAX || series.length > SERIES_MAX) return undefined;
  const labels = categories.map((category) => plainLine(category));
  const names = series.map((one) => cutLine(plainLine(one.name), LABEL_MAX));
  if (!fitting(labels) || !fitting(names)) return undefined;
  const drawn = series.map((one, index) => points(one.values, labels, names[index] ?? ""));
  if (drawn.some((one) => one === undefined)) return undefined;
  const title = cutLine(plainLine(chart.title), 50);
  const unit = cutLine(plainLine(chart.unit), 50);
  return {
    type: "data_visualization",
    title: title === "" ? "Chart" : title,
    chart: {
      type: chart.kind === "line" ? "line" : "bar",
      series: drawn.filter((one) => one !== undefined),
      axis_config: { categories: labels, ...(unit === "" ? {} : { y_label: unit }) },
    },
  };
}

/** Slack matches points to categories by label, so labels and names must be whole and differ. */
function fitting(labels: readonly string[]): boolean {
  return (
    new Set(labels).size === labels.length &&
    labels.every((label) => label !== "" && label.length <= LABEL_MAX)
  );
}

function points(values: readonly (number | null)[], labels: readonly string[], name: string) {
  const data: { label: string; value: number }[] = [];
  for (const [index, label] of labels.entries()) {
    const value = values[index] ?? null;
    if (value === null || !Number.isFinite(value)) return undefined;
    data.push({ label, value });
  }
  return { name, data };
}
