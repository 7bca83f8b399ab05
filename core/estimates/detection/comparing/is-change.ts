import { type Fact, FRONT, isSymbol, sameFilled, UNSET } from "../fact.ts";
import { HOLE } from "../reading/scan-text.ts";
import { folded } from "../words.ts";
import type { Pair } from "./match.ts";
import { isOfOtherProvider } from "./model-kin.ts";

/** That something unset is now written as unset changes nothing. */
export function isChange({ from, to }: Pair): boolean {
  // What a proxy calls the model that it asks, and how large a default may be, is told with that.
  if ((from ?? to)?.beside === true && (from === undefined || to === undefined)) return false;
  const unset = (side: Fact | undefined): boolean =>
    side === undefined || side.meaning === UNSET || (side.kind === "prompt" && saysNothing(side));
  return !sameMeaning(from, to) && !(unset(from) && unset(to));
}

/** A file that is new or gone is told once, without what its front matter says of it. */
export function isPart({ from, to }: Pair): boolean {
  return (from ?? to)?.name === FRONT && (from === undefined || to === undefined);
}

const LABEL = /\b(?:system|user|assistant|human|ai|bot|context|question|answer|history)\s*:/i;

/** Nothing but what is filled in, with at most one word of whose it is. */
function saysNothing({ meaning }: Fact): boolean {
  if (meaning.length > 400) return false;
  const own = sameFilled(meaning).replaceAll(HOLE, "").replace(LABEL, "");
  return !/[\p{L}\p{N}]{2}/u.test(own);
}

/** Unknown parts before and behind a text: joined to it, or added in a call. */
const AROUND = /^[\s\uFFFC]+|[\s\uFFFC]+$/gu;
const JOINS = /\uFFFC|\{\d?\}|%[sdv]/;

/** A member and the id that it is called like are one model. */
function sameMeaning(from: Fact | undefined, to: Fact | undefined): boolean {
  if (from === undefined || to === undefined) return false;
  if (from.kind === "prompt") {
    // In a template, what is filled in around its text is written there by its name.
    const joins = JOINS.test(from.meaning) || JOINS.test(to.meaning);
    const bare = joins && from.cached !== true && to.cached !== true;
    const said = ({ meaning }: Fact): string =>
      bare ? sameFilled(meaning).replace(AROUND, "") : sameFilled(meaning);
    return said(from) === said(to);
  }
  if (isOfOtherProvider(from, to)) return false;
  if (from.meaning === to.meaning) return true;
  // What is written alike is one value, whatever is said around it in one of the versions.
  if (from.kind === "params" && from.value === to.value) return true;
  // `claude-sonnet-4.6` and `claude-sonnet-4-6` are two ids, of which one place knows one.
  const ids = !isSymbol(from.value) && !isSymbol(to.value);
  return from.kind === "model" && !ids && folded(from.meaning) === folded(to.meaning);
}
