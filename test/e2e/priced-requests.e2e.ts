import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { z } from "zod";
import { usdDecimal } from "#core/money.ts";
import { priceUsage } from "#core/pricing/cost.ts";
import { ownPricesFrom } from "#core/pricing/own-terms.ts";
import { buildPriceBook, loadCatalogue } from "#core/pricing/price-book.ts";
import { PriceFile } from "#core/pricing/schema.ts";

const FOLDER = new URL("../../../shared/data/ledger/", import.meta.url);
const Truth = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ requests: z.number(), cost_usd: z.string() })),
);

function read(name: string): Buffer {
  return readFileSync(new URL(name, FOLDER));
}

// The folder is not part of the repository; without it there is nothing to compare with.
it.skipIf(!existsSync(FOLDER))(
  "prices every request of the shared traffic to the last digit",
  () => {
    const file = PriceFile.parse(JSON.parse(read("prices.json").toString()));
    const book = buildPriceBook(loadCatalogue(), { prices: ownPricesFrom(file) });
    const truth = Truth.parse(JSON.parse(read("truth_totals.json").toString()));
    for (const set of ["requests_servegen", "requests_raw_traces"]) {
      const [head = "", ...rows] = gunzipSync(read(`${set}.csv.gz`))
        .toString()
        .trim()
        .split("\n");
      const column = (name: string): number => head.split(",").indexOf(name);
      const [ts, provider, model] = ["ts", "provider", "model"].map(column);
      const counts = ["input_tokens", "cached_input_tokens", "output_tokens"].map(column);
      const totals = new Map<string, { requests: number; cost: bigint }>();
      for (const row of rows) {
        const cells = row.split(",");
        const [input, cacheRead, output] = counts.map((index) => Number(cells[index]));
        const name = cells[model ?? -1] ?? "";
        const priced = priceUsage(book, {
          provider: cells[provider ?? -1] ?? "",
          model: name,
          at: new Date(cells[ts ?? -1] ?? ""),
          serviceTier: "standard",
          tokens: { input, cacheRead, output },
          requestCount: 1,
        });
        if (priced.state === "unpriced") throw new Error(`${row}: ${priced.reason}`);
        const total = totals.get(name) ?? { requests: 0, cost: 0n };
        totals.set(name, { requests: total.requests + 1, cost: total.cost + priced.cost });
      }
      const expected = Object.entries(truth[set] ?? {}).filter(([key]) => key.startsWith("model|"));
      expect(expected.length).toBeGreaterThan(0);
      for (const [key, { requests, cost_usd }] of expected) {
        const total = totals.get(key.slice("model|".length));
        expect([key, total?.requests]).toEqual([key, requests]);
        expect([key, usdDecimal(total?.cost ?? 0n)]).toEqual([key, cost_usd.replace(/\.?0+$/, "")]);
      }
    }
  },
);
