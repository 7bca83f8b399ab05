import { BudgetPeriod } from "#core/budgets/schema.ts";
import { transaction } from "#core/db/transaction.ts";
import { stepKey, transferKey } from "#core/keys/life.ts";
import { requestRaise } from "#core/keys/request-service.ts";
import { isRotating, revealerOf, rotateKey } from "#core/keys/reveal.ts";
import type { VirtualKey } from "#core/keys/schema.ts";
import { findKeyCap } from "#core/keys/watch.ts";
import { usdDecimal } from "#core/money.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { askedAnswer, invalid, requireAmount } from "./request-press.ts";
import { showKey } from "./show-key.ts";
import { owe, tellAsked } from "./tell.ts";
import { keyOfToken, oldButton, requireKeyPerson } from "./who.ts";

const DONE = { suspend: "suspended", resume: "active again", revoke: "revoked" } as const;

function isStep(text: string): text is keyof typeof DONE {
  return Object.hasOwn(DONE, text);
}

/** Suspends, resumes or revokes, and says how the key stands then. */
export async function stepAnswer(
  asking: Asking,
  step: keyof typeof DONE,
  key: VirtualKey,
  reason?: string,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const by = requireKeyPerson(asking);
  const done = await stepKey(pool, step, { orgId: org.id, keyId: key.id, by, now, reason });
  const body = await showKey(asking, done.key);
  const sentence = done.changed
    ? `${key.name} is ${DONE[step]}.`
    : `${key.name} is ${DONE[step]} already; nothing was changed.`;
  return { ...body, sentence };
}

/** "revoke|12". */
export async function pressStep(asking: Asking, press: Press): Promise<AnswerBody> {
  const [step = "", id = ""] = press.token.split("|");
  if (!isStep(step)) throw oldButton();
  return stepAnswer(asking, step, await keyOfToken(asking, id));
}

export async function rotateForm(asking: Asking, token: string): Promise<Form> {
  const key = await keyOfToken(asking, token);
  return {
    title: "Rotate the key",
    intro: `${key.name}: its owner reveals a new secret; the old one works for a while beside it.`,
    verb: "key_rotate",
    token,
    submitLabel: "Rotate",
    fields: [
      {
        kind: "choice",
        name: "overlap",
        label: "The old secret works for",
        required: true,
        initial: "24",
        options: [
          { value: "0", label: "no longer: it is lost or leaked" },
          { value: "1", label: "1 more hour" },
          { value: "24", label: "1 more day" },
          { value: "168", label: "7 more days" },
        ],
      },
    ],
  };
}

export async function rotateAnswer(
  asking: Asking,
  key: VirtualKey,
  overlapHours: number,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const by = requireKeyPerson(asking);
  await rotateKey(pool, { orgId: org.id, keyId: key.id, by, now, overlapHours });
  const reveal = {
    kind: "form",
    label: "Reveal",
    form: "key_reveal",
    token: String(key.id),
  } as const;
  const old = overlapHours === 0 ? "no longer works" : `works for ${overlapHours} more hours`;
  const owner = await revealerOf(pool, key);
  const body: AnswerBody = {
    command: `key ${key.name}`,
    title: `KEY ${key.name}: rotated`,
    sentence:
      `The old secret of ${key.name} ${old}; ` + `${org.personName(owner)} can reveal the new one.`,
    source: { basis: "none" },
    actions: [...(owner === by.personId ? [reveal] : []), askButton(`key ${key.name}`, "Key")],
  };
  if (owner !== by.personId) {
    await transaction(pool, async (tx) => {
      for (const at of await listAddresses(tx, org.id, [owner])) {
        const place = { surface: at.surface, destination: at.destination };
        const fact = `key_rotated:${key.id}:${now.getTime()}`;
        const message = { at: place, kind: "key_outcome", placement: "post", fact } as const;
        await owe(tx, { org, now }, { ...message, body: { ...body, actions: [reveal] } });
      }
    });
  }
  return body;
}

/** "12" with the form's overlap, or "12|24". */
export async function pressRotate(asking: Asking, press: Press): Promise<AnswerBody> {
  const [id = "", hours = "24"] = press.token.split("|");
  const key = await keyOfToken(asking, id);
  return rotateAnswer(asking, key, Number(press.values.overlap ?? hours));
}

