import { isGone } from "#core/inventory/flags.ts";
import type { FlaggedItem } from "#core/inventory/item.ts";
import type { InventoryKind } from "#core/inventory/schema.ts";
import { foldName, nearNames } from "../names/fold-name.ts";
import { askButton, Refusal } from "../refusal.ts";
import { KIND_SAID, spellItem } from "./inventory-words.ts";

/** Commas and the like are no part of a typed word. */
function fold(name: string): string {
  return foldName(name.replace(/[,;!?"'()]/g, " "));
}

function namesOf({ declaredKey, id, name }: FlaggedItem): string[] {
  return [id, name, ...(declaredKey === undefined ? [] : [declaredKey])];
}

/** The thing of this name: by id, name or key in the file. Throws a Refusal for none and for several. */
export function findItem(
  items: readonly FlaggedItem[],
  kind: InventoryKind | undefined,
  typed: string,
): FlaggedItem {
  const ofKind = items.filter((item) => kind === undefined || item.kind === kind);
  const exact = ofKind.filter((item) => namesOf(item).includes(typed));
  const folded = fold(typed);
  const alike =
    exact.length > 0
      ? exact
      : ofKind.filter((item) => namesOf(item).some((name) => fold(name) === folded));
  const living = alike.filter((item) => !isGone(item));
  const [only, ...more] = living.length > 0 ? living : alike;
  if (only !== undefined && more.length === 0) return only;
  const said = typed.slice(0, 60);
  const near = only === undefined ? nearNames(typed, ofKind, namesOf) : [only, ...more];
  const actions = near
    .slice(0, 5)
    .map((item) => askButton(spellItem(item), `${KIND_SAID[item.kind].one} ${item.name}`));
  if (only !== undefined) {
    throw new Refusal("item_ambiguous", "Which one?", `Several things are called '${said}'.`, {
      kind: "not_found",
      actions,
      suggests: true,
    });
  }
  throw new Refusal(
    "item_not_found",
    "Not in the inventory",
    `Nothing in the inventory is called '${said}'.`,
    {
      kind: "not_found",
      help: "See what there is: inventory all",
      actions: [...actions, askButton("inventory all", "All")],
      suggests: near.length > 0,
    },
  );
}
