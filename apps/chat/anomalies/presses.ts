import type { Finding } from "#core/anomalies/schema.ts";
import { getFinding, pressFinding, type Transition } from "#core/anomalies/service.ts";
import type { Action } from "#core/answers/schema.ts";
import type { Tx } from "#core/db/db.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import { requirePerson } from "../require-person.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { byPermission, onlyToRead, othersWhoMay } from "../who-may.ts";
import { type OneWords, saidLength, type Wish } from "./anomaly-words.ts";
import { findingAnswer, stateSaid } from "./finding-answer.ts";
import { settingOf } from "./finding-setting.ts";
import { editFinding } from "./tell-finding.ts";

const MINUTE_MS = 60_000;
const EXPECT_DAYS = [1, 7, 30, 90];

function stale(): Refusal {
  return new Refusal(
    "button_unknown",
    "That button no longer works",
    "This button is of a finding that I do not know any more.",
    { kind: "not_found", help: "Ask again and press the new one: anomalies" },
  );
}

/** "12", "12|240", "12|because text": what a button of a finding carries. */
function readToken(token: string): { id: number; rest: string } {
  const match = /^(\d{1,9})(?:\|([\s\S]{0,600}))?$/.exec(token);
  if (match === null) throw stale();
  return { id: Number(match[1]), rest: match[2] ?? "" };
}

function readMinutes(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw stale();
  return Number(text);
}

function transitionOf(press: Press, now: Date): { id: number; transition: Transition } {
  const { id, rest } = readToken(press.token);
  const until = (minutes: number) => new Date(now.getTime() + minutes * MINUTE_MS);
  switch (press.verb) {
    case "finding_snooze":
      return { id, transition: { to: "snooze", until: until(readMinutes(rest)) } };
    case "finding_expect": {
      const [typed = "", ...said] = rest.split("|");
      const { days = "", reason = said.join("|") } = press.values;
      const minutes = days === "" ? readMinutes(typed) : readMinutes(days) * 1_440;
      return { id, transition: { to: "expect", until: until(minutes), reason } };
    }
    case "finding_resolve":
      return { id, transition: { to: "resolve", reason: rest } };
    case "finding_label":
      return { id, transition: { to: "label" } };
    default:
      return { id, transition: { to: "acknowledge" } };
  }
}

/**
 * A press on a finding: authorised now and done once. Whoever comes second, or after it is over, is
 * told how it stands. Every message of the finding is edited in the same transaction.
 */
export async function pressAnomaly(asking: Asking, press: Press): Promise<AnswerBody> {
  const { now, org, pool } = asking;
  const by = requirePerson(asking, {
    title: "Who is on it?",
    why: "A finding is taken on by a person, not by the operator of the installation.",
    help: "Press in chat, or name yourself with a code: code",
  });
  const { id, transition } = transitionOf(press, now);
  const onChanged = (tx: Tx, finding: Finding) => editFinding(tx, org, finding, now);
  const request = { orgId: org.id, id, transition, by, now, onChanged };
  const { finding, state } = await pressFinding(pool, request);
  const body = await answerOf(asking, finding);
  if (state === "done") return body;
  const setting = await settingOf(pool, org, finding, now);
  const how = stateSaid(finding, setting);
  return {
    ...body,
    sentence: `Your press changed nothing, it is ${how}. ${body.sentence}`,
  };
}

async function answerOf(asking: Asking, finding: Finding): Promise<AnswerBody> {
  const setting = await settingOf(asking.pool, asking.org, finding, asking.now);
  return findingAnswer(finding, setting);
}

/** What was typed, as the button that does it: a state is changed by a press, never by a question. */
function wishedAction(id: number, wish: Wish): Action {
  const press = (label: string, verb: string, token: string): Action => ({
    kind: "press",
    label,
    verb,
    token,
    style: "primary",
  });
  switch (wish.to) {
    case "acknowledge":
      return press("I'm on it", "finding_acknowledge", String(id));
    case "snooze":
      return press(`Snooze ${saidLength(wish.minutes)}`, "finding_snooze", `${id}|${wish.minutes}`);
    case "expect":
      return wish.minutes === undefined || wish.reason === undefined
        ? { kind: "form", label: "Expected...", form: "finding_expect", token: String(id) }
        : press(
            `Expected for ${saidLength(wish.minutes)}`,
            "finding_expect",
            `${id}|${wish.minutes}|${wish.reason.slice(0, 500)}`,
          );
    case "resolve": {
      const reason = wish.reason ?? "resolved in chat";
      return press("Resolve", "finding_resolve", `${id}|${reason.slice(0, 500)}`);
    }
    case "label":
      return press("Not an anomaly", "finding_label", String(id));
  }
}

export async function showAnomaly(asking: Asking, { id, wish }: OneWords): Promise<AnswerBody> {
  const finding = await getFinding(asking.pool, asking.org.id, id);
  const body = await answerOf(asking, finding);
  const find = byPermission(asking, "acknowledge_finding", finding.scopeId);
  const others = await othersWhoMay(asking, find);
  if (others !== undefined) {
    return onlyToRead(body, `${others.names ?? "Nobody yet"} may take it on.`);
  }
  if (wish === undefined) return body;
  // What is over can be labelled and nothing else: a button would only say so when it is pressed.
  if (finding.state === "resolved" && wish.to !== "label") {
    return { ...body, sentence: `There is nothing left to change. ${body.sentence}` };
  }
  const action = wishedAction(id, wish);
  return {
    ...body,
    sentence: `Nothing is changed until you press '${action.label}'. ${body.sentence}`,
    actions: [action, ...(body.actions ?? []).filter(({ kind }) => kind === "ask")],
  };
}

/** How long it is to be expected, and why. */
export async function expectForm(asking: Asking, token: string): Promise<Form> {
  const { id } = readToken(token);
  const finding = await getFinding(asking.pool, asking.org.id, id);
  const { said } = await settingOf(asking.pool, asking.org, finding, asking.now);
  return {
    title: `Expected: ${said}`.slice(0, 24),
    intro:
      `Finding ${id} of ${said}. Until then nothing is said of this, unless it costs three times ` +
      "as much an hour.",
    verb: "finding_expect",
    token: String(id),
    submitLabel: "Expected",
    fields: [
      {
        kind: "choice",
        name: "days",
        label: "For how long",
        required: true,
        initial: "7",
        options: EXPECT_DAYS.map((days) => ({
          value: String(days),
          label: days === 1 ? "1 day" : `${days} days`,
        })),
      },
      {
        kind: "text",
        name: "reason",
        label: "Why",
        hint: "Kept in the audit log",
        required: true,
        maxLength: 500,
      },
    ],
  };
}
