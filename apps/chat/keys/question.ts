import { scrub } from "#core/audit/opaque.ts";
import { record } from "#core/audit/service.ts";
import { transaction } from "#core/db/transaction.ts";
import { byOf, getRequest } from "#core/keys/request-service.ts";
import type { KeyRequest } from "#core/keys/schema.ts";
import { listAddresses } from "#core/org/reachable.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { useSaid } from "./key-words.ts";
import { owe, tellUnder } from "./tell.ts";
import { numberOf, requireKeyPerson } from "./who.ts";

function textField(label: string, hint: string): Form["fields"][number] {
  return {
    kind: "text",
    name: "text",
    label,
    hint,
    required: true,
    multiline: true,
    maxLength: 500,
  };
}

/** A question to the one who asked for a key; it stands under the card, and so does the answer. */
export async function questionForm(asking: Asking, token: string): Promise<Form> {
  const request = await getRequest(asking.pool, asking.org.id, numberOf(token));
  const { org } = asking;
  const answers = request.requestedBy === asking.asker.personId;
  return {
    title: answers ? "Answer" : "Ask about it",
    intro: `${request.name}: ${useSaid(request)}.`,
    verb: "key_question",
    token,
    submitLabel: "Send",
    fields: [
      answers
        ? textField("Your answer", "It is shown under the request")
        : textField(
            `Question to ${org.personName(request.requestedBy)}`,
            "Shown under the request too",
          ),
    ],
  };
}

function saidBody(asking: Asking, request: KeyRequest, who: string, text: string): AnswerBody {
  const answers = request.requestedBy === asking.asker.personId;
  return {
    command: `key request ${request.id}`,
    title: `KEY ${request.name}: ${answers ? "answer" : "question"} by ${who}`,
    sentence: `${who} ${answers ? "answers" : "asks"} about ${request.name}: ${text}`,
    source: { basis: "none" },
  };
}

export async function pressQuestion(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, now, pool } = asking;
  const by = requireKeyPerson(asking);
  const text = scrub(press.values.text ?? "")
    .trim()
    .slice(0, 500);
  if (text === "") {
    throw new Refusal("question_missing", "Nothing to send", "There is no question in it.", {
      help: "Write what you want to know.",
    });
  }
  return transaction(pool, async (tx) => {
    const request = await getRequest(tx, org.id, numberOf(press.token));
    if (request.state !== "pending") {
      throw new Refusal("request_decided", "Decided already", `${request.name} was decided.`, {
        kind: "conflict",
        actions: [askButton(`key request ${request.id}`, "How it stands")],
      });
    }
    const body = saidBody(asking, request, org.personName(by.personId), text);
    const fact = `key_question:${request.id}:${by.personId}:${now.getTime()}`;
    await tellUnder(tx, { org, now }, request, body, fact);
    if (request.requestedBy !== by.personId) {
      const actions = [
        { kind: "form", label: "Answer...", form: "key_ask", token: String(request.id) } as const,
      ];
      for (const at of await listAddresses(tx, org.id, [request.requestedBy])) {
        const place = { surface: at.surface, destination: at.destination };
        const owed = {
          at: place,
          kind: "key_question",
          placement: "post",
          fact: `${fact}:to`,
        } as const;
        await owe(tx, { org, now }, { ...owed, body: { ...body, actions } });
      }
    }
    await record(tx, {
      ...byOf(by),
      orgId: org.id,
      action: "key.question",
      subject: `key_request:${request.id}`,
      reason: text,
      at: now,
    });
    return {
      command: `key request ${request.id}`,
      title: `KEY ${request.name}: sent`,
      sentence: "It stands under the request now.",
      source: { basis: "none" as const },
      actions: [askButton(`key request ${request.id}`, "Request")],
    };
  });
}
