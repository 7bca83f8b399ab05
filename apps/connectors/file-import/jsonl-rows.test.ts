import { expect, it } from "vitest";
import { createJsonRows } from "./jsonl-rows.ts";

function read(text: string, wanted: readonly string[] = []) {
  const found: { columns: readonly string[]; rows: unknown[]; bad: unknown[] } = {
    columns: [],
    rows: [],
    bad: [],
  };
  const rows = createJsonRows(
    {
      columns: (names) => {
        found.columns = names;
      },
      row: (cells, line) => found.rows.push([line, cells]),
      bad: (line, reason) => found.bad.push([line, reason]),
    },
    wanted,
  );
  rows.push(text);
  rows.end();
  return found;
}

it("reads objects by the names of the first, nested ones with points", () => {
  const text = '{"ts":"t","usage":{"input":6.5e-05},"ok":true}\n\n{"usage":{"input":7},"ts":null}';
  expect(read(text, ["user"])).toEqual({
    columns: ["ts", "usage.input", "ok", "user"],
    rows: [
      [1, ["t", "0.000065", "true", ""]],
      [3, ["", "7", "", ""]],
    ],
    bad: [],
  });
});

it("says which line is none, without repeating it", () => {
  const { rows, bad } = read('{"a":1}\n{"a": "secret\n[1]\n{"a":2}\n');
  expect(rows).toEqual([
    [1, ["1"]],
    [4, ["2"]],
  ]);
  expect(bad).toEqual([
    [2, "it is not a JSON object"],
    [3, "it is not a JSON object"],
  ]);
});
