import type { Answer, AnswerInput } from "#core/answers/schema.ts";
import type { AispendError, ErrorKind } from "#core/errors.ts";
import { askButton, Refusal } from "./refusal.ts";

type State = Answer["state"];

const STATES: Readonly<Record<ErrorKind, State>> = {
  invalid: "wrong_usage",
  unauthenticated: "refused",
  forbidden: "refused",
  not_found: "not_found",
  conflict: "refused",
  too_large: "wrong_usage",
  unsupported_media: "wrong_usage",
  unprocessable: "wrong_usage",
  rate_limited: "refused",
  unavailable: "refused",
};

const TITLES: Readonly<Record<State, string>> = {
  ok: "",
  refused: "Not possible",
  not_found: "Not found",
  wrong_usage: "I did not understand that",
};

function sentenceOf(message: string): string {
  const capital = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** "Resume it first: key resume ci-nightly" names a question that can be pressed. */
function namedIn(help: string | undefined): string | undefined {
  return /: ((?:keys?|owners|anomalies)(?: [a-z0-9][a-z0-9._/ -]*)?)$/.exec(help ?? "")?.[1];
}

/** An expected failure as an answer: what was wrong, what would be right, what to press instead. */
export function refusalAnswer(
  error: AispendError,
  command: string,
): Omit<AnswerInput, "audience"> & { state: State } {
  const state = STATES[error.kind];
  const own = error instanceof Refusal ? error : undefined;
  return {
    command,
    state,
    title: own?.title ?? TITLES[state],
    // A refusal is written as a sentence, which may begin with a name.
    sentence: own === undefined ? sentenceOf(error.message) : own.message,
    notes: error.help === undefined ? [] : [error.help],
    actions: own === undefined ? [askButton(namedIn(error.help) ?? "help")] : [...own.actions],
  };
}
