import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { parse } from "csv-parse";
import { z } from "zod";

const Instant = z.iso.datetime().transform((text) => Date.parse(text));
const Count = z.coerce.number().min(0);

export const FeedRow = z.object({
  hour: Instant,
  arrived_at: Instant,
  team: z.string(),
  project: z.string(),
  agent: z.string(),
  model: z.string(),
  requests: Count,
  input_tokens: Count,
  output_tokens: Count,
  cost_usd: Count,
});
export type FeedRow = z.infer<typeof FeedRow>;

/** An hourly feed (columns as above), gz or not, in the order of the file. Throws naming the line. */
export async function readFeed(path: string): Promise<FeedRow[]> {
  const raw = createReadStream(path);
  const rows: FeedRow[] = [];
  // Through a pipeline a file that is not there, or is no gzip, is an error that is caught.
  const parser = parse({ columns: true });
  const reading = path.endsWith(".gz")
    ? pipeline(raw, createGunzip(), parser)
    : pipeline(raw, parser);
  const collecting = (async () => {
    for await (const row of parser) rows.push(rowOf(row, rows.length + 2));
  })();
  await Promise.all([reading, collecting]);
  return rows;
}

function rowOf(row: unknown, line: number): FeedRow {
  const parsed = FeedRow.safeParse(row);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `line ${line}, ${issue?.path.join(".") ?? "row"}: ${issue?.message ?? "invalid"}`,
  );
}
