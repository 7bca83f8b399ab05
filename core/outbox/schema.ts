import { z } from "zod";
import { Answer } from "../answers/schema.ts";

/**
 * asked: the answer to something a person did. report: unasked, keeps quiet hours and mutes. urgent:
 * unasked, breaks through both (request cards, caps reached, findings above the floor).
 */
export const Urgency = z.enum(["asked", "report", "urgent"]);
export type Urgency = z.infer<typeof Urgency>;

/** thread and update are follow-ups of the first message of their threadKey; without one they post. */
export const Placement = z.enum(["post", "thread", "update"]);
export type Placement = z.infer<typeof Placement>;

/** A message owed to people, as the one who decides it writes it. */
export const NewMessage = z
  .strictObject({
    orgId: z.int(),
    /** Names the fact that is told ("budget:12:2026-11:80"): one message per key, for ever. */
    dedupeKey: z.string().min(1).max(200),
    /** Which port delivers it: "slack", "teams", "email". */
    surface: z.string().min(1).max(32),
    /** Where on that surface, as its port understands it: a channel, or "person:12". */
    destination: z.string().min(1).max(500),
    /** What it is about, for muting: "weekly_showback", "key_request". */
    kind: z.string().regex(/^[a-z0-9_]{1,64}$/),
    urgency: Urgency,
    body: Answer,
    placement: Placement.default("post"),
    /** What belongs together at one destination ("finding:81"). */
    threadKey: z.string().min(1).max(200).optional(),
    notBefore: z.date().optional(),
  })
  .refine((message) => message.placement === "post" || message.threadKey !== undefined, {
    message: "a follow-up names the threadKey that it follows",
    path: ["threadKey"],
  });
export type NewMessage = z.infer<typeof NewMessage>;
export type NewMessageInput = z.input<typeof NewMessage>;

export const MessageState = z.enum([
  "queued",
  "sending",
  "sent",
  "parked",
  "muted",
  "superseded",
  "discarded",
]);
export type MessageState = z.infer<typeof MessageState>;
