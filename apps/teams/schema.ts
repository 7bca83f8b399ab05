import { z } from "zod";

export const ConversationKind = z.enum(["personal", "group", "channel"]);
export type ConversationKind = z.infer<typeof ConversationKind>;

/** A conversation the bot is in, and all that is needed to write there unasked. */
export const Conversation = z.object({
  orgId: z.number(),
  conversationId: z.string(),
  kind: ConversationKind,
  tenantId: z.string(),
  serviceUrl: z.string(),
  botId: z.string(),
  teamId: z.string().nullable(),
  /** Of a personal chat: the account's opaque id in the directory. */
  aadObjectId: z.string().nullable(),
});
export type Conversation = z.infer<typeof Conversation>;
