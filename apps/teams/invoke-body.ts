import { CARD_CONTENT_TYPE } from "./card.ts";
import type { PressReply } from "./on-card-press.ts";

const MESSAGE = "application/vnd.microsoft.activity.message";

/** The body of the answer to adaptiveCard/action, as Universal Actions want it. */
export function invokeBody(reply: PressReply): Record<string, unknown> {
  return "card" in reply
    ? { statusCode: 200, type: CARD_CONTENT_TYPE, value: reply.card }
    : { statusCode: 200, type: MESSAGE, value: reply.said };
}
