import { z } from "zod";
import { CARD_CONTENT_TYPE } from "#apps/teams/card.ts";
import type { Delivery } from "./connector-server.ts";

export const ReadCard = z.looseObject({
  type: z.literal("AdaptiveCard"),
  version: z.string(),
  body: z.array(z.unknown()),
  actions: z.array(
    z.looseObject({
      type: z.string(),
      title: z.string(),
      data: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});
export type ReadCard = z.infer<typeof ReadCard>;

/** The card of a message; fails when it has none. */
export function cardOf(delivery: Delivery | undefined): ReadCard {
  const card = delivery?.activity.attachments?.find(
    (attachment) => attachment.contentType === CARD_CONTENT_TYPE,
  );
  return ReadCard.parse(card?.content);
}

/** Every text a reader could see, in order. */
export function textsOf(card: unknown): string[] {
  if (Array.isArray(card)) return card.flatMap(textsOf);
  if (typeof card !== "object" || card === null) return [];
  const texts: string[] = [];
  for (const [name, value] of Object.entries(card)) {
    if (["text", "title", "label", "legend"].includes(name) && typeof value === "string") {
      texts.push(value);
    } else if (name !== "data" && name !== "fallback" && name !== "fallbackText") {
      texts.push(...textsOf(value));
    }
  }
  return texts;
}

/** What the button with this title carries; fails when there is no such button. */
export function dataOf(card: ReadCard, title: string): Record<string, unknown> {
  const data = card.actions.find((action) => action.title === title)?.data;
  if (data === undefined) {
    const titles = card.actions.map((action) => action.title).join(", ");
    throw new Error(`no button '${title}' among: ${titles}`);
  }
  return data;
}

const CardReply = z.object({
  statusCode: z.literal(200),
  type: z.literal(CARD_CONTENT_TYPE),
  value: ReadCard,
});
const SaidReply = z.object({
  statusCode: z.literal(200),
  type: z.literal("application/vnd.microsoft.activity.message"),
  value: z.string(),
});

/** The card with which a press was answered. */
export function replyCard(answer: { status: number; body: unknown }): ReadCard {
  return CardReply.parse(answer.body).value;
}

/** The line with which a press was answered. */
export function replySaid(answer: { status: number; body: unknown }): string {
  return SaidReply.parse(answer.body).value;
}
