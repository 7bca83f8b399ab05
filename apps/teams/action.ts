import type { Action } from "#core/answers/schema.ts";
import { assertNever } from "#core/errors.ts";
import { type CardElement, cardText } from "./card.ts";
import { CARRIED_MAX, type CardPress } from "./card-press.ts";

/** Teams shows six buttons; what is beyond goes behind its menu of three dots. */
const SHOWN_MAX = 6;
const ACTIONS_MAX = 12;
const LABEL_MAX = 40;

/** What a card has to know about where it is shown. */
export interface CardPlace {
  /** The room the question came from, which Share posts to; without one there is nothing to share. */
  origin: string | undefined;
  /** Teams itself, which has dialogs and wide cards; in the playground a form takes the card's place. */
  teamsClient: boolean;
}

export function actionElements(
  actions: readonly Action[],
  command: string,
  place: CardPlace,
  extra: readonly CardElement[],
): CardElement[] {
  const drawn = actions
    .flatMap((action) => actionElement(action, command, place))
    .slice(0, ACTIONS_MAX);
  const all = [...drawn, ...extra];
  if (all.length <= SHOWN_MAX) return all;
  return all.map((one, index) => (index < SHOWN_MAX ? one : { ...one, mode: "secondary" }));
}

export function executeElement(
  title: string,
  press: CardPress,
  style?: "positive" | "destructive",
): CardElement {
  return {
    type: "Action.Execute",
    title: cardText(title, LABEL_MAX),
    verb: press.kind,
    data: { aispend: press },
    ...(style === undefined ? {} : { style }),
  };
}

function actionElement(action: Action, command: string, place: CardPlace): CardElement[] {
  const room = place.origin === undefined ? {} : { room: place.origin };
  switch (action.kind) {
    case "ask":
      return carried([action.command], () =>
        executeElement(action.label, { kind: "ask", command: action.command, ...room }),
      );
    case "share": {
      const { origin } = place;
      if (origin === undefined) return [];
      return carried([action.command, origin], () =>
        executeElement(action.label, { kind: "share", command: action.command, room: origin }),
      );
    }
    case "download":
      return carried([action.command], () =>
        executeElement(action.label, { kind: "download", command: action.command }),
      );
    case "press":
      return carried([action.verb, action.token, command], () =>
        pressElement(action, command, room),
      );
    case "form":
      return carried([action.form, action.token, command], () => {
        const { form, token } = action;
        const press: CardPress = { kind: "form", form, token, command, ...room };
        return place.teamsClient
          ? dialogElement(action.label, press)
          : executeElement(action.label, press);
      });
    default:
      return assertNever(action);
  }
}

function pressElement(
  action: Extract<Action, { kind: "press" }>,
  command: string,
  room: { room?: string },
): CardElement {
  const { verb, token } = action;
  const style = pressStyle(action.style);
  if (action.confirm === undefined) {
    return executeElement(action.label, { kind: "press", verb, token, command, ...room }, style);
  }
  const press: CardPress = {
    kind: "confirm",
    label: cardText(action.label, LABEL_MAX),
    question: cardText(action.confirm, 500),
    danger: action.style === "danger",
    verb,
    token,
    command,
    ...room,
  };
  return executeElement(action.label, press, style);
}

function pressStyle(
  style: Extract<Action, { kind: "press" }>["style"],
): "positive" | "destructive" | undefined {
  if (style === "danger") return "destructive";
  return style === "primary" ? "positive" : undefined;
}

/** Action.Submit, because Action.Execute opens no dialog. */
function dialogElement(title: string, press: CardPress): CardElement {
  return {
    type: "Action.Submit",
    title: cardText(title, LABEL_MAX),
    data: { msteams: { type: "task/fetch" }, aispend: press },
  };
}

function carried(texts: readonly string[], draw: () => CardElement): CardElement[] {
  return texts.every((text) => text.length <= CARRIED_MAX) ? [draw()] : [];
}
