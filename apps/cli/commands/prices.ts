import type { Command } from "commander";
import { AispendError } from "#core/errors.ts";
import { loadPriceTerms } from "#core/org/price-terms.ts";
import { findPrice, type PriceCard } from "#core/pricing/find-price.ts";
import { buildPriceBook, loadCatalogue, type PriceBook } from "#core/pricing/price-book.ts";
import type { PriceLine } from "#core/pricing/price-lines.ts";
import { parseDay } from "#core/time.ts";
import type { CommandLine, Outcome } from "../command-line.ts";
import { withDatabase } from "../database.ts";
import { type CommonOptions, JSON_OPTION, ORG_OPTION } from "../options.ts";
import { organizationOf } from "../organization.ts";
import { report } from "../report.ts";
import { type CheckOptions, checkPrices } from "./check-prices.ts";

interface ShowOptions extends CommonOptions {
  at?: string;
  provider?: string;
}

export function addPrices(program: Command, line: CommandLine): void {
  const prices = program.command("prices").description("look into the price book");
  prices
    .command("check")
    .description("compare published lists with the catalogue; flags what differs by more than 1%")
    .option("--litellm <file>", "LiteLLM's model_prices_and_context_window.json: a file or https")
    .option("--models-dev <file>", "models.dev's api.json: a file or https")
    .option("--dry-run", "compare, and keep nothing beside the prices")
    .option(...ORG_OPTION)
    .option(...JSON_OPTION)
    .action((options: CheckOptions) =>
      report(line, options.json === true, () => checkPrices(line, options)),
    );
  prices
    .command("show")
    .description("the price of a model, with its tiers and earlier prices")
    .argument("<model>", "as usage names it: gpt-4o, anthropic/claude-sonnet-4-5")
    .option("--at <day>", "the price of this day, YYYY-MM-DD; today unless given")
    .option("--provider <name>", "who serves it, where several do")
    .option("--org <key>", "with this organisation's own prices and discounts; else list prices")
    .option(...JSON_OPTION)
    .action((model: string, options: ShowOptions) =>
      report(line, options.json === true, () => show(line, model, options)),
    );
}

async function show(line: CommandLine, model: string, options: ShowOptions): Promise<Outcome> {
  const at =
    options.at === undefined ? line.clock() : new Date(`${parseDay(options.at)}T12:00:00Z`);
  const book = await bookOf(line, options.org);
  const slash = model.indexOf("/");
  const known = new Set(book.catalogue.providers.map(({ id }) => id));
  const named = known.has(model.slice(0, Math.max(0, slash))) ? model.slice(0, slash) : undefined;
  const provider = options.provider ?? named;
  const price = findPrice(book, provider, named === undefined ? model : model.slice(slash + 1), at);
  if (price.state === "unpriced") {
    throw new AispendError("price_unknown", `${model} is unpriced: ${price.reason}`, {
      kind: "not_found",
      help:
        price.near.length === 0
          ? "Add an own price to aispend.yaml, under prices."
          : `Near names: ${price.near.join(", ")}.`,
    });
  }
  return { text: said(price, at), json: price };
}

/** List prices need no database. */
async function bookOf(line: CommandLine, org: string | undefined): Promise<PriceBook> {
  if (org === undefined) return buildPriceBook(loadCatalogue());
  return withDatabase(line, async ({ pool }) => {
    const { orgId } = await organizationOf(line, pool, org);
    return buildPriceBook(loadCatalogue(), await loadPriceTerms(pool, orgId));
  });
}

function said(price: PriceCard, at: Date): string {
  const name = price.provider === undefined ? price.model : `${price.provider}/${price.model}`;
  const lines = (all: readonly PriceLine[], indent = "  ") =>
    all.map((one) => `${indent}${priceLine(one)}`);
  const tiers = price.tiers.flatMap((tier) =>
    tier.state === "priced" ? [`${tier.tier}:`, ...lines(tier.lines)] : [],
  );
  const history =
    price.history.length < 2
      ? []
      : price.history.flatMap(({ from, until, lines: all }) => [
          `${from?.slice(0, 10) ?? "the beginning"} to ${until?.slice(0, 10) ?? "today"}:`,
          ...lines(all, "    "),
        ]);
  return [
    `${name} on ${at.toISOString().slice(0, 10)}${price.own ? " (own price)" : ""}`,
    ...lines(price.lines),
    ...tiers,
    ...(history.length === 0 ? [] : ["Over time:", ...history.map((text) => `  ${text}`)]),
    `Source: ${price.provenance}`,
  ].join("\n");
}

const UNIT_SAID: Readonly<Record<PriceLine["unit"], string>> = {
  input: "input",
  cacheRead: "cache read",
  cacheWrite5m: "cache write",
  cacheWrite1h: "cache write, 1 h",
  output: "output",
  reasoning: "reasoning",
  requests: "requests",
};

function priceLine({ unit, price, above, hours }: PriceLine): string {
  const per = unit === "requests" ? "per thousand" : "per million tokens";
  const where = [
    above === undefined ? undefined : `for requests over ${above} input tokens`,
    hours === undefined ? undefined : `at ${hours} UTC`,
  ].filter((one) => one !== undefined);
  return [`${UNIT_SAID[unit].padEnd(16)} $${price} ${per}`, ...where].join(", ");
}
