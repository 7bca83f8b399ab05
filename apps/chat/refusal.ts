import type { Action } from "#core/answers/schema.ts";
import { AispendError, type AispendErrorOptions } from "#core/errors.ts";

/** A question that gets an answer of its own instead of figures: why not, and what to press instead. */
export class Refusal extends AispendError {
  readonly title: string;
  readonly actions: readonly Action[];
  /** The actions name what could have been meant. */
  readonly suggests: boolean;

  constructor(
    code: string,
    title: string,
    message: string,
    options: AispendErrorOptions & { actions?: readonly Action[]; suggests?: boolean } = {},
  ) {
    super(code, message, options);
    this.name = "Refusal";
    this.title = title;
    this.actions = options.actions ?? [];
    this.suggests = options.suggests ?? false;
  }
}

export function askButton(command: string, label = command): Action {
  return { kind: "ask", label: label.length > 75 ? `${label.slice(0, 74)}…` : label, command };
}
