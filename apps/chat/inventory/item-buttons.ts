import type { Action } from "#core/answers/schema.ts";
import { isGone } from "#core/inventory/flags.ts";
import type { FlaggedItem, Item } from "#core/inventory/item.ts";
import { InventoryKind } from "#core/inventory/schema.ts";
import { Refusal } from "../refusal.ts";

export interface ItemRef {
  readonly kind: InventoryKind;
  /** The decision that stood when the button was drawn; 0 = none. */
  readonly seen: number;
  readonly id: string;
}

/** "key|12|key_4f2a". */
export function itemToken({ kind, id, decision }: Item): string {
  return `${kind}|${decision?.id ?? 0}|${id}`;
}

export function readItemToken(token: string): ItemRef {
  const [kind, seen = "", ...id] = token.split("|");
  const known = InventoryKind.safeParse(kind);
  if (known.success && /^\d{1,9}$/.test(seen) && id.join("|") !== "") {
    return { kind: known.data, seen: Number(seen), id: id.join("|").slice(0, 300) };
  }
  throw new Refusal("button_unknown", "That button no longer works", "I do not know it.", {
    kind: "not_found",
    help: "Ask again and press the new one: inventory",
  });
}

const NAME_LENGTH = 26;

function short(name: string): string {
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH - 1)}…`;
}

function retireConfirm({ name, virtualKeyId }: Item): string {
  return virtualKeyId === undefined
    ? `${name} is not to be used any more. Spend on it from tomorrow on brings it back.`
    : `Revoke ${name} for good? What uses it stops at once.`;
}

export function undoButton(item: Item): Action[] {
  const { decision, virtualKeyId } = item;
  if (decision === undefined || decision.decision === "undone") return [];
  if (decision.isRetired && virtualKeyId !== undefined) return [];
  return [
    {
      kind: "press",
      label: "Undo",
      verb: "inventory_undo",
      token: itemToken(item),
      style: "default",
    },
  ];
}

/**
 * Claim, assign, retire; each is authorised when it is pressed. `named` where several things have their
 * buttons in one message.
 */
export function itemButtons(item: FlaggedItem, named: boolean): Action[] {
  if (isGone(item)) return [];
  const token = itemToken(item);
  const of = named ? ` ${short(item.name)}` : "";
  return [
    { kind: "press", label: `Claim${of}`, verb: "inventory_claim", token, style: "primary" },
    { kind: "form", label: `Assign${of}...`, form: "inventory_assign", token },
    {
      kind: "press",
      label: `${item.virtualKeyId === undefined ? "Retire" : "Revoke"}${of}`,
      verb: "inventory_retire",
      token,
      style: "danger",
      confirm: retireConfirm(item),
    },
  ];
}
