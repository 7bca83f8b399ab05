import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { renderAsync } from "@resvg/resvg-js";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, setPlatformAPI, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { cutLine, plainLine } from "#core/answers/plain-line.ts";
import type { Chart } from "#core/answers/schema.ts";
import { compactNumber } from "./compact-number.ts";

use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const FONT = "DejaVu Sans";
const fonts = join(
  dirname(createRequire(import.meta.url).resolve("dejavu-fonts-ttf/package.json")),
  "ttf",
);
/** Shipped fonts only: without one resvg drops all text in silence, with the system's it varies. */
const FONT_FILES = [join(fonts, "DejaVuSans.ttf"), join(fonts, "DejaVuSans-Bold.ttf")];

/** Without a canvas ECharts guesses too narrow and legends overlap: 0.64 em is DejaVu's mean. */
setPlatformAPI({
  measureText: (text, font) => ({
    width: text.length * Number.parseFloat(/([\d.]+)px/.exec(font ?? "")?.[1] ?? "12") * 0.64,
  }),
});

/** Slack shows it about 540 wide: at this size its smallest text is still 11 there. */
const WIDTH = 640;
const HEIGHT = 320;
const ZOOM = 1.6;

/**
 * Okabe and Ito's colours, told apart with any colour vision; lines also differ in symbol and dash,
 * stacked parts by a gap. Patterns were tried: they triple the time and hide small parts.
 */
const COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B2A100"];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];
const INK = "#1d1c1d";
const FAINT = "#696969";

/** A chart as PNG, 1024 x 512. The same chart gives the same bytes on every machine. */
export async function chartPng(chart: Chart): Promise<Buffer> {
  const image = await renderAsync(chartSvg(chart), {
    background: "#ffffff",
    fitTo: { mode: "zoom", value: ZOOM },
    font: { fontFiles: FONT_FILES, loadSystemFonts: false, defaultFontFamily: FONT },
  });
  return image.asPng();
}

/** What is said in place of the picture. */
export function chartAltText(chart: Chart): string {
  const title = plainLine(chart.title);
  return [title, plainLine(chart.summary)].filter((part) => part !== "").join(". ");
}

/** The same as SVG, without fonts of its own: for a page that brings them. */
export function chartSvg(chart: Chart): string {
  const canvas = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    canvas.setOption(option(chart));
    return canvas.renderToSVGString();
  } finally {
    canvas.dispose();
  }
}

const LEGEND_MAX = 6;
const NAME_MAX = 24;

const LEGEND_FONT = 12;
const LEGEND_GAP = 14;
const LEGEND_LINE = 24;

/** The legend wraps by itself, but says nobody how high it has become: 30 is a symbol and its gap. */
function legendHeight(names: readonly string[]): number {
  if (names.length < 2) return 0;
  let lines = 1;
  let used = 0;
  for (const name of names.slice(0, LEGEND_MAX)) {
    const width = 30 + shownName(name).length * LEGEND_FONT * 0.64 + LEGEND_GAP;
    if (used > 0 && used + width > WIDTH - 32) {
      lines += 1;
      used = 0;
    }
    used += width;
  }
  return lines * LEGEND_LINE;
}

function option(chart: Chart): Record<string, unknown> {
  const band = chart.band === undefined ? [] : bandSeries(chart.band);
  const names = [...chart.series.map(seriesName), ...(chart.band ? [bandName(chart.band)] : [])];
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text: cutLine(plainLine(chart.title), 52),
      left: 16,
      top: 12,
      textStyle: { fontFamily: FONT, fontSize: 18, fontWeight: "bold", color: INK },
    },
    legend: {
      show: names.length > 1,
      data: names.slice(0, LEGEND_MAX),
      left: 16,
      top: 42,
      itemGap: LEGEND_GAP,
      textStyle: { fontFamily: FONT, fontSize: LEGEND_FONT, color: INK },
      formatter: shownName,
    },
    grid: { left: 64, right: 20, top: 56 + legendHeight(names), bottom: 36 },
    xAxis: {
      type: "category",
      data: chart.categories.map((category) => cutLine(plainLine(category), 20)),
      axisLabel: { fontFamily: FONT, fontSize: 13, color: FAINT, hideOverlap: true },
      axisTick: { show: false },
      boundaryGap: chart.kind !== "line",
    },
    yAxis: {
      type: "value",
      axisLabel: {
        fontFamily: FONT,
        fontSize: 13,
        color: FAINT,
        formatter: (value: number) => compactNumber(value, chart.unit),
      },
      splitLine: { lineStyle: { color: "#e5e5e5" } },
    },
    series: [...band, ...chart.series.map((one, index) => drawn(chart, one, index))],
  };
}

/** ECharts takes series of one name for one: the position keeps them apart and is not shown. */
function seriesName(series: { name: string }, index: number): string {
  return `${index} ${plainLine(series.name)}`;
}

function shownName(name: string): string {
  return cutLine(name.slice(name.indexOf(" ") + 1), NAME_MAX);
}

function bandName(band: { name: string }): string {
  return `band ${plainLine(band.name)}`;
}

function drawn(chart: Chart, series: Chart["series"][number], index: number): object {
  const line = chart.kind === "line";
  return {
    name: seriesName(series, index),
    type: line ? "line" : "bar",
    data: chart.categories.map((_, position) => series.values[position] ?? null),
    barMaxWidth: 48,
    color: COLOURS[index % COLOURS.length],
    itemStyle: { borderColor: "#ffffff", borderWidth: chart.kind === "stacked_bar" ? 1 : 0 },
    ...(chart.kind === "stacked_bar" ? { stack: "all" } : {}),
    ...(line
      ? {
          symbol: SYMBOLS[index % SYMBOLS.length],
          symbolSize: 6,
          showAllSymbol: true,
          lineStyle: { width: 2.5, type: index % 2 === 0 ? "solid" : "dashed" },
        }
      : {}),
  };
}

/** A band is a line without ink at its low edge with the height of the band stacked on it. */
function bandSeries(band: NonNullable<Chart["band"]>): object[] {
  const edge = { type: "line", stack: "band", stackStrategy: "all", symbol: "none", z: 1 };
  const height = band.high.map((high, index) => {
    const low = band.low[index] ?? null;
    return high === null || low === null ? null : high - low;
  });
  return [
    { ...edge, name: "band low", data: band.low, lineStyle: { opacity: 0 } },
    {
      ...edge,
      name: bandName(band),
      data: height,
      lineStyle: { opacity: 0 },
      itemStyle: { color: "#8c8c8c" },
      areaStyle: { color: "#8c8c8c", opacity: 0.3 },
    },
  ];
}
