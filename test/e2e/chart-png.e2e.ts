import { describe, expect, it } from "vitest";
import { chartAltText, chartPng } from "#apps/chat/chart-png.ts";
import { compactNumber } from "#apps/chat/compact-number.ts";
import type { Chart } from "#core/answers/schema.ts";
import { monthly, ROOM, weekly } from "#test/slack/sample-answers.ts";

function chartOf(answer: { chart?: Chart | undefined }): Chart {
  if (answer.chart === undefined) throw new Error("the sample has no chart");
  return answer.chart;
}

const STACKED = chartOf(monthly(ROOM));
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

describe("a chart as a picture", () => {
  it("is a PNG of 1024 x 512 with thirty stacked days and a band", async () => {
    const png = await chartPng(STACKED);
    expect(png.subarray(0, 8)).toEqual(PNG);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1024, 512]);
  });

  it("has the same bytes each time", async () => {
    expect(await chartPng(STACKED)).toEqual(await chartPng(structuredClone(STACKED)));
  });

  it("draws its text, its band, its gaps and each kind differently", async () => {
    const changed: Chart[] = [
      STACKED,
      { ...STACKED, title: "Another title" },
      { ...STACKED, categories: STACKED.categories.map((day) => `${day} x`) },
      { ...STACKED, series: STACKED.series.map((one) => ({ ...one, name: `${one.name}!` })) },
      { ...STACKED, band: undefined },
      { ...STACKED, unit: "tokens" },
      { ...STACKED, kind: "line" },
      { ...STACKED, kind: "bar" },
      {
        ...STACKED,
        series: STACKED.series.map((one) => ({
          ...one,
          values: one.values.map((value) => value ?? 500),
        })),
      },
    ];
    const pictures = await Promise.all(changed.map(chartPng));
    expect(new Set(pictures.map((png) => png.toString("base64"))).size).toBe(changed.length);
  });

  it("draws series of one name as the two that they are", async () => {
    const one = { name: "same", values: [1, 2] };
    const chart: Chart = { ...chartOf(weekly(ROOM)), categories: ["a", "b"], series: [one] };
    const two = await chartPng({ ...chart, series: [one, { ...one, values: [3, 4] }] });
    expect(two).not.toEqual(await chartPng(chart));
  });

  it("survives charts that nobody would draw", async () => {
    const wide: Chart = {
      kind: "line",
      title: "x".repeat(500),
      unit: "\u0000<svg>",
      categories: Array.from({ length: 1000 }, (_, index) => `<b>${index}</b>&"'`),
      series: Array.from({ length: 40 }, (_, index) => ({
        name: index % 2 === 0 ? "" : `</text>${"n".repeat(300)}`,
        values: [null, Number.MAX_VALUE, -1e300, 5e-324],
      })),
      band: { name: "", low: [], high: [null, 1] },
      summary: "",
    };
    expect((await chartPng(wide)).subarray(0, 8)).toEqual(PNG);
  });

  it("is said in words", () => {
    expect(chartAltText(STACKED)).toBe(
      "Cost a day by model. Between $212 and $368 a day; 12 Nov is missing.",
    );
  });
});

describe("a number on an axis", () => {
  it.each([
    [0, "USD", "$0"],
    [1250, "USD", "$1.25K"],
    [-4_200_000, "tokens", "-4.2M"],
    [0.0375, "USD", "$0.0375"],
    [3.1e12, "tokens", "3.1T"],
  ])("%d %s is %s", (value, unit, said) => {
    expect(compactNumber(value, unit)).toBe(said);
  });
});
