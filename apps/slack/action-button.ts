import { z } from "zod";
import { plainLine } from "#core/answers/plain-line.ts";
import type { Action } from "#core/answers/schema.ts";
import { assertNever } from "#core/errors.ts";
import type { Button } from "./block.ts";
import { plain } from "./slack-text.ts";

const VALUE_MAX = 2000;

const Pair = z.tuple([z.string(), z.string()]);

/** What a pressed button asks for; nothing in it is trusted, the brain decides when it is pressed. */
export type Pressed =
  | { kind: "ask" | "share" | "download"; command: string }
  | { kind: "press"; verb: string; token: string }
  | { kind: "form"; form: string; token: string };

/** A button of an Answer. Undefined when its value is longer than Slack carries (2,000). */
export function button(action: Action, position: number): Button | undefined {
  const value = carried(action);
  if (value === "" || value.length > VALUE_MAX) return undefined;
  return {
    type: "button",
    action_id: `${action.kind}.${position}`,
    text: plain(action.label, 75, "Open"),
    value,
    ...(action.kind === "press" ? pressLooks(action) : {}),
  };
}

function carried(action: Action): string {
  switch (action.kind) {
    case "ask":
    case "share":
    case "download":
      return plainLine(action.command);
    case "press":
      return JSON.stringify([action.verb, action.token]);
    case "form":
      return JSON.stringify([action.form, action.token]);
    default:
      return assertNever(action);
  }
}

function pressLooks(action: Extract<Action, { kind: "press" }>): Partial<Button> {
  const style = action.style === "default" ? {} : { style: action.style };
  if (action.confirm === undefined) return style;
  return {
    ...style,
    confirm: {
      title: plain(action.label, 100, "Sure?"),
      text: plain(action.confirm, 300, "This cannot be undone here."),
      confirm: plain(action.label, 30, "Yes"),
      deny: plain("Cancel", 30, "Cancel"),
      ...(action.style === "danger" ? { style: "danger" } : {}),
    },
  };
}

/** The reverse of `button`; undefined for a button of another make. */
export function parsePressed(actionId: string, value: string | undefined): Pressed | undefined {
  const kind = actionId.split(".")[0];
  if (value === undefined) return undefined;
  if (kind === "ask" || kind === "share" || kind === "download") return { kind, command: value };
  if (kind !== "press" && kind !== "form") return undefined;
  const pair = Pair.safeParse(parsedJson(value));
  if (!pair.success) return undefined;
  const [first, token] = pair.data;
  return kind === "press" ? { kind, verb: first, token } : { kind, form: first, token };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
