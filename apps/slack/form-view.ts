import { z } from "zod";
import type { Form, FormField } from "#apps/chat/surface.ts";
import { cutLine, plainLine, wellFormed } from "#core/answers/plain-line.ts";
import { assertNever } from "#core/errors.ts";
import { decimalOf } from "#core/money.ts";
import type { InputBlock, ModalView, PlainTextOption } from "./block.ts";
import { joinedLines, mrkdwn, plain } from "./slack-text.ts";

export const FORM_VIEW = "form";

const FormMetadata = z.object({ verb: z.string(), token: z.string() });
export type FormMetadata = z.infer<typeof FormMetadata>;

/** What the modal of a form carries back when it is submitted; undefined for another view's. */
export function parseFormMetadata(text: string): FormMetadata | undefined {
  const parsed = FormMetadata.safeParse(text.startsWith("{") ? JSON.parse(text) : undefined);
  return parsed.success ? parsed.data : undefined;
}

/** A form as a modal. The name of a field is in its block id, its kind in the action id. */
export function formView(form: Form): ModalView {
  const intro = joinedLines([form.intro ?? ""], 3000);
  const fields = form.fields.slice(0, 98).map(inputBlock);
  const metadata: FormMetadata = { verb: form.verb, token: form.token };
  return {
    type: "modal",
    callback_id: FORM_VIEW,
    private_metadata: JSON.stringify(metadata),
    title: plain(form.title, 24, "aispend"),
    submit: plain(form.submitLabel, 24, "Submit"),
    close: plain("Cancel", 24, "Cancel"),
    blocks: [
      ...intro.map((text) => ({ type: "section" as const, text: mrkdwn(text) })),
      ...(intro.length + fields.length === 0
        ? [{ type: "section" as const, text: mrkdwn("There is nothing to fill in.") }]
        : []),
      ...fields,
    ],
  };
}

function inputBlock(field: FormField, index: number): InputBlock {
  const hint = field.hint ?? "";
  return {
    type: "input",
    block_id: cutLine(`${index}.${plainLine(field.name)}`, 255),
    label: plain(field.label, 2000, "Field"),
    optional: !field.required,
    element: element(field),
    ...(plainLine(hint) === "" ? {} : { hint: plain(hint, 2000, "-") }),
  };
}

function element(field: FormField): InputBlock["element"] {
  const initial = wellFormed(field.initial ?? "");
  switch (field.kind) {
    case "text": {
      const max = Math.min(3000, Math.max(1, field.maxLength));
      return {
        type: "plain_text_input",
        action_id: "text",
        multiline: field.multiline ?? false,
        max_length: max,
        ...(initial === "" ? {} : { initial_value: cutLine(initial, max) }),
      };
    }
    case "money":
      return {
        type: "plain_text_input",
        action_id: "money",
        max_length: 30,
        placeholder: plain("Dollars, such as 12.50", 150, "-"),
        ...(initial === "" ? {} : { initial_value: cutLine(initial, 30) }),
      };
    case "number": {
      const inside = /^-?\d+$/.test(initial) && field.min <= +initial && +initial <= field.max;
      return {
        type: "number_input",
        action_id: "number",
        is_decimal_allowed: false,
        min_value: String(field.min),
        max_value: String(field.max),
        ...(inside ? { initial_value: initial } : {}),
      };
    }
    case "date": {
      const known = /^\d{4}-\d{2}-\d{2}$/.test(initial);
      return { type: "datepicker", action_id: "date", ...(known ? { initial_date: initial } : {}) };
    }
    case "choice":
      return choice(field, initial);
    default:
      return assertNever(field);
  }
}

type ChoiceField = Extract<FormField, { kind: "choice" }>;

/** Up to 10,000 options: Slack takes 100 in a list, and 100 groups of 100. */
function choice(field: ChoiceField, initial: string): InputBlock["element"] {
  const given = field.options
    .filter(({ value }) => value !== "" && value === plainLine(value) && value.length <= 150)
    .slice(0, 10_000)
    .map(({ label, value }) => ({ text: plain(label, 75, cutLine(value, 75)), value }));
  const none = { text: plain("Nothing to choose", 75, "-"), value: "-" };
  const options: PlainTextOption[] = given.length === 0 ? [none] : given;
  const offered = options.length <= 100 ? { options } : { option_groups: grouped(options) };
  const chosen = options.filter((option) =>
    (field.multiple ? initial.split(",") : [initial]).includes(option.value ?? ""),
  );
  if (field.multiple) {
    return {
      type: "multi_static_select",
      action_id: "choices",
      ...offered,
      ...(chosen.length === 0 ? {} : { initial_options: chosen.slice(0, 100) }),
    };
  }
  const [first] = chosen;
  return {
    type: "static_select",
    action_id: "choice",
    ...offered,
    ...(first === undefined ? {} : { initial_option: first }),
  };
}

function grouped(options: readonly PlainTextOption[]) {
  const groups = [];
  for (let start = 0; start < options.length; start += 100) {
    const part = options.slice(start, start + 100);
    const label = `${start + 1} to ${start + part.length}`;
    groups.push({ label: plain(label, 75, "-"), options: part });
  }
  return groups;
}

const Value = z.object({
  value: z.string().nullish(),
  selected_date: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
  selected_options: z.array(z.object({ value: z.string() })).nullish(),
});
const State = z.record(z.string(), z.record(z.string(), Value));

export type FormValues =
  | { ok: true; values: Record<string, string> }
  | { ok: false; errors: Record<string, string> };

/**
 * The fields of a submitted form by name; several choices are joined by commas, an empty field is
 * absent. Slack checks what it can itself; an amount is checked here. Errors go by block id.
 */
export function formValues(state: unknown): FormValues {
  const values: Record<string, string> = {};
  const errors: Record<string, string> = {};
  for (const [blockId, inputs] of Object.entries(State.parse(state))) {
    const name = blockId.slice(blockId.indexOf(".") + 1);
    for (const [kind, input] of Object.entries(inputs)) {
      const text = given(input).trim();
      if (text === "") continue;
      const amount = text.replace(/^\$\s*/, "").replaceAll(",", "");
      if (kind === "money" && !isAmount(amount)) {
        errors[blockId] = "Write an amount in dollars such as 12.50.";
      }
      values[name] = kind === "money" ? amount : text;
    }
  }
  return Object.keys(errors).length === 0 ? { ok: true, values } : { ok: false, errors };
}

function given(input: z.infer<typeof Value>): string {
  const several = input.selected_options?.map((option) => option.value).join(",");
  return input.value ?? input.selected_date ?? input.selected_option?.value ?? several ?? "";
}

function isAmount(text: string): boolean {
  return decimalOf(text) !== undefined && !text.startsWith("-");
}
