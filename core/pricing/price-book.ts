import data from "./catalogue/genai-prices.json" with { type: "json" };
import { type CatalogueIndex, indexCatalogue } from "./find-model.ts";
import { NO_TERMS, type OwnTerms } from "./own-terms.ts";
import { Catalogue } from "./schema.ts";
import { compileTimeline, type Interval, type Subject } from "./timeline.ts";

/** Prices of one organisation: the catalogue and its own terms, and what was compiled of them. */
export interface PriceBook {
  readonly catalogue: Catalogue;
  readonly terms: OwnTerms;
  readonly index: CatalogueIndex;
  /** Timelines by provider, model, and tier with region, made when first asked for. */
  readonly compiled: Map<string, Map<string, Map<string, readonly Interval[]>>>;
  /** How many timelines are kept; names come from outside, so there is a limit. */
  readonly size: { timelines: number };
}

let loaded: Catalogue | undefined;

/** The generated catalogue (catalogue/build-catalogue.ts), read once. */
export function loadCatalogue(): Catalogue {
  loaded ??= Catalogue.parse(data);
  return loaded;
}

const indexes = new WeakMap<Catalogue, CatalogueIndex>();

function indexOf(catalogue: Catalogue): CatalogueIndex {
  let index = indexes.get(catalogue);
  if (index === undefined) {
    index = indexCatalogue(catalogue);
    indexes.set(catalogue, index);
  }
  return index;
}

/** Never throws: terms that contradict each other are found when their file is read (termProblems). */
export function buildPriceBook(catalogue: Catalogue, own: Partial<OwnTerms> = {}): PriceBook {
  return {
    catalogue,
    terms: { ...NO_TERMS, ...own },
    index: indexOf(catalogue),
    compiled: new Map(),
    size: { timelines: 0 },
  };
}

/** "genai-prices 0.1.8 (2026-09-23)", as provenance says it. */
function catalogueLabel({ source, version, date }: Catalogue): string {
  return `${source} ${version} (${date})`;
}

const MAX_TIMELINES = 20_000;

/** The price of a model over time, compiled once. */
export function timelineOf(book: PriceBook, subject: Subject): readonly Interval[] {
  const { provider = "", model, tier, region } = subject;
  const variant = region === undefined ? tier : `${tier} ${region}`;
  const known = book.compiled.get(provider)?.get(model)?.get(variant);
  if (known !== undefined) return known;
  if (book.size.timelines >= MAX_TIMELINES) {
    book.compiled.clear();
    book.size.timelines = 0;
  }
  const source = { index: book.index, label: catalogueLabel(book.catalogue), terms: book.terms };
  const timeline = compileTimeline(source, subject);
  const models = book.compiled.get(provider) ?? new Map();
  const variants = models.get(model) ?? new Map();
  book.compiled.set(provider, models.set(model, variants.set(variant, timeline)));
  book.size.timelines += 1;
  return timeline;
}

export function intervalAt(timeline: readonly Interval[], atMs: number): Interval | undefined {
  for (let position = timeline.length - 1; position >= 0; position -= 1) {
    const interval = timeline[position];
    if (interval !== undefined && interval.from <= atMs) return interval;
  }
  return undefined;
}
