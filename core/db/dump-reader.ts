import type { Readable } from "node:stream";
import { AispendError } from "../errors.ts";

/** Ends the rows of a table, alone in its line: COPY itself never writes it, a backslash is escaped. */
export const END_OF_ROWS = "\\.\n";

const NEWLINE = 10;

export interface DumpReader {
  /** The next line, without its end. */
  line(): Promise<string>;
  /** What COPY wrote of one table, as it comes. To be read to its end before the next line. */
  rows(): AsyncIterable<Buffer>;
}

/** Reads a dump in pieces of any size. Throws `dump_truncated` where it ends too early. */
export function readDump(input: Readable): DumpReader {
  const chunks = input[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async () => {
    const next = await chunks.next();
    if (next.done) throw truncated();
    rest = Buffer.concat([rest, Buffer.from(next.value)]);
  };
  return {
    async line() {
      let end = rest.indexOf(NEWLINE);
      while (end < 0) {
        await more();
        end = rest.indexOf(NEWLINE);
      }
      const line = rest.subarray(0, end).toString();
      rest = rest.subarray(end + 1);
      return line;
    },
    async *rows() {
      for (;;) {
        const complete = rest.subarray(0, rest.lastIndexOf(NEWLINE) + 1);
        const stop = endOfRows(complete);
        const found = complete.subarray(0, stop ?? complete.length);
        if (found.length > 0) yield found;
        if (stop !== undefined) {
          rest = rest.subarray(stop + END_OF_ROWS.length);
          return;
        }
        rest = rest.subarray(complete.length);
        await more();
      }
    },
  };
}

/** Where the end stands in these whole lines. */
function endOfRows(lines: Buffer): number | undefined {
  if (lines.subarray(0, END_OF_ROWS.length).toString() === END_OF_ROWS) return 0;
  const before = lines.indexOf(`\n${END_OF_ROWS}`);
  return before < 0 ? undefined : before + 1;
}

function truncated(): AispendError {
  return new AispendError("dump_truncated", "the dump ends before it is complete", {
    kind: "unprocessable",
    help: "Make it again with `aispend db dump`.",
  });
}
