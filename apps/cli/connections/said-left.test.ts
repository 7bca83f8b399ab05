import { expect, it } from "vitest";
import { saidLeft } from "./said-left.ts";

it.each([
  [1, 90, 0, ""],
  [2, 90, 500, "44 s left"],
  [31, 91, 60_000, "2 min left"],
  [46, 91, 45_000, "45 s left"],
  [90, 90, 60_000, ""],
])("after %i of %i days, %i ms after the first: %s", (done, total, elapsedMs, said) => {
  expect(saidLeft({ done, total }, elapsedMs)).toBe(said);
});
