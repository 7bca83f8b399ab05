import type {
  ConditionalPrice,
  MatchLogic,
  ModelInfo,
  ModelPrice,
  Provider,
} from "@pydantic/genai-prices";
import { invariant } from "#core/errors.ts";
import type {
  Catalogue,
  CatalogueModel,
  CataloguePeriod,
  CataloguePrice,
  CatalogueRates,
} from "#core/pricing/schema.ts";
import { ADDITIONS, CORRECTIONS, FALLBACKS, isBorrowed } from "./corrections.ts";

const UNITS = new Map<string, Exclude<keyof CatalogueRates, "uncounted">>([
  ["input_mtok", "input"],
  ["cache_read_mtok", "cacheRead"],
  ["cache_write_mtok", "cacheWrite5m"],
  ["cache_write_5m_mtok", "cacheWrite5m"],
  ["cache_write_1h_mtok", "cacheWrite1h"],
  ["output_mtok", "output"],
  ["output_reasoning_mtok", "reasoning"],
  ["requests_kcount", "requests"],
]);

function toPrice(value: ModelPrice[string]): CataloguePrice {
  invariant(value !== undefined, "a price without a value");
  if (typeof value === "number") return String(value);
  const tiers = value.tiers.map(({ start, price }) => ({ above: start, price: String(price) }));
  return { base: String(value.base), tiers: tiers.sort((a, b) => a.above - b.above) };
}

function toRates(prices: ModelPrice): CatalogueRates {
  const rates: CatalogueRates = {};
  const uncounted: Record<string, CataloguePrice> = {};
  for (const [unit, value] of Object.entries(prices)) {
    const known = UNITS.get(unit);
    if (known === undefined) uncounted[unit] = toPrice(value);
    else rates[known] = toPrice(value);
  }
  return Object.keys(uncounted).length === 0 ? rates : { ...rates, uncounted };
}

const NOTHING: CatalogueRates = { input: "0", output: "0" };

/** `{}` means free of charge for some models and "not known" for others; only the first is a price. */
function isFree(model: ModelInfo): boolean {
  const said = /free of charge|Included in the subscription/i.test(model.price_comments ?? "");
  return said || model.id.endsWith(":free") || /^(?:moderation|gemma-3n?)$/.test(model.id);
}

/** The list's last match wins, so hours that follow a date belong to the prices of that date. */
function toPeriods(model: ModelInfo): CataloguePeriod[] {
  const prices: ConditionalPrice[] = Array.isArray(model.prices)
    ? model.prices
    : [{ prices: model.prices }];
  const periods: CataloguePeriod[] = [];
  for (const { constraint, prices: given } of prices) {
    const empty = Object.keys(given).length === 0;
    if (empty && !isFree(model)) continue;
    const rates = empty ? NOTHING : toRates(given);
    const last = periods.at(-1);
    if (constraint?.type === "time_of_date") {
      invariant(last !== undefined, `${model.id} begins with a time of day`);
      const clock = /^(\d\d:\d\d):00Z$/;
      const [start, end] = [constraint.start_time, constraint.end_time].map((text) => {
        const time = clock.exec(text)?.[1];
        invariant(time !== undefined, `${model.id} has a time that is not UTC: ${text}`);
        return time;
      });
      last.windows ??= [];
      last.windows.push({ start: start ?? "", end: end ?? "", weekdaysOnly: false, rates });
      continue;
    }
    const from = constraint === undefined ? undefined : `${constraint.start_date}T00:00:00Z`;
    if (last !== undefined && from !== undefined) last.until = from;
    periods.push({ ...(from === undefined ? {} : { from }), rates });
  }
  return periods;
}

interface Names {
  names: string[];
  stems: string[];
  patterns: string[];
}

/** A stem that ends inside a version gives that part back: "gpt-5-nano-", "claude-sonnet-4-2025". */
function cleanStem(stem: string): string {
  return stem
    .toLowerCase()
    .replace(/(?:[-@]20\d\d-?|-0)$/, (tail) =>
      /-0$/.test(tail) && !stem.startsWith("gemini") ? tail : "",
    )
    .replace(/[-@]$/, "");
}

