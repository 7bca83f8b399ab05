import type { Day } from "#core/time.ts";
import { readAmount } from "../budgets/said-amount.ts";
import { joined, type Word } from "../grammar/words.ts";
import { readSpendWords, type SpendWords } from "../spend/spend-words.ts";
import { invalid } from "./request-press.ts";

export type KeyStepName = "suspend" | "resume" | "revoke";

export type KeyWords =
  | { readonly kind: "start" | "requests" }
  | { readonly kind: "new" }
  | { readonly kind: "request"; readonly id: number }
  | { readonly kind: "reveal"; readonly name: string }
  | {
      readonly kind: "step";
      readonly step: KeyStepName;
      readonly name: string;
      readonly reason: string | undefined;
    }
  | { readonly kind: "rotate"; readonly name: string; readonly lost: boolean }
  | { readonly kind: "transfer"; readonly name: string; readonly to: string }
  | { readonly kind: "raise"; readonly name: string; readonly raise: RaiseWords }
  | { readonly kind: "show"; readonly name: string; readonly spend: SpendWords };

export interface RaiseWords {
  /** Undefined: asked for in a form. */
  readonly amount: bigint | undefined;
  /** Until the end of today; otherwise for good. */
  readonly until: Day | undefined;
  readonly reason: string;
}

const REASON = new Set(["because", "reason", "since"]);

/** The words before "because", and what follows it. */
export function splitReason(words: readonly Word[]): { rest: readonly Word[]; reason?: string } {
  const at = words.findIndex(({ lower }) => REASON.has(lower));
  if (at < 0) return { rest: words };
  const reason = joined(words.slice(at + 1));
  return reason === "" ? { rest: words.slice(0, at) } : { rest: words.slice(0, at), reason };
}

const FILLER = new Set(["to", "a", "per", "key", "usd", "dollars", "only", "just", "for"]);

/** "NAME to $300 today because backfill". */
export function readRaise(all: readonly Word[], today: Day): { name: string; raise: RaiseWords } {
  const { rest, reason = "" } = splitReason(all);
  const words = rest.filter(({ lower }) => !FILLER.has(lower));
  const [name, typed, ...more] = words;
  const amount = typed === undefined ? undefined : readAmount(typed.lower, "usd");
  if (name === undefined || (amount === undefined && typed !== undefined)) {
    throw invalid("To what?", "Write for example: key raise ci-nightly 300 today because backfill");
  }
  const unknown = more.find(({ lower }) => lower !== "today");
  if (unknown !== undefined) {
    throw invalid(
      `'${unknown.text}' says nothing about a cap.`,
      "Write an amount, and today or not.",
    );
  }
  return { name: name.text, raise: { amount, until: more.length > 0 ? today : undefined, reason } };
}

function required(words: readonly Word[], verb: string): string {
  const [name] = words.filter(({ lower }) => lower !== "key");
  if (name !== undefined) return name.text;
  throw invalid("Which key?", `Write for example: key ${verb} ci-nightly. List them: keys`);
}

function readTransfer(words: readonly Word[]): KeyWords {
  const at = words.findIndex(({ lower }) => lower === "to");
  const to = at < 0 ? "" : joined(words.slice(at + 1));
  if (to === "") throw invalid("To whom?", "Write for example: key give ci-nightly to Ben Adeyemi");
  return { kind: "transfer", name: required(words, "give"), to };
}

/** "key", "key NAME", "key request", "key rotate NAME", "key raise NAME 300 today because ...". */
export function readKeyWords(words: readonly Word[], today: Day): KeyWords {
  const [first, ...others] = words;
  const verb = first?.lower ?? "";
  switch (verb) {
    case "":
      return {
        kind: first === undefined ? "start" : "show",
        name: first?.text ?? "",
        spend: readSpendWords("key", words, today),
      };
    case "request":
    case "new": {
      const [id] = others;
      if (id !== undefined && /^\d{1,9}$/.test(id.lower))
        return { kind: "request", id: Number(id.lower) };
      return { kind: "new" };
    }
    case "requests":
      return { kind: "requests" };
    case "reveal":
      return { kind: "reveal", name: required(others, verb) };
    case "suspend":
    case "resume":
    case "revoke": {
      const { rest, reason } = splitReason(others);
      return { kind: "step", step: verb, name: required(rest, verb), reason };
    }
    case "rotate":
      return {
        kind: "rotate",
        name: required(others, verb),
        lost: others.some(({ lower }) => lower === "lost"),
      };
    case "give":
    case "transfer":
      return readTransfer(others);
    case "raise":
      return { kind: "raise", ...readRaise(others, today) };
    default:
      return { kind: "show", name: joined(words), spend: readSpendWords("key", words, today) };
  }
}
