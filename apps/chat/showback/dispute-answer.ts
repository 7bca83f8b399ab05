import type { Action } from "#core/answers/schema.ts";
import { saidUsd } from "#core/money.ts";
import type { Dispute } from "#core/showback/schema.ts";
import type { Day } from "#core/time.ts";
import { askButton } from "../refusal.ts";
import { saidPeriod } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { usd } from "../spend/spend-figures.ts";

/** A dispute with its names; people are named to those who were asked, never in a room. */
export interface DisputeCard {
  readonly dispute: Dispute;
  /** "checkout-agent", "calls of key ci-nightly-7". */
  readonly line: string;
  readonly team: string;
  readonly asked: string | undefined;
  readonly raisedBy: string;
  readonly today: Day;
}

function when({ dispute, today }: DisputeCard): string {
  return saidPeriod({ start: dispute.periodStart, end: dispute.periodEnd }, today);
}

function facts(card: DisputeCard) {
  const { dispute, team, raisedBy } = card;
  return [
    { label: "Line", value: `${card.line}, ${when(card)}: ${saidUsd(dispute.cost)}` },
    { label: "Shown to", value: `${team}; ${raisedBy} says it is not theirs` },
    { label: "Why not", value: dispute.reason },
    { label: "Why you", value: dispute.because },
  ];
}

/** What whoever is asked reads and presses. Pure. */
export function askedCard(card: DisputeCard): AnswerBody {
  const { dispute, asked } = card;
  const cost = saidUsd(dispute.cost);
  const token = `${dispute.id}:${dispute.askedScopeId ?? ""}`;
  const decide: Action[] = [
    {
      kind: "press",
      label: `It is ${asked ?? "ours"}'s`,
      verb: "dispute_accept",
      token,
      style: "primary",
      confirm: `Book ${cost} to ${asked ?? "us"} by a correction?`,
    },
    { kind: "press", label: "Not ours either", verb: "dispute_decline", token, style: "default" },
  ];
  const claim: Action[] = [
    { kind: "form", label: "Claim it...", form: "dispute_claim", token: String(dispute.id) },
  ];
  return {
    command: "showback",
    title: `Is this ${asked ?? "anybody"}'s? ${card.line}, ${cost}`,
    sentence:
      asked === undefined
        ? `Nobody is known to own ${card.line} (${cost}, ${when(card)}), which ${card.team} says ` +
          "is not theirs: whoever it belongs to claims it."
        : `${card.team} says that ${card.line} (${cost}, ${when(card)}) is not theirs; ` +
          `${dispute.because}, so ${asked} is asked.`,
    facts: facts(card),
    notes: ["Accepting books it by a correction; nothing that was recorded is changed."],
    source: { basis: "metered" },
    actions: asked === undefined ? claim : decide,
    figures: { cost: usd(dispute.cost) },
  };
}

/** What the one who raised it is told, and then how it went. */
export function raisedAnswer(card: DisputeCard): AnswerBody {
  const { asked, dispute } = card;
  return {
    command: "showback",
    title: `${card.line}: ${asked === undefined ? "nobody to ask" : `${asked} is asked`}`,
    sentence:
      asked === undefined
        ? `No owner of ${card.line} is likely: ${dispute.because}. Those accountable for the ` +
          "organisation are asked; until somebody claims it, it stays where it is."
        : `${asked} is asked whether ${card.line} is theirs, as ${dispute.because}; until they ` +
          "answer it stays where it is.",
    facts: [{ label: "Line", value: `${when(card)}: ${saidUsd(dispute.cost)}` }],
    source: { basis: "metered" },
  };
}

export function settledAnswer(card: DisputeCard, moved: bigint, to: string): AnswerBody {
  return {
    command: "showback",
    title: `${card.line}: ${saidUsd(moved)} booked to ${to}`,
    sentence:
      `${saidUsd(moved)} of ${card.line} (${when(card)}) is booked from ${card.team} to ${to} ` +
      "by a correction.",
    notes: [
      "Calls to come are still attributed as before: add a rule under attribution_rules, or tag " +
        "them.",
    ],
    source: { basis: "metered" },
    actions: [askButton("unattributed", "Unattributed")],
    figures: { moved: usd(moved) },
  };
}

export function passedAnswer(card: DisputeCard): AnswerBody {
  const next = card.asked === undefined ? "nobody is left to ask" : `${card.asked} is asked next`;
  return {
    command: "showback",
    title: `${card.line}: ${next}`,
    sentence:
      card.asked === undefined
        ? `Nobody is left to ask about ${card.line}: it stays with ${card.team} until somebody ` +
          "claims it."
        : `${card.asked} is asked about ${card.line} next, as ${card.dispute.because}.`,
    source: { basis: "metered" },
  };
}

/** For whoever presses after it was decided, or too late. */
export function closedAnswer(card: DisputeCard, state: "already" | "expired"): AnswerBody {
  return {
    command: "showback",
    title: `${card.line}: ${state === "expired" ? "too late" : "decided already"}`,
    sentence:
      state === "expired"
        ? `The question about ${card.line} has run out: it stays with ${card.team}, who may ask ` +
          "anew."
        : `The question about ${card.line} was answered already; nothing was changed.`,
    source: { basis: "metered" },
  };
}
