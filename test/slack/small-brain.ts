import type { Brain, Form, Press, Question } from "#apps/chat/surface.ts";
import type { Answer, Audience } from "#core/answers/schema.ts";
import { keyRequest, monthly, refusal, weekly } from "./sample-answers.ts";

export interface SmallBrain extends Brain {
  questions: Question[];
  presses: Press[];
  /** The next question waits for this. */
  hold: Promise<void> | undefined;
}

/** A brain that knows a few answers: the real one has tests of its own. */
export function createSmallBrain(): SmallBrain {
  const decided = new Set<string>();
  const brain: SmallBrain = {
    questions: [],
    presses: [],
    hold: undefined,
    async ask(question) {
      brain.questions.push(question);
      await brain.hold;
      return answerTo(question);
    },
    async press(press) {
      brain.presses.push(press);
      if (press.verb === "boom") throw new Error("the database is gone");
      const first = !decided.has(press.token);
      decided.add(press.token);
      const values = Object.entries(press.values).map(([name, value]) => `${name}=${value}`);
      return said(
        press.audience,
        first ? "Done" : "Already done",
        `${press.verb} of ${press.token} ${values.join(" ")}`,
      );
    },
    async form(name, token, { audience }): Promise<Form | Answer> {
      if (name === "refused") return said(audience, "Not yours", "Only Ana Ruiz may change it.");
      return {
        title: "Change the key",
        intro: "Cap and expiry of the key for payments.",
        verb: name,
        token,
        submitLabel: "Change",
        fields: [{ name: "cap", label: "Cap a month", required: true, kind: "money" }],
      };
    },
    opens(text) {
      return text === "key" ? { form: "key_request", token: "new" } : undefined;
    },
    async home({ audience }) {
      return {
        team: weekly(audience),
        requests: said(audience, "My requests", "You have asked for nothing."),
        waiting: keyRequest(audience),
      };
    },
  };
  return brain;
}

async function answerTo({ text, asker, audience }: Question): Promise<Answer> {
  if (text.includes("boom")) throw new Error(`cannot read ${text}`);
  if (asker.personId === undefined) {
    return { ...said(audience, "Who are you?", "Link your account first."), state: "refused" };
  }
  if (text === "me" && audience.kind === "room") {
    return { ...said(audience, "Not here", "That is shown to you alone."), state: "refused" };
  }
  if (text === "me") return said(audience, "You", "You spent $12 this month.");
  if (text.startsWith("team payments 2026-11")) return monthly(audience);
  if (text.startsWith("team payments")) return weekly(audience);
  if (text === "requests") return keyRequest(audience);
  return refusal(audience);
}

function said(audience: Audience, title: string, sentence: string): Answer {
  return {
    command: "me",
    state: "ok",
    title,
    sentence,
    facts: [],
    notes: [],
    details: [],
    actions: [],
    audience,
    demonstration: false,
    figures: {},
  };
}
