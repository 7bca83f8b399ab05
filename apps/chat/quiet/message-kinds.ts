import { CHANNEL_KIND_SAID, CHANNEL_KINDS, type ChannelKind } from "#core/org/words.ts";
import type { Word } from "../grammar/words.ts";

/** A kind of message by the words that name it: the first is the one to write. */
export interface MessageKind<Kind extends string = string> {
  readonly kind: Kind;
  readonly said: string;
  readonly words: readonly string[];
}

const WORDS = {
  weekly_showback: ["weekly", "showback"],
  budget_alert: ["budgets", "budget"],
  anomaly: ["anomalies", "anomaly", "findings"],
  approval: ["approvals", "approval", "requests"],
  cap_alert: ["caps", "cap", "blocks"],
  key_review: ["keys", "key"],
  pull_request: ["pulls", "pull"],
  price_change: ["prices", "price"],
  weekly_inventory: ["inventory"],
} as const satisfies Record<ChannelKind, readonly string[]>;

/** What rooms get unasked: each may have a room of its own. */
export const ROOM_KINDS: readonly MessageKind<ChannelKind>[] = CHANNEL_KINDS.map((kind) => ({
  kind,
  said: CHANNEL_KIND_SAID[kind],
  words: WORDS[kind],
}));

/** What is urgent or was asked for is no report and cannot be muted. */
const URGENT: ReadonlySet<ChannelKind> = new Set(["anomaly", "approval", "cap_alert"]);

/** What can be muted, in a room and in private. */
export const REPORTS: readonly MessageKind[] = [
  ...ROOM_KINDS.filter(({ kind }) => !URGENT.has(kind)),
  { kind: "monthly_review", said: "monthly review", words: ["review", "reviews", "monthly"] },
  { kind: "review_reminder", said: "review reminders", words: ["reminders", "reminder"] },
];

/** The kind that the words name, by one of its words, in full, or as aispend.yaml writes it. */
export function namedKind<K extends MessageKind>(
  among: readonly K[],
  words: readonly Word[],
): K | undefined {
  const typed = words.map(({ lower }) => lower).join(" ");
  return among.find(
    ({ kind, said, words: names }) =>
      typed === said || typed === kind || names.some((name) => name === words[0]?.lower),
  );
}

/** "weekly, budgets, anomalies". */
export function kindWords(among: readonly MessageKind[]): string {
  return among.map(({ words }) => words[0]).join(", ");
}
