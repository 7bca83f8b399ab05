import type { Day } from "#core/time.ts";
import type { Asking } from "./asking.ts";
import type { Word } from "./grammar/words.ts";
import type { AnswerBody } from "./spend/spend-answer.ts";
import type { Form, FormOpener, Press } from "./surface.ts";

/** What parsing may know: the day on which the question is asked, in the organisation's zone. */
export interface Reading {
  readonly today: Day;
}

/**
 * One command of the chat. `parse` is pure and throws an AispendError for what is no question;
 * `run` answers, or throws a Refusal. A state change is a press: authorised when it is pressed.
 */
export interface Command<P> {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** For `help COMMAND`: what can be written, and what that does. */
  readonly examples?: readonly (readonly [ask: string, does: string])[];
  /** One of the six that `help` shows. */
  readonly isFirst?: boolean;
  /** Never guessed from a word that is only near its name: it hands something out or stops something. */
  readonly isExact?: boolean;
  /** Answered also to an account that is not linked to a person yet. */
  readonly isOpen?: boolean;
  parse(words: readonly Word[], reading: Reading): P;
  run(asking: Asking, parsed: P): Promise<AnswerBody>;
  readonly presses?: Readonly<
    Record<string, (asking: Asking, press: Press) => Promise<AnswerBody>>
  >;
  /** A form, or at once what it comes to: a secret that is shown where the form would be. */
  readonly forms?: Readonly<
    Record<string, (asking: Asking, token: string) => Promise<Form | AnswerBody>>
  >;
  /** Words that are answered by a form at once, where the surface can open one. Pure. */
  opens?(words: readonly Word[]): FormOpener | undefined;
}
