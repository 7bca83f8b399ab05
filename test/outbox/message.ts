import { Answer } from "#core/answers/schema.ts";
import type { OutboxMessage, OutboxPort } from "#core/outbox/port.ts";
import type { NewMessageInput } from "#core/outbox/schema.ts";

export function answer(sentence: string): Answer {
  return Answer.parse({ command: "test", title: "Test", sentence, audience: { kind: "room" } });
}

export function newMessage(
  orgId: number,
  dedupeKey: string,
  more: Partial<NewMessageInput> = {},
): NewMessageInput {
  return {
    orgId,
    dedupeKey,
    surface: "chat",
    destination: "C1",
    kind: "weekly_showback",
    urgency: "urgent",
    body: answer(dedupeKey),
    ...more,
  };
}

export interface Seen {
  orgId: number;
  key: string;
  destination: string;
  act: OutboxMessage["act"];
  under: string | undefined;
  sentence: string;
}

/** A chat of its own: what people would see there, in order, and how it is told to misbehave. */
export function chat(): OutboxPort & {
  seen: Seen[];
  fail: (error: unknown) => void;
  calls: number;
} {
  const seen: Seen[] = [];
  let next: unknown;
  const port = {
    seen,
    calls: 0,
    fail: (error: unknown) => {
      next = error;
    },
    deliver: (message: OutboxMessage) => {
      port.calls += 1;
      if (next !== undefined) {
        const error = next;
        next = undefined;
        return Promise.reject(error);
      }
      const { orgId, act, dedupeKey: key, destination, reference: under } = message;
      seen.push({ orgId, key, destination, act, under, sentence: message.body.sentence });
      return Promise.resolve({
        reference: act === "update" ? (under ?? "") : `ref-${seen.length}`,
      });
    },
  };
  return port;
}
