import type { Action } from "#core/answers/schema.ts";
import { AispendError, type AispendErrorOptions } from "#core/errors.ts";

/** A question that gets an answer of its own instead of figures: why not, and what to press instead. */
export class Refusal extends AispendError {
  readonly title: string;
  readonly actions: readonly Action[];

  constructor(
    code: string,
    title: string,
    message: string,
    options: AispendErrorOptions & { actions?: readonly Action[] } = {},
  ) {
    super(code, message, options);
    this.name = "Refusal";
    this.title = title;
    this.actions = options.actions ?? [];
  }
}

export function askButton(command: string, label = command): Action {
  return { kind: "ask", label: label.length > 75 ? `${label.slice(0, 74)}…` : label, command };
}
