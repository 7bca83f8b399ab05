import { expect, it } from "vitest";
import { saidCells, tableOf } from "./section.ts";

it("says a row as a line, with what its figures are", () => {
  const table = tableOf("Return", ["Product", ["AI cost", "right"], ["Margin %", "right"]], []);
  expect(saidCells(table, ["helpdesk", "$47,859", "52.5%"])).toEqual([
    "helpdesk",
    "AI cost $47,859",
    "margin % 52.5%",
  ]);
});
