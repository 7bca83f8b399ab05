import { amountAt, type Cap, isShadow, periodOf, resetSaid } from "#core/enforcement/cap.ts";
import type { CapCounter, CapRefusals } from "#core/enforcement/schema.ts";
import { type Held, OWN_GATEWAY } from "#core/keys/schema.ts";
import { formatUsd } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { saidCounted } from "../said/said-count.ts";
import { anyOf } from "../said/said-names.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { refusedSaid } from "./cap-refusals.ts";
import { classSaid, heldSaid } from "./key-words.ts";

/**
 * Percent of a cap at which its owner hears of it, as design.md 4.14 has it; then that it is
 * reached.
 */
export const CAP_SIGNALS = [80, 95, 100] as const;
export type CapSignal = (typeof CAP_SIGNALS)[number];

/** What is left admits no ordinary request any more. */
const REACHED_PERMILLE = 990n;

/** What was spent for good, or is until somebody knows better; holds come and go. */
export function committed({ settled, unconfirmed }: CapCounter): bigint {
  return settled + unconfirmed;
}

/** The highest of the signals that holds; undefined below the first. Pure. */
export function capSignal(spent: bigint, amount: bigint): CapSignal | undefined {
  if (amount <= 0n) return undefined;
  if (spent * 1_000n >= amount * REACHED_PERMILLE) return 100;
  const percent = (spent * 100n) / amount;
  if (percent >= 95n) return 95;
  return percent >= 80n ? 80 : undefined;
}

export interface CapCard {
  readonly cap: Cap;
  readonly counter: CapCounter;
  readonly signal: CapSignal;
  /** In the cap's running period; undefined: nothing was refused. */
  readonly refused: CapRefusals | undefined;
  readonly today: Day;
  readonly now: Date;
  readonly timeZone: string;
  /** Of a key that lives at another gateway: how firmly that one holds its cap. */
  readonly elsewhere: Held | undefined;
  /** As the commands name it: "agent payments-agent", "key ci-nightly-7". */
  readonly command: string;
}

/** The message of a cap: that it is nearly used up, reached, or would have refused. Pure. */
export function capCardBody(card: CapCard): AnswerBody {
  const { cap, counter, elsewhere, signal, refused, now, today, timeZone, command } = card;
  const amount = amountAt(cap, now);
  const spent = committed(counter);
  const of = `${formatUsd(spent)} of ${formatUsd(amount)} (${cap.period})`;
  const shadow = elsewhere === undefined && isShadow(cap, now);
  const enforced = shadow
    ? "SHADOW: it refuses nothing yet"
    : elsewhere !== undefined
      ? heldSaid(elsewhere, timeZone)
      : classSaid(cap.isHard ? "hard" : "soft", OWN_GATEWAY);
  const said =
    signal < 100
      ? `has used ${(spent * 100n) / amount}% of its cap: ${of}`
      : `${shadow ? "would have reached" : "reached"} ${of}`;
  const isHolding = elsewhere === undefined && !shadow && cap.isHard && signal === 100;
  const refuses =
    refused !== undefined
      ? `; ${refusedSaid(refused, today)}`
      : isHolding
        ? "; what comes now is refused"
        : "";
  const would =
    counter.wouldRefuse > 0n
      ? [`Would have refused ${saidCounted(counter.wouldRefuse, "call")} so far.`]
      : [];
  const who = cap.raisedBy.length === 0 ? "nobody yet" : anyOf(cap.raisedBy.slice(0, 3));
  return {
    command: `cap ${command}`,
    title: `CAP ${cap.name}: ${formatUsd(amount)} ${signal < 100 ? `at ${signal}%` : "reached"}`,
    sentence: `${cap.name} ${said}${refuses}.`,
    facts: [
      { label: "Enforced", value: enforced },
      { label: "Resets", value: resetSaid(periodOf(cap, today), timeZone) },
      { label: "Raise it", value: `${who}, or ${cap.command}` },
    ],
    notes: would,
    source: { basis: "metered", note: "counted by the gateway" },
    actions: [
      { kind: "ask", label: "Cap", command: `cap ${command}` },
      { kind: "ask", label: "Block...", command: `block ${command}` },
    ],
  };
}
