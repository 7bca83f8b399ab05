import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { END_OF_ROWS, readDump } from "./dump-reader.ts";

// What COPY can write: its backslashes are doubled, so no line is the end mark.
const row = fc.stringMatching(/^[a-z\t\\.]{0,12}$/).map((text) => text.replaceAll("\\", "\\\\"));
const tables = fc.array(fc.array(row, { maxLength: 6 }), { minLength: 1, maxLength: 4 });

it("rows and lines come out whole, however the dump is cut into pieces", async () => {
  await fc.assert(
    fc.asyncProperty(tables, fc.integer({ min: 1, max: 9 }), async (contents, size) => {
      const text = contents
        .map(
          (rows, index) =>
            `{"t":${index}}\n${rows.map((one) => `${one}\n`).join("")}${END_OF_ROWS}`,
        )
        .join("");
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, "g")) ?? [];
      const reader = readDump(Readable.from(pieces.map((piece) => Buffer.from(piece))));
      for (const [index, rows] of contents.entries()) {
        expect(await reader.line()).toBe(`{"t":${index}}`);
        const read: Buffer[] = [];
        for await (const block of reader.rows()) read.push(block);
        expect(Buffer.concat(read).toString()).toBe(rows.map((one) => `${one}\n`).join(""));
      }
    }),
  );
});

it("an end that comes too early is said, in a line and among rows", async () => {
  const drain = async (text: string) => {
    const reader = readDump(Readable.from([Buffer.from(text)]));
    await reader.line();
    for await (const _block of reader.rows());
  };
  for (const text of ["", '{"t":0}', '{"t":0}\n', '{"t":0}\n1\t2\n', '{"t":0}\n1\t2\n\\.']) {
    await expect(drain(text)).rejects.toMatchObject({ code: "dump_truncated" });
  }
});