export async function transferForm(asking: Asking, token: string): Promise<Form> {
  const key = await keyOfToken(asking, token);
  return {
    title: "Give to another owner",
    intro: `${key.name} belongs to ${asking.org.personName(key.ownerId)} now.`,
    verb: "key_transfer",
    token,
    submitLabel: "Give",
    fields: [
      {
        kind: "text",
        name: "to",
        label: "New owner",
        hint: "Name or e-mail address",
        required: true,
        maxLength: 120,
      },
    ],
  };
}

export async function transferAnswer(
  asking: Asking,
  key: VirtualKey,
  name: string,
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  const to = org.personNamed(name);
  if (to === undefined) {
    throw invalid(`I know nobody '${name.slice(0, 60)}' here.`, "Write a name or e-mail address.");
  }
  const by = requireKeyPerson(asking);
  const given = await transferKey(pool, { orgId: org.id, keyId: key.id, by, now, to });
  const body = await showKey(asking, given);
  return { ...body, sentence: `${key.name} belongs to ${org.personName(to)} from now on.` };
}

/** "12" with the form's field, or "12|Ben Adeyemi". */
export async function pressTransfer(asking: Asking, press: Press): Promise<AnswerBody> {
  const [id = "", ...name] = press.token.split("|");
  const to = press.values.to ?? name.join("|");
  return transferAnswer(asking, await keyOfToken(asking, id), to);
}

export async function raiseForm(asking: Asking, token: string): Promise<Form> {
  const key = await keyOfToken(asking, token);
  const cap = await findKeyCap(asking.pool, key);
  return {
    title: "Another cap",
    intro: `${key.name}: whoever approves keys of its scope decides.`,
    verb: "key_raise",
    token: `${key.id}|${cap?.period ?? "month"}`,
    submitLabel: "Ask for it",
    fields: [
      {
        kind: "money",
        name: "cap",
        label: `Cap a ${cap?.period ?? "month"}`,
        required: true,
        ...(cap === undefined ? {} : { initial: usdDecimal(cap.amount) }),
      },
      { kind: "date", name: "until", label: "Until", hint: "Empty: for good", required: false },
      {
        kind: "text",
        name: "reason",
        label: "Why",
        hint: "Kept in the audit log",
        required: true,
        multiline: true,
        maxLength: 500,
      },
    ],
  };
}

export async function raiseAnswer(
  asking: Asking,
  key: VirtualKey,
  wish: { amount: bigint; period: BudgetPeriod; until: string | undefined; reason: string },
): Promise<AnswerBody> {
  const { org, pool, now } = asking;
  if (await isRotating(pool, key, now)) {
    throw new Refusal("key_rotating", "Rotate first", `${key.name} is being rotated.`, {
      kind: "conflict",
      help: "Its owner reveals the new secret first.",
    });
  }
  const asked = await requestRaise(
    pool,
    {
      keyId: key.id,
      amount: wish.amount,
      period: wish.period,
      untilDay: wish.until === undefined ? undefined : parseDay(wish.until),
      reason: wish.reason,
    },
    {
      orgId: org.id,
      by: requireKeyPerson(asking),
      now,
      onAsked: (tx, { request, effect, roster, approvers }) =>
        tellAsked(tx, { org, roster, now }, request, effect, approvers?.nearest ?? []),
    },
  );
  return askedAnswer(asking, asked);
}

/** "12|month" with the form's fields, or "12|month|300000000000|2026-11-22|why". */
export async function pressRaise(asking: Asking, press: Press): Promise<AnswerBody> {
  const [id = "", typed = "", amount = "", until = "", ...why] = press.token.split("|");
  const period = BudgetPeriod.safeParse(typed);
  if (!period.success || !/^\d{0,19}$/.test(amount)) throw oldButton();
  const inForm = amount === "";
  return raiseAnswer(asking, await keyOfToken(asking, id), {
    amount: inForm ? requireAmount(press.values.cap) : BigInt(amount),
    period: period.data,
    until: inForm ? press.values.until : until || undefined,
    reason: inForm ? (press.values.reason ?? "") : why.join("|"),
  });
}
