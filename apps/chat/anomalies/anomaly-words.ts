import { AispendError } from "#core/errors.ts";
import type { Day } from "#core/time.ts";
import { joined, type Word } from "../grammar/words.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";

/** "anomalies [NAME] [all]". */
export interface ListWords {
  /** Undefined: the organisation. */
  readonly subject: SpendWords | undefined;
  /** With what was resolved in the last 30 days. */
  readonly all: boolean;
}

export type Wish =
  | { readonly to: "acknowledge" | "label" }
  | { readonly to: "snooze"; readonly minutes: number }
  | {
      readonly to: "expect";
      readonly minutes: number | undefined;
      readonly reason: string | undefined;
    }
  | { readonly to: "resolve"; readonly reason: string | undefined };

/** "anomaly 12", "anomaly 12 snooze 8h". */
export interface OneWords {
  readonly id: number;
  readonly wish: Wish | undefined;
}

const ALL = new Set(["all", "resolved", "history"]);

export function readListWords(words: readonly Word[], today: Day): ListWords {
  const last = words.at(-1);
  const all = last !== undefined && ALL.has(last.lower);
  const rest = all ? words.slice(0, -1) : words;
  const named = rest.filter(
    ({ lower }, index) => index > 0 || !["of", "in", "for"].includes(lower),
  );
  return { all, subject: named.length === 0 ? undefined : readSpendWords(undefined, named, today) };
}

const UNIT_MINUTES: ReadonlyMap<string, number> = new Map(
  [
    ["m min mins minute minutes", 1],
    ["h hour hours", 60],
    ["d day days", 1_440],
    ["w week weeks", 10_080],
  ].flatMap(([names, minutes]) =>
    String(names)
      .split(" ")
      .map((name) => [name, Number(minutes)] as const),
  ),
);

/** "4h", "4 hours", "7 days" at the start of the words; minutes, and how many words it took. */
function readLength(words: readonly Word[]): { minutes: number; used: number } | undefined {
  const skipped = words[0]?.lower === "for" ? 1 : 0;
  const [first, second] = words.slice(skipped);
  const match = /^(\d{1,4})([a-z]*)$/.exec(first?.lower ?? "");
  if (match === null) return undefined;
  const attached = match[2] !== "";
  const unit = UNIT_MINUTES.get(attached ? (match[2] ?? "") : (second?.lower ?? ""));
  if (unit === undefined) return undefined;
  return { minutes: Number(match[1]) * unit, used: skipped + (attached ? 1 : 2) };
}

function unknown(text: string): AispendError {
  return new AispendError(
    "anomaly_words_unknown",
    `'${text}' is nothing that can be done with it`,
    {
      kind: "unprocessable",
      help: "Write for example: anomaly 12 ack, anomaly 12 snooze 8h, anomaly 12 resolve fixed",
    },
  );
}

function reasonOf(words: readonly Word[]): string | undefined {
  const [first] = words;
  const rest = first !== undefined && ["because", "reason"].includes(first.lower) ? 1 : 0;
  const reason = joined(words.slice(rest));
  return reason === "" ? undefined : reason;
}

const SNOOZE_MINUTES = 240;

function readWish(words: readonly Word[]): Wish | undefined {
  const [verb, ...rest] = words;
  switch (verb?.lower) {
    case undefined:
    case "show":
    case "details":
      return undefined;
    case "ack":
    case "acknowledge":
    case "take":
    case "mine":
      return { to: "acknowledge" };
    case "snooze": {
      const length = readLength(rest);
      if (length === undefined && rest.length > 0) throw unknown(joined(rest));
      return { to: "snooze", minutes: length?.minutes ?? SNOOZE_MINUTES };
    }
    case "expect":
    case "expected": {
      const length = readLength(rest);
      const reason = reasonOf(rest.slice(length?.used ?? 0));
      return { to: "expect", minutes: length?.minutes, reason };
    }
    case "resolve":
    case "resolved":
    case "close":
      return { to: "resolve", reason: reasonOf(rest) };
    case "not":
    case "none":
    case "false":
    case "label":
      return { to: "label" };
    default:
      throw unknown(joined(words));
  }
}

/** Throws `anomaly_number_missing` where no number leads. */
export function readOneWords(words: readonly Word[]): OneWords {
  const [first, ...rest] = words;
  const id = /^#?(\d{1,9})$/.exec(first?.lower ?? "")?.[1];
  if (id === undefined) {
    throw new AispendError("anomaly_number_missing", "which finding? It has a number", {
      help: "See them with their numbers: anomalies",
    });
  }
  return { id: Number(id), wish: readWish(rest) };
}

/** "4 h", "7 days", "90 min". */
export function saidLength(minutes: number): string {
  if (minutes % 1_440 === 0) return minutes === 1_440 ? "1 day" : `${minutes / 1_440} days`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
