import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { DEFAULT_THRESHOLDS } from "#core/anomalies/thresholds.ts";
import { readFeed } from "./feed.ts";
import { type ListPrice, replay } from "./replay.ts";

const USAGE = `npm run eval:anomalies -- --in hourly.csv[.gz] --out alerts.jsonl [--prices FILE]

Replays an hourly feed through the product's own detector and writes one alert a line; score the
result with score_anomaly.py. List prices come from --prices, else from the catalogue.
`;

const Price = z.object({ input: z.number(), output: z.number() });
const Prices = z.object({ prices_usd_per_mtok: z.record(z.string(), Price) });

function listPriceOf(path: string): ListPrice {
  const prices = Prices.parse(JSON.parse(readFileSync(path, "utf8"))).prices_usd_per_mtok;
  return (row) => {
    const price = prices[row.model];
    if (price === undefined) return undefined;
    return (row.input_tokens * price.input + row.output_tokens * price.output) / 1e6;
  };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      in: { type: "string" },
      out: { type: "string" },
      prices: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help || values.in === undefined || values.out === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const rows = await readFeed(values.in);
  const alerts = replay(rows, listPriceOf(values.prices ?? ""), DEFAULT_THRESHOLDS);
  writeFileSync(values.out, alerts.map((alert) => `${JSON.stringify(alert)}\n`).join(""));
  process.stderr.write(`${rows.length} rows, ${alerts.length} alerts\n`);
  return 0;
}

process.exitCode = await main();
