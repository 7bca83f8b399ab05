import { findModel } from "#core/pricing/find-model.ts";
import { type FoundPrice, findPrice } from "#core/pricing/find-price.ts";
import type { PriceBook } from "#core/pricing/price-book.ts";
import type { Catalogue } from "#core/pricing/schema.ts";
import type { RateChange } from "../schema.ts";
import { modelIdentity } from "./models/model-symbol.ts";
import { folded } from "./words.ts";

const symbols = new WeakMap<Catalogue, ReadonlyMap<string, string>>();

/** Names of the catalogue without their punctuation, by which `GPT_4O_MINI` is found. */
function symbolsOf({ catalogue }: PriceBook): ReadonlyMap<string, string> {
  const known = symbols.get(catalogue);
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  for (const { models } of catalogue.providers) {
    for (const { names } of models) {
      for (const name of names) if (!made.has(folded(name))) made.set(folded(name), name);
    }
  }
  symbols.set(catalogue, made);
  return made;
}

/** The id behind a symbolic member; the value itself where it is an id already. */
export function modelNamed(book: PriceBook, value: string): string {
  if (/[-/:]/.test(value)) return value;
  return symbolsOf(book).get(modelIdentity(value)) ?? value;
}

/** List prices of a model before and after, on one day. Another model's price is never taken. */
function rateChange(
  book: PriceBook,
  from: string | undefined,
  to: string | undefined,
  at: Date,
): RateChange {
  const before = from === undefined ? undefined : modelNamed(book, from);
  const after = to === undefined ? undefined : modelNamed(book, to);
  const old = before === undefined ? undefined : findPrice(book, undefined, before, at);
  const next = after === undefined ? undefined : findPrice(book, undefined, after, at);
  const missing = [next, old].find((price) => price?.state === "unpriced");
  const lines = rateLines(old, next);
  if (missing?.state === "unpriced") {
    const alias = /^(?:opus|sonnet|haiku|inherit|opusplan)$/.test(after ?? before ?? "");
    const reason = alias ? "an alias: which model it means is up to the tool" : missing.reason;
    return { state: "unpriced", note: `unpriced: ${reason}`, lines };
  }
  if (before !== undefined && after !== undefined && isSameModel(book, before, after)) {
    const equal = lines.every((line) => line.from === line.to);
    return equal
      ? { state: "same", note: "same model, same price", lines: [] }
      : { state: "priced", note: "same model, another price there", lines };
  }
  const source = next ?? old;
  return { state: "priced", note: source?.state === "found" ? source.provenance : "", lines };
}

/** The same, each pair of names once: a file may name one model in ten thousand places. */
export function rateChanges(book: PriceBook, at: Date): typeof between {
  const known = new Map<string, RateChange>();
  function between(from: string | undefined, to: string | undefined): RateChange {
    const key = JSON.stringify([from, to]);
    const change = known.get(key) ?? rateChange(book, from, to, at);
    known.set(key, change);
    return change;
  }
  return between;
}

/**
 * One model under two names: a new routing prefix, an undated name for the dated one it stands
 * for.
 */
export function isSameModel(book: PriceBook, before: string, after: string): boolean {
  const bare = (name: string): string =>
    folded(
      name
        .toLowerCase()
        .replace(/^.*\//, "")
        .replace(/^(?:(?:us|eu|apac|jp|au|global)\.)?anthropic\./, ""),
    );
  if (bare(before) === bare(after)) return true;
  const old = findModel(book.index, undefined, before);
  const next = findModel(book.index, undefined, after);
  return old.state === "found" && next.state === "found" && old.model === next.model;
}

function rateLines(old: FoundPrice | undefined, next: FoundPrice | undefined): RateChange["lines"] {
  const before = pricesOf(old);
  const after = pricesOf(next);
  const classes = [...new Set([...before.keys(), ...after.keys()])];
  return classes.map((tokenClass) => {
    const from = before.get(tokenClass) ?? null;
    const to = after.get(tokenClass) ?? null;
    return { tokenClass, from, to, percent: percentOf(from, to) };
  });
}

/** The lowest context tier and the usual hours: what most calls pay. */
function pricesOf(price: FoundPrice | undefined): Map<string, string> {
  const prices = new Map<string, string>();
  if (price?.state !== "found") return prices;
  for (const { unit, price: text, above, hours } of price.lines) {
    if (above === undefined && hours === undefined) prices.set(unit, text);
  }
  return prices;
}

/** For display: money stays decimal text. One digit behind the point. */
function percentOf(from: string | null, to: string | null): number | null {
  if (from === null || to === null || Number(from) === 0) return null;
  return Math.round((Number(to) / Number(from) - 1) * 1000) / 10;
}
