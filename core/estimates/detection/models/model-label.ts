import type { Entry } from "../reading/entry.ts";
import { folded } from "../words.ts";
import { MANY_LABELLED, type Offer } from "./listed-entry.ts";
import { isModelId } from "./model-family.ts";

/** `("GPT-4o (new)", "gpt-4o")`: what a model is called for people stands before its id. */
export function isLabelOf(entry: Entry | undefined, next: Entry | undefined): boolean {
  if (entry === undefined) return false;
  const { value, frame, position, path } = entry;
  if (value.kind !== "text" || next?.value.kind !== "text" || next.frame !== frame) return false;
  const own = path.at(-1)?.kind !== "key" || frame.block !== true;
  if (next.position !== position + 1 || !own) return false;
  const id = next.value.text;
  // `AddChoice("gpt-4o", "gpt-4o")`
  if (value.text === id && path.at(-1)?.kind === "call") return true;
  // `"mistralai/Mixtral-8x22B"` is an id itself.
  if (/^[^/\s]+\/\S+$/.test(value.text)) return false;
  const same = folded(value.text) === folded(id) && value.text !== id;
  return /[A-Z\s]/.test(value.text) && !/[A-Z]/.test(id) && (same || isModelId(id));
}

/** Of those that have a label, a few are offered already. */
export function offeredAs(offer: Offer | undefined): Offer | undefined {
  return offer === undefined
    ? undefined
    : { ...offer, least: Math.min(offer.least, MANY_LABELLED) };
}
