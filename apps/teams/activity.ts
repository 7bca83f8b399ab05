import { z } from "zod";
import type { ConversationKind } from "./schema.ts";

const Id = z.string().min(1).max(1024);
const Account = z.object({
  id: Id,
  aadObjectId: Id.optional(),
  role: z.string().max(64).optional(),
});

const Fields = z.object({
  type: z.string().max(64),
  id: Id.optional(),
  name: z.string().max(128).optional(),
  action: z.string().max(64).optional(),
  channelId: z.string().max(64),
  serviceUrl: z.url().max(1024),
  from: Account,
  /** `isTargeted`: a slash command or message that only its sender and the bot see. */
  recipient: Account.extend({ isTargeted: z.boolean().optional() }),
  conversation: z.object({
    id: Id,
    conversationType: z.string().max(64).optional(),
    tenantId: Id.optional(),
    isGroup: z.boolean().optional(),
  }),
  channelData: z
    .object({
      tenant: z.object({ id: Id }).optional(),
      team: z.object({ id: Id }).optional(),
      channel: z.object({ id: Id }).optional(),
      eventType: z.string().max(64).optional(),
    })
    .optional(),
  text: z.string().max(100_000).optional(),
  entities: z
    .array(
      z.object({
        type: z.string().max(64).optional(),
        mentioned: z.object({ id: Id }).optional(),
        text: z.string().max(1024).optional(),
      }),
    )
    .max(200)
    // A mention of another make is no reason to leave a question unanswered.
    .catch([])
    .optional(),
  membersAdded: z.array(Account).optional(),
  membersRemoved: z.array(Account).optional(),
  replyToId: Id.optional(),
  value: z.unknown().optional(),
});

/**
 * What the bot reads of an activity of the Bot Framework; everything else is dropped here. Senders
 * write null for what is not there; in `value`, which is the card's own, it is left alone.
 */
export const Activity = z.preprocess(withoutNulls, Fields);
export type Activity = z.infer<typeof Activity>;

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const kept = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(
    kept.map(([name, field]) => [name, name === "value" ? field : withoutNulls(field)]),
  );
}

export function conversationKind(activity: Activity): ConversationKind {
  const { conversationType, isGroup } = activity.conversation;
  if (conversationType === "channel") return "channel";
  if (conversationType === "groupChat" || isGroup === true) return "group";
  return "personal";
}

/** The tenant the conversation is in; undefined where there is none or two that disagree. */
export function tenantOf(activity: Activity): string | undefined {
  const said = [activity.conversation.tenantId, activity.channelData?.tenant?.id]
    .filter((id) => id !== undefined)
    .map((id) => id.toLowerCase());
  return new Set(said).size === 1 ? said[0] : undefined;
}

/** A channel's conversation without its thread: "19:x@thread.tacv2;messageid=17" is one channel. */
export function withoutThread(conversationId: string): string {
  return conversationId.split(";")[0] ?? conversationId;
}

/** The question without the mention of the bot, and as typed: Teams sends "&amp;" for "&". */
export function questionText(activity: Activity): string {
  let text = activity.text ?? "";
  for (const entity of activity.entities ?? []) {
    const isBot = entity.type === "mention" && entity.mentioned?.id === activity.recipient.id;
    if (isBot && entity.text !== undefined && entity.text !== "") {
      text = text.replaceAll(entity.text, " ");
    }
  }
  text = text.replace(/<\/?at[^>]{0,80}>/gi, "").replace(/<br\s*\/?>/gi, " ");
  return decoded(text).trim().replace(/^\//, "");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&nbsp;": " ",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

function decoded(text: string): string {
  return text.replace(/&(?:nbsp|lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
