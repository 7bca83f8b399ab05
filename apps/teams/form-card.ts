import type { Form, FormField } from "#apps/chat/surface.ts";
import { assertNever } from "#core/errors.ts";
import { executeElement } from "./action.ts";
import {
  type AdaptiveCard,
  adaptiveCard,
  type CardElement,
  cardBytes,
  cardText,
  textLine,
} from "./card.ts";
import { type CardPress, inputId } from "./card-press.ts";
import { CARD_BYTES_MAX } from "./render.ts";

/** A list longer than this is not read; the brain should ask for the name instead. */
const CHOICES_MAX = 100;

/**
 * A form as a card. In a dialog it is sent by Action.Submit (task/submit); in place of a card by
 * Action.Execute, with a way back to the answer it came from.
 */
export function formCard(form: Form, where: "dialog" | "card", back?: CardPress): AdaptiveCard {
  let choices = CHOICES_MAX;
  let card = draw(form, where, back, choices);
  while (cardBytes(card) > CARD_BYTES_MAX && choices > 1) {
    choices = Math.floor(choices / 2);
    card = draw(form, where, back, choices);
  }
  return card;
}

function draw(
  form: Form,
  where: "dialog" | "card",
  back: CardPress | undefined,
  choices: number,
): AdaptiveCard {
  const title = cardText(form.title, 200);
  const press: CardPress = { kind: "press", verb: form.verb, token: form.token };
  const submit = cardText(form.submitLabel, 40);
  const send: CardElement =
    where === "card"
      ? executeElement(submit, press, "positive")
      : { type: "Action.Submit", title: submit, style: "positive", data: { aispend: press } };
  return adaptiveCard(
    [
      // A dialog has the title in its frame.
      ...(where === "dialog" ? [] : [textLine(title, { size: "Large", weight: "Bolder" })]),
      ...(form.intro === undefined ? [] : [textLine(cardText(form.intro, 1_000))]),
      ...form.fields.slice(0, 30).flatMap((field) => fieldElements(field, choices)),
    ],
    back === undefined ? [send] : [send, executeElement("Back", back)],
    title,
    false,
  );
}

function fieldElements(field: FormField, choices: number): CardElement[] {
  const hints = [
    ...(field.hint === undefined ? [] : [field.hint]),
    ...(field.kind === "choice" && field.options.length > choices
      ? [`The first ${choices} of ${field.options.length} are listed.`]
      : []),
  ];
  return [
    {
      ...inputElement(field, choices),
      id: inputId(field.name),
      label: cardText(field.label, 100),
      isRequired: field.required,
      errorMessage: errorMessage(field),
    },
    ...hints.map((hint) =>
      textLine(cardText(hint, 300), { size: "Small", isSubtle: true }, { spacing: "None" }),
    ),
  ];
}

function inputElement(field: FormField, choices: number): CardElement {
  const value = field.initial === undefined ? {} : { value: field.initial.slice(0, 3_000) };
  switch (field.kind) {
    case "text":
      return {
        type: "Input.Text",
        maxLength: field.maxLength,
        isMultiline: field.multiline === true,
        ...(field.secret === true ? { style: "Password" } : {}),
        ...value,
      };
    case "money":
      return {
        type: "Input.Text",
        placeholder: "1,200.00",
        regex: "^\\s*\\$?\\s*[0-9][0-9,]*(\\.[0-9]+)?\\s*$",
        maxLength: 30,
        ...value,
      };
    case "number": {
      const initial = field.initial === undefined ? Number.NaN : Number(field.initial);
      return {
        type: "Input.Number",
        min: field.min,
        max: field.max,
        ...(Number.isFinite(initial) ? { value: initial } : {}),
      };
    }
    case "date":
      return { type: "Input.Date", ...value };
    case "choice":
      return {
        type: "Input.ChoiceSet",
        style: "compact",
        isMultiSelect: field.multiple === true,
        choices: field.options
          .slice(0, choices)
          .map((option) => ({ title: cardText(option.label, 75), value: option.value })),
        ...value,
      };
    default:
      return assertNever(field);
  }
}

function errorMessage(field: FormField): string {
  switch (field.kind) {
    case "money":
      return "Write dollars, such as 1,200.00.";
    case "number":
      return `Write a number from ${field.min} to ${field.max}.`;
    case "date":
      return "Choose a day.";
    case "choice":
      return "Choose one.";
    case "text":
      return `Write ${field.required ? "something, " : ""}at most ${field.maxLength} characters.`;
    default:
      return assertNever(field);
  }
}
