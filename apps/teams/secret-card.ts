import type { ShownSecret } from "#core/answers/schema.ts";
import { type AdaptiveCard, cardText, textLine } from "./card.ts";

/** The one place where a secret is drawn: in the answer to an invoke, which is in nobody's history. */
export function withSecret(card: AdaptiveCard, { label, value }: ShownSecret): AdaptiveCard {
  const lines = [
    textLine(cardText(`Secret of ${label}, shown once:`, 200)),
    textLine(value, { weight: "Bolder" }),
  ];
  return { ...card, body: [...lines, ...card.body] };
}
