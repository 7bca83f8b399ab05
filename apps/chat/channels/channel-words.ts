import type { ChannelFor } from "#core/org/channel.ts";
import type { Day } from "#core/time.ts";
import type { Word } from "../grammar/words.ts";
import {
  kindWords,
  type MessageKind,
  namedKind,
  REPORTS,
  ROOM_KINDS,
} from "../quiet/message-kinds.ts";
import { Refusal } from "../refusal.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

const VERBS: ReadonlyMap<string, "here" | "off" | "list"> = new Map([
  ["here", "here"],
  ["off", "off"],
  ["remove", "off"],
  ["list", "list"],
]);

export interface ChannelWords {
  readonly verb: "show" | "here" | "off" | "list";
  /** Undefined: not named. */
  readonly scope: SpendWords | undefined;
  readonly kind: ChannelKindSaid;
}

/** What of a scope goes to a room: everything, or one kind of message. */
export interface ChannelKindSaid {
  readonly kind: ChannelFor;
  /** "What is told unasked", "anomalies". */
  readonly said: string;
  /** " for anomalies" behind the command; empty for everything. */
  readonly command: string;
}

export const EVERYTHING: ChannelKindSaid = { kind: "any", said: "everything", command: "" };

export function kindSaid({ kind, said, words }: (typeof ROOM_KINDS)[number]): ChannelKindSaid {
  return { kind, said, command: ` for ${words[0]}` };
}

/** "for anomalies" at the end. Throws where it is no kind that rooms get. */
function kindOf(words: readonly Word[]): ChannelKindSaid {
  const typed = words.map(({ text }) => text).join(" ");
  if (/^(any|anything|everything|all)$/i.test(typed)) return EVERYTHING;
  const found = namedKind(ROOM_KINDS, words);
  if (found !== undefined) return kindSaid(found);
  const own = namedKind<MessageKind>(REPORTS, words);
  throw new Refusal(
    "channel_kind_unknown",
    "No such kind of message",
    own === undefined
      ? `'${typed}' is no kind of message that a room gets.`
      : `The ${own.said} goes to each owner in private, to no room.`,
    { kind: "unprocessable", help: `Write for and one of: ${kindWords(ROOM_KINDS)}` },
  );
}

/** "here payments for anomalies", "off for budgets", "list", "payments". */
export function readChannelWords(words: readonly Word[], today: Day): ChannelWords {
  const verb = VERBS.get(words[0]?.lower ?? "") ?? "show";
  const rest = verb === "show" ? words : words.slice(1);
  const at = rest.findLastIndex(({ lower }) => lower === "for");
  const named = at === -1 ? rest : rest.slice(0, at);
  return {
    verb,
    scope: named.length === 0 ? undefined : readSpendWords(undefined, named, today),
    kind: at === -1 ? EVERYTHING : kindOf(rest.slice(at + 1)),
  };
}