function collect(match: MatchLogic, into: Names): void {
  if ("or" in match) for (const each of match.or) collect(each, into);
  // Only "starts with X and is not text to speech": a version after X cannot be "-tts".
  else if ("and" in match) for (const each of match.and) "regex" in each || collect(each, into);
  else if ("equals" in match) into.names.push(match.equals.toLowerCase());
  else if ("regex" in match) into.patterns.push(match.regex);
  else if ("starts_with" in match) into.stems.push(cleanStem(match.starts_with));
  else if ("ends_with" in match) into.stems.push(cleanStem(match.ends_with));
  else into.stems.push(cleanStem(match.contains));
}

const unique = (values: string[]): string[] => [...new Set(values)];

/** Text tokens and others at another price, in one count that the usage does not split. */
function mixedTokens(model: ModelInfo): string | undefined {
  const units = (Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }]).flatMap(
    ({ prices }) => Object.keys(prices),
  );
  const made = units.find((unit) => /^output_(?:audio|image|video)_mtok$/.test(unit));
  if (made !== undefined) return `text and ${made.split("_")[1]}`;
  if (/(?:^|-)(?:audio|realtime|transcribe)(?:-|$)/.test(model.id)) return "text and audio";
  return units.includes("input_image_mtok") && model.id.includes("image")
    ? "text and image"
    : undefined;
}

function toModel(model: ModelInfo): CatalogueModel {
  const found: Names = { names: [], stems: [], patterns: [] };
  collect(model.match, found);
  const id = model.id.toLowerCase();
  // A fine-tuned model has no price but its own: gpt-4 must not lend it one.
  const stems = found.stems.filter((stem) => stem.startsWith("ft:") === id.startsWith("ft:"));
  if (stems.some((stem) => id.startsWith(stem))) stems.push(id);
  const mixed = mixedTokens(model);
  return {
    id: model.id,
    names: unique([id, ...found.names]),
    ...(stems.length === 0 ? {} : { stems: unique(stems) }),
    ...(found.patterns.length === 0 ? {} : { patterns: found.patterns }),
    ...(mixed === undefined ? {} : { mixedTokens: mixed }),
    periods: toPeriods(model),
  };
}

function corrected(provider: string, models: CatalogueModel[]): CatalogueModel[] {
  let all = models;
  for (const { provider: of, model, correct } of CORRECTIONS) {
    if (of !== provider) continue;
    const applies = (each: CatalogueModel): boolean =>
      typeof model === "string" ? each.id === model : model(each);
    invariant(all.some(applies), `nothing to correct for ${provider} ${String(model)}`);
    all = all.map((each) => (applies(each) ? correct(each) : each));
  }
  return [...all, ...ADDITIONS.filter(({ provider: of }) => of === provider).map((a) => a.model)];
}

/** The first model that claims a name keeps it, as in the catalogue; an id yields to another's alias. */
function withoutTakenNames(models: CatalogueModel[]): CatalogueModel[] {
  const aliases = new Map<string, string>();
  for (const { id, names } of models) {
    for (const name of names.slice(1)) if (!aliases.has(name)) aliases.set(name, id);
  }
  return models.map((model) => ({
    ...model,
    names: model.names.filter((name) => (aliases.get(name) ?? model.id) === model.id),
  }));
}

function toProvider(provider: Provider): Catalogue["providers"][number] {
  const own = provider.models.filter(({ price_comments }) => !isBorrowed(price_comments));
  const models = withoutTakenNames(corrected(provider.id, own.map(toModel)));
  const fallback = FALLBACKS[provider.id] ?? provider.fallback_model_providers ?? [];
  return {
    id: provider.id,
    name: provider.name,
    ...(fallback.length === 0 ? {} : { fallback: [...fallback] }),
    models,
  };
}

/** The file: one model a line, so that an update reads as a list of changes. */
export function catalogueText(catalogue: Catalogue): string {
  const { providers, ...head } = catalogue;
  const blocks = providers.map(({ models, ...provider }) => {
    const lines = models.map((model) => JSON.stringify(model)).join(",\n");
    return `${JSON.stringify(provider).slice(0, -1)},"models":[\n${lines}\n]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"providers":[\n${blocks.join(",\n")}\n]}\n`;
}

/** The providers of @pydantic/genai-prices as our catalogue. `date` is the day of that release. */
export function walkCatalogue(
  providers: readonly Provider[],
  version: string,
  date: string,
): Catalogue {
  return {
    source: "genai-prices",
    version,
    date,
    licence: "MIT, (c) Pydantic Services Inc., https://github.com/pydantic/genai-prices",
    providers: providers.map(toProvider),
  };
}
