import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCsvRows } from "./csv-rows.ts";

interface Read {
  columns: readonly string[];
  rows: [number, readonly string[]][];
  bad: [number, string][];
}

/** Reads the text in pieces of the given size, as a file arrives. */
function read(text: string, pieceLength = 7): Read {
  const found: Read = { columns: [], rows: [], bad: [] };
  const rows = createCsvRows({
    columns: (names) => {
      found.columns = names;
    },
    row: (cells, line) => found.rows.push([line, cells]),
    bad: (line, reason) => found.bad.push([line, reason]),
  });
  for (let at = 0; at < text.length; at += pieceLength) rows.push(text.slice(at, at + pieceLength));
  rows.end();
  return found;
}

describe("rows of a CSV file", () => {
  it("come with the line they start at, whatever the line ends and delimiters are", () => {
    const expected = { columns: ["a", "b"], rows: [[2, ["1", "2"]]], bad: [] };
    for (const text of ["a,b\n1,2\n", "a,b\r\n1,2\r\n", "a;b\n1;2", "a\tb\n1\t2\n", "a|b\n1|2"]) {
      expect(read(text)).toEqual(expected);
    }
    expect(read('a,b\n"x\ny","say ""hi"""\n\n3,4\n')).toEqual({
      columns: ["a", "b"],
      rows: [
        [2, ["x\ny", 'say "hi"']],
        [5, ["3", "4"]],
      ],
      bad: [],
    });
  });

  it("lose only the broken row to a broken quote, not the good ones after it", () => {
    const text = 'a,b\n1,"2\n3,4\n5,x"y\n7,8\n"9,10\n11,12\n';
    const { rows, bad } = read(text);
    expect(rows.map(([line]) => line)).toEqual([3, 5, 7]);
    expect(bad).toEqual([
      [2, "its quotes do not match"],
      [4, "its quotes do not match"],
      [6, "its quotes do not match"],
    ]);
  });

  it("with too few or too many cells are bad", () => {
    expect(read("a,b\n1\n1,2,3\n1,2\n")).toEqual({
      columns: ["a", "b"],
      rows: [[4, ["1", "2"]]],
      bad: [
        [2, "it has 1 cells, the header has 2"],
        [3, "it has 3 cells, the header has 2"],
      ],
    });
  });

  it("are given back as they were written, in pieces of any size", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", " ", "é") });
    const table = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), (rows, pieceLength) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const lines = rows.map((cells) => cells.map(quoted).join(","));
        const found = read(`c1,c2\n${lines.join("\n")}\n`, pieceLength);
        expect(found.rows.map(([, cells]) => cells)).toEqual(rows);
        expect(found.bad).toEqual([]);
      }),
    );
  });
});
