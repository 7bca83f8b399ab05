import { createReadStream } from "node:fs";
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

/** An hourly feed (columns as above), gz or not, in the order of the file. */
export async function readFeed(path: string): Promise<FeedRow[]> {
  const raw = createReadStream(path);
  const text = path.endsWith(".gz") ? raw.pipe(createGunzip()) : raw;
  const rows: FeedRow[] = [];
  for await (const row of text.pipe(parse({ columns: true }))) rows.push(FeedRow.parse(row));
  return rows;
}
