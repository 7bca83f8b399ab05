import { findKeyByName } from "#core/keys/lookup.ts";
import type { Asking } from "../asking.ts";
import type { Command } from "../command.ts";
import { confirmRaise, confirmRotate, confirmStep, confirmTransfer } from "../keys/confirm.ts";
import {
  changeForm,
  decidePress,
  denyForm,
  pressApproveWith,
  pressChanged,
  pressDeny,
} from "../keys/decide-press.ts";
import {
  pressRaise,
  pressRotate,
  pressStep,
  pressTransfer,
  raiseForm,
  rotateForm,
  transferForm,
} from "../keys/life-press.ts";
import { keysAnswer, requestsAnswer } from "../keys/list-keys.ts";
import { pressQuestion, questionForm } from "../keys/question.ts";
import { type KeyWords, readKeyWords } from "../keys/read-key-words.ts";
import { requestForm } from "../keys/request-form.ts";
import { pressRequest } from "../keys/request-press.ts";
import { pressNotShown, revealAnswer } from "../keys/reveal-press.ts";
import { showKey } from "../keys/show-key.ts";
import { requestAnswer } from "../keys/show-request.ts";
import { keyNamed, numberOf } from "../keys/who.ts";
import { answerSpend } from "../spend/answer-spend.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";

function startAnswer(asking: Asking): Promise<AnswerBody> {
  const { personId } = asking.asker;
  const said = personId === undefined ? asking.org.name : asking.org.personName(personId);
  return keysAnswer(asking, { scopeId: undefined, ownerId: personId, said, command: "key" });
}

async function newAnswer(asking: Asking): Promise<AnswerBody> {
  const body = await startAnswer(asking);
  return {
    ...body,
    command: "key request",
    title: "Request a key",
    sentence:
      "Open the form: scope, use, models, cap and life; whoever answers for the scope decides.",
  };
}

async function show(
  asking: Asking,
  words: Extract<KeyWords, { kind: "show" }>,
): Promise<AnswerBody> {
  const key = await findKeyByName(asking.pool, asking.org.id, words.name.toLowerCase());
  return key === undefined ? answerSpend(asking, words.spend) : showKey(asking, key);
}

async function run(asking: Asking, words: KeyWords): Promise<AnswerBody> {
  switch (words.kind) {
    case "start":
      return startAnswer(asking);
    case "new":
      return newAnswer(asking);
    case "requests":
      return requestsAnswer(asking);
    case "request":
      return requestAnswer(asking, words.id);
    case "show":
      return show(asking, words);
    default:
  }
  const key = await keyNamed(asking, words.name);
  switch (words.kind) {
    case "reveal": {
      const body = await showKey(asking, key);
      const where = "shown by its button, privately; never in a message";
      const sentence = `The secret of ${key.name} is ${where}.`;
      return { ...body, sentence };
    }
    case "step":
      return confirmStep(asking, words.step, key);
    case "rotate":
      return confirmRotate(asking, key);
    case "transfer":
      return confirmTransfer(asking, key, words.to);
    case "raise":
      return confirmRaise(asking, key, words.raise);
  }
}

export const key: Command<KeyWords> = {
  name: "key",
  usage: "key [request | NAME | rotate NAME ...]",
  summary: "Ask for a key, see one, change one.",
  examples: [
    ["key request", "Opens the form to ask for one."],
    ["key requests", "What waits, for you and of you."],
    ["key ci-nightly", "One key, or what it spent."],
    ["key reveal ci-nightly", "Its secret, shown once."],
    ["key rotate ci-nightly", "A new secret; the old one goes on for a while."],
    ["key raise ci-nightly 300 today because backfill", "More for today, or for good."],
    ["key suspend ci-nightly", "It stops until it is resumed."],
    ["key revoke ci-nightly", "It stops for good."],
    ["key transfer ci-nightly to ana", "Another owner."],
  ],
  parse: (words, { today }) => readKeyWords(words, today),
  run,
  opens: (words) => {
    const [first, ...more] = words;
    const asks = first === undefined || first.lower === "request" || first.lower === "new";
    return asks && more.length === 0 ? { form: "key_request", token: "new" } : undefined;
  },
  presses: {
    key_request: pressRequest,
    key_approve: (asking, { token }) => decidePress(asking, numberOf(token), { kind: "approve" }),
    key_approve_with: pressApproveWith,
    key_approve_changed: pressChanged,
    key_deny: pressDeny,
    key_undo: (asking, { token }) => decidePress(asking, numberOf(token), { kind: "undo" }),
    key_withdraw: (asking, { token }) => decidePress(asking, numberOf(token), { kind: "withdraw" }),
    key_question: pressQuestion,
    key_not_shown: pressNotShown,
    key_step: pressStep,
    key_rotate: pressRotate,
    key_transfer: pressTransfer,
    key_raise: pressRaise,
  },
  forms: {
    key_request: requestForm,
    key_change: changeForm,
    key_deny: denyForm,
    key_ask: questionForm,
    key_reveal: async (asking, token) => revealAnswer(asking, token),
    key_rotate: rotateForm,
    key_transfer: transferForm,
    key_raise: raiseForm,
  },
};
