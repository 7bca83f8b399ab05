import { element, svg } from "./element.js";

// Drawn at about the size that it is shown at, so that its text stays readable on a telephone.
const WIDTH = window.innerWidth < 600 ? 400 : 760;
const HEIGHT = 220;
const LEFT = 56;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 26;
const COLOURS = 8;

/** A chart of an Answer as a figure: SVG named by its summary, a legend, and values on hover. */
export function chartFigure(chart) {
  const scale = scaleOf(chart);
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": chart.summary },
    gridLines(scale, chart.unit),
    labels(chart.categories, scale),
    chart.band === undefined ? [] : band(chart.band, scale),
    chart.kind === "line" ? lines(chart.series, scale) : bars(chart, scale),
  );
  const tip = element("div", { class: "tip", "aria-hidden": "true", hidden: true });
  const frame = element("div", { class: "frame" }, drawing, tip);
  frame.addEventListener("pointermove", (event) => showTip(event, frame, tip, chart, scale));
  frame.addEventListener("pointerleave", () => {
    tip.hidden = true;
  });
  const named = chart.series.length > 1 || chart.band !== undefined;
  return element(
    "figure",
    { class: "chart" },
    element("figcaption", {}, chart.title),
    frame,
    named ? legend(chart) : undefined,
  );
}

function scaleOf(chart) {
  const stacked = chart.kind === "stacked_bar";
  const tops = chart.categories.map((_, index) => {
    const values = chart.series.map((series) => series.values[index] ?? 0);
    return stacked
      ? values.reduce((sum, value) => sum + Math.max(0, value), 0)
      : Math.max(...values);
  });
  const lows = stacked ? [] : chart.series.flatMap((one) => one.values.map((value) => value ?? 0));
  const band = chart.band?.high.map((value) => value ?? 0) ?? [];
  const step = niceStep(Math.max(...tops, ...band, 0) - Math.min(0, ...lows));
  const top = Math.ceil(Math.max(...tops, ...band, 0) / step) * step || step;
  const bottom = Math.floor(Math.min(0, ...lows) / step) * step;
  const slot = (WIDTH - LEFT - RIGHT) / chart.categories.length;
  return {
    step,
    top,
    bottom,
    slot,
    x: (index) => LEFT + slot * (index + 0.5),
    y: (value) => TOP + ((top - value) / (top - bottom)) * (HEIGHT - TOP - BOTTOM),
  };
}

/** A step of 1, 2 or 5 times a power of ten, so that three to five lines cover the range. */
function niceStep(range) {
  if (range <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(range / 4));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => range / step <= 4.5);
}

function gridLines({ step, top, bottom, y }, unit) {
  const count = Math.round((top - bottom) / step);
  return Array.from({ length: count + 1 }, (_, index) => {
    const value = bottom + index * step;
    return svg(
      "g",
      { class: value === 0 ? "axis" : "grid", "aria-hidden": "true" },
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, said(value, unit)),
    );
  });
}

function labels(categories, { x, slot }) {
  const every = Math.ceil(52 / slot);
  return categories.flatMap((category, index) =>
    index % every === 0
      ? svg(
          "text",
          {
            class: "category",
            x: x(index),
            y: HEIGHT - 8,
            "text-anchor": "middle",
            "aria-hidden": "true",
          },
          category,
        )
      : [],
  );
}

function bars(chart, { x, y, slot }) {
  const stacked = chart.kind === "stacked_bar";
  const group = Math.min(slot * 0.72, 44);
  const width = stacked ? group : group / chart.series.length;
  return chart.categories.flatMap((_, index) => {
    let base = 0;
    return chart.series.flatMap((series, place) => {
      const value = series.values[index];
      if (value === null || value === undefined || value === 0) return [];
      const from = stacked ? base : 0;
      base += stacked ? value : 0;
      const high = y(Math.max(from, from + value));
      return svg("rect", {
        class: `colour-${place % COLOURS}`,
        x: x(index) - group / 2 + (stacked ? 0 : place * width),
        y: high,
        width: Math.max(1, width - (stacked ? 0 : 1)),
        height: Math.max(1, y(Math.min(from, from + value)) - high),
        rx: Math.min(2, width / 4),
      });
    });
  });
}

function lines(all, { x, y }) {
  return all.map((series, place) => {
    let pen = "M";
    const path = series.values.map((value, index) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const point = `${pen}${x(index).toFixed(1)},${y(value).toFixed(1)}`;
      pen = "L";
      return point;
    });
    return svg("path", { class: `line colour-${place % COLOURS}`, d: path.join(" ") });
  });
}

function band({ low, high }, { x, y }) {
  const points = (values) =>
    values.flatMap((value, index) =>
      value === null ? [] : `${x(index).toFixed(1)},${y(value).toFixed(1)}`,
    );
  return svg("polygon", {
    class: "band",
    points: [...points(high), ...points(low).reverse()].join(" "),
  });
}

function legend(chart) {
  const entries = chart.series.map((series, place) =>
    element("li", {}, element("i", { class: `colour-${place % COLOURS}` }), series.name),
  );
  if (chart.band !== undefined) {
    entries.push(element("li", {}, element("i", { class: "band" }), chart.band.name));
  }
  return element("ul", { class: "legend", "aria-hidden": "true" }, entries);
}

function showTip(event, frame, tip, chart, { slot }) {
  const box = frame.getBoundingClientRect();
  const position = ((event.clientX - box.left) / box.width) * WIDTH;
  const index = Math.floor((position - LEFT) / slot);
  if (index < 0 || index >= chart.categories.length) {
    tip.hidden = true;
    return;
  }
  const rows = chart.series.flatMap((series, place) => {
    const value = series.values[index];
    if (value === null || value === undefined) return [];
    const name = chart.series.length > 1 ? `${series.name} ` : "";
    const mark = element("i", { class: `colour-${place % COLOURS}` });
    return element("div", {}, mark, name, element("b", {}, said(value, chart.unit)));
  });
  tip.replaceChildren(element("div", { class: "when" }, chart.categories[index]), ...rows);
  tip.hidden = false;
  const left = ((LEFT + slot * (index + 0.5)) / WIDTH) * box.width;
  tip.style.left = `${Math.min(Math.max(left, 70), box.width - 70)}px`;
}

const SIZES = [
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "K"],
];

/** For the eye only; exact figures are in the table, the facts and the download. */
function said(value, unit) {
  const sign = value < 0 ? "-" : "";
  const magnitude = Math.abs(value);
  const [size, letter] = SIZES.find(([limit]) => magnitude >= limit * 0.9995) ?? [1, ""];
  const scaled = magnitude / size;
  const digits = scaled >= 100 || scaled === 0 ? 0 : scaled >= 10 ? 1 : 2;
  const text = `${Number(scaled.toFixed(digits))}${letter}`;
  if (unit === "USD") return `${sign}$${text}`;
  return unit === "%" ? `${sign}${text}%` : `${sign}${text}`;
}
