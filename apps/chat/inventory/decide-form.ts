import { isGone } from "#core/inventory/flags.ts";
import { loadInventory } from "#core/inventory/service.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { pressAssign, pressClaim, pressRetire } from "./decide-press.ts";
import { visibleItems } from "./inventory-sight.ts";
import { KIND_SAID } from "./inventory-words.ts";
import { itemToken } from "./item-buttons.ts";

/** What Slack carries in a choice. */
const OPTIONS = 100;
const VALUE_LENGTH = 150;
const LABEL_LENGTH = 75;

const DECISIONS = {
  claim: { label: "I answer for it", press: pressClaim },
  assign: { label: "Somebody else does", press: pressAssign },
  retire: { label: "Retire it, or revoke a key that was issued here", press: pressRetire },
} as const;

/** Any thing that is to be decided, for whoever may see it. */
export async function decideForm(asking: Asking): Promise<Form> {
  const { now, org, pool } = asking;
  const { items } = await loadInventory(pool, org.id, now);
  const options = (await visibleItems(asking, items))
    .filter((item) => item.flags.length > 0 && !isGone(item))
    .map((item) => ({
      value: itemToken(item),
      label: `${KIND_SAID[item.kind].one} ${item.name}`.slice(0, LABEL_LENGTH),
    }))
    .filter(({ value }) => value.length <= VALUE_LENGTH)
    .slice(0, OPTIONS);
  if (options.length === 0) {
    throw new Refusal("nothing_to_decide", "Nothing to decide", "Everything is decided by now.", {
      kind: "conflict",
    });
  }
  return {
    title: "Decide",
    intro: "Each is authorised when it is sent, and done once.",
    verb: "inventory_decide",
    token: "flagged",
    submitLabel: "Decide",
    fields: [
      { kind: "choice", name: "item", label: "What", required: true, options },
      {
        kind: "choice",
        name: "decision",
        label: "Decision",
        required: true,
        options: Object.entries(DECISIONS).map(([value, { label }]) => ({ value, label })),
      },
      {
        kind: "text",
        name: "to",
        label: "Owner",
        hint: "Of one that somebody else answers for: name or e-mail address",
        required: false,
        maxLength: 120,
      },
    ],
  };
}

function isDecision(text: string): text is keyof typeof DECISIONS {
  return Object.hasOwn(DECISIONS, text);
}

export async function pressDecide(asking: Asking, press: Press): Promise<AnswerBody> {
  const { decision = "", item = "" } = press.values;
  if (isDecision(decision)) {
    return DECISIONS[decision].press(asking, { ...press, token: item });
  }
  throw new Refusal(
    "decision_unknown",
    "That does not fit yet",
    `'${decision.slice(0, 40)}' is no decision.`,
    { help: `Choose one of ${Object.keys(DECISIONS).join(", ")}.` },
  );
}
