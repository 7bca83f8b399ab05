import { expect, test } from "vitest";
import type { Chart } from "#core/answers/schema.ts";
import { chartElement } from "./chart.ts";

function chart(more: Partial<Chart>): Chart {
  return {
    kind: "bar",
    title: "Cost per day",
    unit: "USD",
    categories: ["Mon", "Tue", "Wed"],
    series: [{ name: "cost", values: [1, 2, 3] }],
    summary: "It rose.",
    ...more,
  };
}

test("one series is a bar chart of one colour, a missing value is no bar and never a zero", () => {
  const drawn = chartElement(chart({ series: [{ name: "cost", values: [1.23456789, null, 3] }] }));
  expect(drawn).toMatchObject({
    type: "Chart.VerticalBar",
    color: "categoricalBlue",
    data: [
      { x: "Mon", y: 1.23457 },
      { x: "Wed", y: 3 },
    ],
  });
});

test("several series stack, each in a colour of its own", () => {
  const series = [
    { name: "a", values: [1, 2, 3] },
    { name: "b", values: [4, 5, 6] },
  ];
  const drawn = chartElement(chart({ kind: "stacked_bar", series }));
  expect(drawn).toMatchObject({
    type: "Chart.VerticalBar.Grouped",
    stacked: true,
    data: [
      { legend: "a", color: "categoricalBlue" },
      { legend: "b", color: "categoricalMarigold" },
    ],
  });
  expect(chartElement(chart({ series }))).toMatchObject({ stacked: false });
});

test("beyond four, the smallest are gathered so that the height of the stack stays true", () => {
  const series = ["a", "b", "c", "d", "e", "f"].map((name, index) => ({
    name,
    values: [index + 1, 10 * (index + 1), null],
  }));
  const drawn = chartElement(chart({ kind: "stacked_bar", series }));
  expect(drawn?.data).toMatchObject([
    { legend: "d" },
    { legend: "e" },
    { legend: "f" },
    {
      legend: "3 others",
      values: [
        { x: "Mon", y: 6 },
        { x: "Tue", y: 60 },
      ],
    },
  ]);
});

test("a line chart draws its band as two further lines", () => {
  const band = { name: "P10-P90", low: [1, 1, 1], high: [5, 5, 5] };
  const drawn = chartElement(chart({ kind: "line", band }));
  expect(drawn).toMatchObject({
    type: "Chart.Line",
    data: [
      { legend: "cost", color: "categoricalBlue" },
      { legend: "P10-P90 low", color: "neutral" },
      { legend: "P10-P90 high", color: "neutral" },
    ],
  });
});

test("with many days only their numbers fit, and the range stands below", () => {
  const days = Array.from({ length: 30 }, (_, index) => `${index + 1} Nov`);
  const series = [{ name: "cost", values: days.map(() => 1) }];
  expect(chartElement(chart({ categories: days, series }))).toMatchObject({
    xAxisTitle: "1 Nov to 30 Nov",
    data: expect.arrayContaining([{ x: "30", y: 1 }]),
  });
  expect(chartElement(chart({}))).not.toHaveProperty("xAxisTitle");
});

test("days of two months that share a number keep their names", () => {
  const days = Array.from({ length: 40 }, (_, index) =>
    index < 30 ? `${index + 1} Nov` : `${index - 29} Dec`,
  );
  const series = [{ name: "cost", values: days.map(() => 1) }];
  expect(chartElement(chart({ categories: days, series }))).toMatchObject({
    xAxisTitle: "1 Nov to 10 Dec",
    data: expect.arrayContaining([
      { x: "1 Nov", y: 1 },
      { x: "1 Dec", y: 1 },
    ]),
  });
});

test("what cannot be drawn is left to the summary", () => {
  const many = Array.from({ length: 121 }, (_, index) => String(index));
  expect(chartElement(chart({ categories: many }))).toBeUndefined();
  const empty = [{ name: "cost", values: [null, null, null] }];
  expect(chartElement(chart({ series: empty }))).toBeUndefined();
  expect(chartElement(chart({ kind: "line", series: empty }))).toBeUndefined();
  const beyond = [{ name: "cost", values: [null, null, null, 4] }];
  expect(chartElement(chart({ series: beyond }))).toBeUndefined();
});
