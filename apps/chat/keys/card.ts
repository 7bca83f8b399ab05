import type { Action } from "#core/answers/schema.ts";
import type { Effect } from "#core/keys/effect.ts";
import type { Held, KeyApproval, KeyRequest } from "#core/keys/schema.ts";
import { termsOf } from "#core/keys/terms.ts";
import type { Suggestion } from "#core/keys/usage.ts";
import { saidUsd, usdDecimal } from "#core/money.ts";
import { type Day, localDay, wallClock } from "#core/time.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import { anyOf } from "../said/said-names.ts";
import { saidWeekday } from "../said/said-period.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import {
  capSaid,
  dayWithYear,
  effectSaid,
  expirySaid,
  heldSaid,
  lastingSaid,
  modelsSaid,
  scopeSaid,
  useSaid,
} from "./key-words.ts";

/** All that a request card shows; loaded by load-card.ts. */
export interface Card {
  readonly org: OrgView;
  readonly today: Day;
  readonly request: KeyRequest;
  readonly effect: Effect;
  readonly approvals: readonly KeyApproval[];
  /** Who is waited for, the nearest first. */
  readonly waitingFor: readonly number[];
  /** Who is asked next, and when. */
  readonly next: { readonly personId: number; readonly at: Date } | undefined;
  readonly similar: Suggestion | undefined;
  /** The requester's keys beside this one. */
  readonly owned: { readonly active: number; readonly over: number };
  readonly held: Held;
  readonly costCentre: string | undefined;
}

function names(org: OrgView, people: readonly number[]): string {
  const said = people.slice(0, 3).map((id) => org.personName(id));
  return people.length > 3 ? `${said.join(", ")} and others` : anyOf(said);
}

/** A lower cap that would do, where there is one. */
export function enough({
  similar,
  request,
}: Pick<Card, "similar" | "request">): bigint | undefined {
  if (similar === undefined || request.capPeriod !== "month") return undefined;
  return similar.cap < termsOf(request).capAmount ? similar.cap : undefined;
}

function similarSaid(card: Card): string {
  const { similar, owned } = card;
  const would = enough(card);
  const like =
    similar === undefined
      ? "No similar keys to compare with."
      : `Similar keys use ${saidUsd(similar.median)} a month (median)` +
        `${would === undefined ? "" : `: ${saidUsd(would)} would do`}.`;
  const count = owned.active === 1 ? "1 key" : `${owned.active} keys`;
  const keys =
    owned.active === 0
      ? "The requester owns no other key."
      : `The requester owns ${count}, ${owned.over === 0 ? "none" : owned.over} over ` +
        `${owned.active === 1 ? "its" : "their"} cap.`;
  return `${like} ${keys}`;
}

/** What an approver should not overlook. */
function risks({ request, effect, org, approvals }: Card): string[] {
  const terms = termsOf(request);
  const self = approvals.some(({ selfApproval }) => selfApproval);
  return [
    ...(effect.outside.length > 0 ? [`outside the allow-list: ${effect.outside.join(", ")}`] : []),
    ...(effect.inside
      ? []
      : [`does not fit the budget of ${scopeSaid(org, effect.envelope?.scopeId ?? 0)}`]),
    ...(terms.models.length === 0 ? ["any model, also the dearest"] : []),
    ...(terms.untilDay === undefined && request.kind === "issue" ? ["no expiry"] : []),
    ...(request.approvalsNeeded > 1 ? ["needs two approvers"] : []),
    ...(self ? ["SELF-APPROVED: allowed by aispend.yaml"] : []),
  ];
}

