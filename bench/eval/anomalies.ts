import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { DEFAULT_THRESHOLDS } from "#core/anomalies/thresholds.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { type FeedRow, readFeed } from "./feed.ts";
import { Labels, measurePushes } from "./pushes.ts";
import { type ListPrice, type ReplayedAlert, replay } from "./replay.ts";

const USAGE = `npm run eval:anomalies -- --in hourly.csv[.gz] --out alerts.jsonl [--prices FILE]
                          [--labels labels.json] [--month 110000]

Replays an hourly feed through the product's own detector and writes one alert a line; score the
result with score_anomaly.py. List prices come from --prices, else from the catalogue. With --labels
it also says what people would be pushed, and how much in vain, at so many dollars a month.
`;

const Price = z.object({ input: z.number(), output: z.number() });
const Prices = z.object({ prices_usd_per_mtok: z.record(z.string(), Price) });

function pricesOf(path: string): ListPrice {
  const prices = Prices.parse(JSON.parse(readFileSync(path, "utf8"))).prices_usd_per_mtok;
  return (row) => {
    const price = prices[row.model];
    if (price === undefined) return undefined;
    return (row.input_tokens * price.input + row.output_tokens * price.output) / 1e6;
  };
}

/** A feed names no provider: the maker of the model is asked, as behind a gateway. */
function cataloguePrices(): ListPrice {
  const book = buildPriceBook(loadCatalogue());
  return (row) => {
    const priced = priceUsage(book, {
      provider: "litellm",
      model: row.model,
      at: new Date(row.hour),
      serviceTier: "standard",
      tokens: { input: Math.round(row.input_tokens), output: Math.round(row.output_tokens) },
      requestCount: Math.max(2, Math.round(row.requests)),
    });
    return priced.state === "priced" ? Number(priced.listCost) / 1e9 : undefined;
  };
}

function sayPushes(
  alerts: readonly ReplayedAlert[],
  rows: readonly FeedRow[],
  path: string,
  monthUsd: number,
): void {
  const labels = Labels.parse(JSON.parse(readFileSync(path, "utf8")));
  const hours = rows.map(({ hour }) => hour).sort((a, b) => a - b);
  const feed = {
    totalUsd: rows.reduce((sum, row) => sum + row.cost_usd, 0),
    days: new Set(hours.map((hour) => Math.floor(hour / 86_400_000))).size,
    teams: [...new Set(rows.map(({ team }) => team))],
  };
  for (const budgets of [false, true]) {
    const report = measurePushes(alerts, labels, feed, { monthUsd, budgets });
    process.stdout.write(
      `$${monthUsd} a month, ${budgets ? "a budget of 115% for each team" : "no budgets"}: ` +
        `${report.pushes} pushes; ${report.onEvents} on labelled events, ` +
        `${report.onBursts} on the data's own bursts, ${report.nowhere} false; ` +
        `${report.perChannelMonth.toFixed(2)} false per channel and month (bar: at most 1), ` +
        `${report.withBursts.toFixed(2)} were the bursts false; ` +
        `${report.mostInOneChannel} in the worst channel\n`,
    );
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      in: { type: "string" },
      out: { type: "string" },
      prices: { type: "string" },
      labels: { type: "string" },
      month: { type: "string", default: "110000" },
      help: { type: "boolean" },
    },
  });
  const monthUsd = Number(values.month);
  if (values.help || values.in === undefined || values.out === undefined || !(monthUsd > 0)) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  const rows = await readFeed(values.in);
  if (rows.length === 0) throw new Error(`${values.in} has no rows`);
  const listPrice = values.prices === undefined ? cataloguePrices() : pricesOf(values.prices);
  const alerts = replay(rows, listPrice, DEFAULT_THRESHOLDS);
  const news = alerts.filter(({ isNews }) => isNews);
  const lines = news.map(({ series, at, kind }) => `${JSON.stringify({ series, at, kind })}\n`);
  writeFileSync(values.out, lines.join(""));
  const unlisted = new Set(
    rows.filter((row) => listPrice(row) === undefined).map((row) => row.model),
  );
  process.stderr.write(`${rows.length} rows, ${news.length} alerts\n`);
  if (unlisted.size > 0) {
    process.stderr.write(`no list price for ${[...unlisted].join(", ")}: no price or mix alerts\n`);
  }
  if (values.labels !== undefined) sayPushes(alerts, rows, values.labels, monthUsd);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
