import { assignItem, claimItem, retireItem, undoDecision } from "#core/inventory/decide.ts";
import type { Decided, ItemPress } from "#core/inventory/deciding.ts";
import type { FlaggedItem } from "#core/inventory/item.ts";
import { loadInventory } from "#core/inventory/service.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import { requirePerson } from "../require-person.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { findItem } from "./find-item.ts";
import { visibleItems } from "./inventory-sight.ts";
import { KIND_SAID } from "./inventory-words.ts";
import { decisionSaid, itemAnswer } from "./item-answer.ts";
import { readItemToken } from "./item-buttons.ts";
import { editWeekly } from "./tell-inventory.ts";

export function requireItemPerson(asking: Asking): ItemPress["by"] {
  return requirePerson(asking, {
    title: "Who decides it?",
    why: "What is in the inventory is decided by people, not by the operator of the installation.",
  });
}

function pressOf(asking: Asking, press: Press): ItemPress {
  const { id, kind, seen } = readItemToken(press.token);
  const { now, org } = asking;
  return { orgId: org.id, kind, id, seen, by: requireItemPerson(asking), now };
}

/** How the thing stands after a press, to the one who pressed. */
async function after(
  asking: Asking,
  { inventory, item, state }: Decided,
  done: (item: FlaggedItem) => string,
): Promise<AnswerBody> {
  const { now, org } = asking;
  const setting = { org, now, today: inventory.today, vendors: inventory.vendors };
  if (state === "already") {
    const said = `Nothing was changed: ${item.name} was ${decisionSaid(setting, item)} already.`;
    return itemAnswer(setting, item, said);
  }
  await editWeekly(asking, inventory);
  return itemAnswer(setting, item, done(item));
}

export async function pressClaim(asking: Asking, press: Press): Promise<AnswerBody> {
  const decided = await claimItem(asking.pool, pressOf(asking, press));
  return after(asking, decided, ({ kind, name, scopeId }) => {
    const scope = asking.org.scopes.find(({ id }) => id === scopeId)?.shortName;
    const where = scope === undefined || kind !== "key" ? "" : ` for ${scope}`;
    return `You answer for the ${KIND_SAID[kind].one} ${name}${where} from now on.`;
  });
}

export async function pressRetire(asking: Asking, press: Press): Promise<AnswerBody> {
  const decided = await retireItem(asking.pool, pressOf(asking, press));
  return after(asking, decided, (item) =>
    item.virtualKeyId === undefined
      ? `${item.name} is marked as retired; spend from tomorrow on brings it back.`
      : `${item.name} is revoked: what uses it is refused from now on.`,
  );
}

export async function pressUndo(asking: Asking, press: Press): Promise<AnswerBody> {
  const decided = await undoDecision(asking.pool, pressOf(asking, press));
  return after(asking, decided, ({ name }) => `${name} is as it was before.`);
}

/** The thing that a form is about, as it stands now. */
export async function itemOfToken(asking: Asking, token: string): Promise<FlaggedItem> {
  const { id, kind } = readItemToken(token);
  const { items } = await loadInventory(asking.pool, asking.org.id, asking.now);
  return findItem(await visibleItems(asking, items), kind, id);
}

export async function assignForm(asking: Asking, token: string): Promise<Form> {
  const { id, kind } = readItemToken(token);
  const { items } = await loadInventory(asking.pool, asking.org.id, asking.now);
  // No sight is asked for: the form says nothing but the name, and who may is asked when it is sent.
  const item = findItem(items, kind, id);
  const text = (name: string, label: string, hint: string, maxLength: number) =>
    ({ kind: "text", name, label, hint, required: false, maxLength }) as const;
  const isKey = kind === "key" && item.virtualKeyId === undefined;
  const isDeclared = kind !== "model" && item.virtualKeyId === undefined;
  return {
    title: "Assign",
    intro: `Who answers for the ${KIND_SAID[kind].one} ${item.name}?`,
    verb: "inventory_assign",
    token,
    submitLabel: "Assign",
    fields: [
      {
        kind: "text",
        name: "to",
        label: "Owner",
        hint: "Name or e-mail address",
        required: true,
        maxLength: 120,
      },
      ...(isKey
        ? [text("scope", "Team, project or agent", "Where its spend belongs from now on", 200)]
        : []),
      ...(isDeclared
        ? [
            text("cost_centre", "Cost centre", "Empty: as it is", 200),
            text("use", "Approved use", "What it may be used for; empty: as it is", 500),
          ]
        : []),
    ],
  };
}

function given(press: Press, name: string): string | undefined {
  const value = press.values[name]?.trim() ?? "";
  return value === "" ? undefined : value;
}

function scopeNamed({ org }: Asking, typed: string): number {
  const lower = typed.toLowerCase();
  const found = org.scopes.filter(
    ({ retired, path, shortName, name }) =>
      !retired && [path, shortName, name].some((one) => one.toLowerCase() === lower),
  );
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only.id;
  throw new Refusal(
    "scope_not_found",
    "Which scope?",
    `'${typed.slice(0, 60)}' is ${only === undefined ? "no" : "the name of several"} ` +
      `${only === undefined ? "team, project or agent" : "teams, projects or agents"}.`,
    { kind: "not_found", help: "Write its path, such as payments/disputes." },
  );
}

export async function pressAssign(asking: Asking, press: Press): Promise<AnswerBody> {
  const typed = given(press, "to") ?? "";
  const to = asking.org.personNamed(typed);
  if (to === undefined) {
    throw new Refusal(
      "person_not_found",
      "Who is that?",
      `I know nobody '${typed.slice(0, 60)}'.`,
      {
        kind: "not_found",
        help: "Write a name or e-mail address.",
      },
    );
  }
  const scope = given(press, "scope");
  const decided = await assignItem(asking.pool, pressOf(asking, press), {
    to,
    costCentre: given(press, "cost_centre"),
    approvedUse: given(press, "use"),
    scopeId: scope === undefined ? undefined : scopeNamed(asking, scope),
  });
  return after(
    asking,
    decided,
    ({ name }) => `${asking.org.personName(to)} answers for ${name} from now on.`,
  );
}