function facts(card: Card): AnswerBody["facts"] {
  const { request, effect, org, today, costCentre } = card;
  const terms = termsOf(request);
  const cap = { amount: terms.capAmount, period: terms.capPeriod };
  const rise = request.kind === "raise";
  const until = rise ? lastingSaid(terms.untilDay, today) : expirySaid(terms.untilDay, today);
  return [
    { label: "Use", value: useSaid(request) },
    { label: "Models", value: modelsSaid(terms.models) },
    {
      label: "Cap",
      value: `${capSaid(cap)}, ${heldSaid(card.held, card.org.timeZone)}; ${until}`,
    },
    { label: "Effect", value: effectSaid(org, effect, request.scopeId) },
    { label: "Compare", value: similarSaid(card) },
    ...(costCentre === undefined ? [] : [{ label: "Cost centre", value: costCentre }]),
    ...(request.ownerId === request.requestedBy
      ? []
      : [{ label: "Owner", value: org.personName(request.ownerId) }]),
    ...(risks(card).length === 0 ? [] : [{ label: "Mind", value: risks(card).join("; ") }]),
  ];
}

function what(card: Card): string {
  const { request, org } = card;
  const scope = scopeSaid(org, request.scopeId);
  const who = org.personName(request.requestedBy);
  return request.kind === "issue"
    ? `${who} asks for a key for ${scope}`
    : `${who} asks for another cap for ${request.name} of ${scope}`;
}

function pendingActions(card: Card): Action[] {
  const { request } = card;
  const token = String(request.id);
  const less = enough(card);
  const press = { kind: "press", token } as const;
  return [
    { ...press, label: "Approve", verb: "key_approve", style: "primary" },
    ...(less === undefined
      ? []
      : [
          {
            ...press,
            label: `Approve with ${saidUsd(less)}`,
            verb: "key_approve_with",
            token: `${token}|${less}`,
            style: "default" as const,
          },
        ]),
    { kind: "form", label: "Change...", form: "key_change", token },
    { kind: "form", label: "Deny...", form: "key_deny", token },
    { kind: "form", label: "Ask...", form: "key_ask", token },
  ];
}

function clockSaid(at: Date, org: OrgView): string {
  const { day, time } = wallClock(at, org.timeZone);
  return `${saidWeekday(day)} ${time.slice(0, 5)}`;
}

function pendingBody(card: Card): AnswerBody {
  const { org, request, approvals, next, waitingFor } = card;
  const first = approvals[0];
  const half = first === undefined ? "" : `${org.personName(first.personId)} approved; `;
  const asked = what(card);
  const waits = `${half}waiting for ${names(org, waitingFor)}`;
  return {
    command: `key request ${request.id}`,
    title: `KEY ${request.name}: ${asked}`,
    sentence: `${asked}, ${waits}.`,
    facts: facts(card),
    notes:
      next === undefined
        ? []
        : [`Escalates to ${org.personName(next.personId)} on ${clockSaid(next.at, org)}.`],
    source: { basis: "metered", note: "budget and similar keys from the ledger" },
    actions: pendingActions(card),
  };
}

const OUTCOME = {
  approved: "APPROVED",
  denied: "DENIED",
  withdrawn: "WITHDRAWN",
  expired: "EXPIRED",
  undone: "UNDONE",
} as const;

/** "cap $100 of $200 asked". */
function grantedSaid(card: Card): string {
  const { request } = card;
  const terms = termsOf(request);
  const asked = { amount: request.capAmount, period: request.capPeriod };
  const cap =
    terms.capAmount === request.capAmount
      ? `cap ${capSaid(asked)}`
      : `cap ${saidUsd(terms.capAmount)} of ${capSaid(asked)} asked`;
  const fewer =
    request.grantedModels !== undefined && request.grantedModels.join() !== request.models.join();
  const shorter = request.grantedUntil !== undefined && request.grantedUntil !== request.untilDay;
  return [
    cap,
    ...(fewer ? [`models ${modelsSaid(terms.models)}`] : []),
    ...(shorter ? [expirySaid(terms.untilDay, card.today)] : []),
  ].join(", ");
}

