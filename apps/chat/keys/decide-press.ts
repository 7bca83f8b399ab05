import { type Decided, type Decision, decideRequest } from "#core/keys/decision.ts";
import { findKey } from "#core/keys/lookup.ts";
import { getRequest } from "#core/keys/request-service.ts";
import { termsOf } from "#core/keys/terms.ts";
import { usdDecimal } from "#core/money.ts";
import { parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { cardBody } from "./card.ts";
import { useSaid } from "./key-words.ts";
import { loadCard } from "./load-card.ts";
import { requireAmount, splitList } from "./request-press.ts";
import { explained } from "./show-request.ts";
import { tellOutcome } from "./tell.ts";
import { numberOf, oldButton, requireKeyPerson } from "./who.ts";

/** One press on a request, and everything that shows it turned into its outcome. */
export async function decidePress(
  asking: Asking,
  id: number,
  decision: Decision,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const by = requireKeyPerson(asking);
  const deciding = decideRequest(pool, {
    orgId: org.id,
    id,
    decision,
    by,
    now,
    onDecided: (tx, { request, effect, roster }) =>
      tellOutcome(tx, { org, roster, now }, request, effect),
  });
  const decided = await deciding.catch(async (error: unknown) => {
    throw await explained(asking, id, error);
  });
  return decidedAnswer(asking, decided, decision);
}

async function decidedAnswer(
  asking: Asking,
  { state, request, effect, roster }: Decided,
  decision: Decision,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const card = await loadCard(pool, { org, roster, now }, request, effect);
  const key = request.keyId === undefined ? undefined : await findKey(pool, org.id, request.keyId);
  const body = cardBody(card, key?.revealedAt !== undefined);
  if (state === "decided") return body;
  if (state === "half") {
    const sentence = `You approved; it still needs a second approver. ${body.sentence}`;
    return { ...body, sentence, actions: [askButton("key requests")] };
  }
  const done = decision.kind === "approve" && request.state === "approved" ? "already " : "";
  return {
    ...body,
    title: `${request.name}: decided before`,
    sentence: `That was ${done}decided: ${body.sentence} Your press changed nothing.`,
  };
}

/** "12|100000000000": approve with a lower cap. */
export function pressApproveWith(asking: Asking, press: Press): Promise<AnswerBody> {
  const [id = "", amount = ""] = press.token.split("|");
  if (!/^\d{1,19}$/.test(amount)) throw oldButton();
  const change = { capAmount: BigInt(amount) };
  return decidePress(asking, numberOf(id), { kind: "approve", change });
}

export async function changeForm(asking: Asking, token: string): Promise<Form> {
  const request = await getRequest(asking.pool, asking.org.id, numberOf(token));
  const terms = termsOf(request);
  return {
    title: "Approve with changes",
    intro: `${request.name}: ${useSaid(request)}. Lower, fewer or shorter than asked; not more.`,
    verb: "key_approve_changed",
    token,
    submitLabel: "Approve",
    fields: [
      {
        kind: "money",
        name: "cap",
        label: `Cap a ${request.capPeriod}`,
        required: true,
        initial: usdDecimal(terms.capAmount),
      },
      {
        kind: "text",
        name: "models",
        label: "Models",
        hint: "With commas; empty for what was asked",
        required: false,
        maxLength: 1_000,
        initial: terms.models.join(", "),
      },
      {
        kind: "date",
        name: "until",
        label: "Last day",
        required: false,
        ...(terms.untilDay === undefined ? {} : { initial: terms.untilDay }),
      },
    ],
  };
}

export async function pressChanged(asking: Asking, press: Press): Promise<AnswerBody> {
  const { cap, models, until } = press.values;
  const list = splitList(models);
  return decidePress(asking, numberOf(press.token), {
    kind: "approve",
    change: {
      capAmount: requireAmount(cap),
      ...(list.length === 0 ? {} : { models: list }),
      ...(until === undefined ? {} : { untilDay: parseDay(until) }),
    },
  });
}

export async function denyForm(asking: Asking, token: string): Promise<Form> {
  const request = await getRequest(asking.pool, asking.org.id, numberOf(token));
  return {
    title: "Deny the request",
    intro: `${request.name}: ${useSaid(request)}.`,
    verb: "key_deny",
    token,
    submitLabel: "Deny",
    fields: [
      {
        kind: "text",
        name: "reason",
        label: "Why",
        hint: "The one who asked reads it",
        required: true,
        multiline: true,
        maxLength: 500,
      },
    ],
  };
}

export function pressDeny(asking: Asking, press: Press): Promise<AnswerBody> {
  const reason = press.values.reason ?? "";
  return decidePress(asking, numberOf(press.token), { kind: "deny", reason });
}