function outcomeBody(card: Card, state: keyof typeof OUTCOME, revealed: boolean): AnswerBody {
  const { org, request, approvals } = card;
  const by = request.decidedBy === undefined ? "policy" : org.personName(request.decidedBy);
  const at =
    request.decidedAt === undefined
      ? ""
      : ` ${wallClock(request.decidedAt, org.timeZone).time.slice(0, 5)}`;
  const self = approvals.some(({ selfApproval }) => selfApproval)
    ? " Self-approved, as aispend.yaml allows."
    : "";
  const first = approvals.find(({ personId }) => personId !== request.decidedBy);
  const both = first === undefined ? "" : ` and ${org.personName(first.personId)}`;
  const said =
    state === "approved"
      ? `APPROVED${at} by ${by}${both}, ${grantedSaid(card)}.${self}`
      : state === "expired"
        ? `EXPIRED${at}: ${request.decisionReason ?? "nobody decided"}.`
        : `${OUTCOME[state]}${at} by ${by}` +
          `${request.decisionReason === undefined ? "" : `: ${request.decisionReason}`}.`;
  const secret = revealed
    ? "Revealed once, privately."
    : "Not revealed yet: only the one who asked can see the secret, once.";
  const token = String(request.id);
  const undo: Action = { kind: "press", label: "Undo", verb: "key_undo", token, style: "danger" };
  const isKey = state === "approved" && request.kind === "issue";
  return {
    command: `key request ${request.id}`,
    title: `KEY ${request.name}: ${OUTCOME[state].toLowerCase()}`,
    sentence: `${what(card)}: ${said}`,
    facts: facts(card),
    notes: isKey ? [secret] : [],
    source: { basis: "metered", note: "budget and similar keys from the ledger" },
    actions: [...(isKey && !revealed ? [undo] : []), askButton(`key ${request.name}`, "Key")],
  };
}

/** The card of a request, as it stands: with what can be pressed, or with its outcome. Pure. */
export function cardBody(card: Card, revealed = false): AnswerBody {
  const { state } = card.request;
  return state === "pending" ? pendingBody(card) : outcomeBody(card, state, revealed);
}

/** What the one who asked is told when it was decided, privately. */
export function requesterBody(card: Card): AnswerBody {
  const { request, org, today } = card;
  const body = outcomeBody(card, request.state === "pending" ? "approved" : request.state, false);
  if (request.state !== "approved" || request.kind !== "issue")
    return { ...body, actions: [askButton("key requests", "My requests")] };
  const terms = termsOf(request);
  const until =
    request.decidedAt === undefined ? "" : ` until ${lapseSaid(request.decidedAt, org)}`;
  const by =
    request.decidedBy === undefined ? "by policy" : `by ${org.personName(request.decidedBy)}`;
  return {
    command: `key ${request.name}`,
    title: `KEY ${request.name}: approved`,
    sentence:
      `Your key ${request.name} was approved ${by}; reveal its secret${until}, ` +
      "it is shown once.",
    facts: [
      {
        label: "Granted",
        value: `${grantedSaid(card)}, ${heldSaid(card.held, card.org.timeZone)}`,
      },
      { label: "Models", value: modelsSaid(terms.models) },
      { label: "Life", value: expirySaid(terms.untilDay, today) },
    ],
    notes: [
      `For a CI secret store: aispend key reveal ${request.name} --to FILE, ` +
        "with a code from me (code).",
    ],
    source: { basis: "none" },
    actions: [
      { kind: "form", label: "Reveal", form: "key_reveal", token: String(request.keyId ?? 0) },
      askButton(`key ${request.name}`, "Key"),
    ],
    figures: { cap: { amount: usdDecimal(terms.capAmount), unit: "USD" } },
  };
}

function lapseSaid(decidedAt: Date, org: OrgView): string {
  const lapses = new Date(decidedAt.getTime() + 7 * 86_400_000);
  const day = localDay(lapses, org.timeZone);
  return dayWithYear(day, localDay(decidedAt, org.timeZone));
}
