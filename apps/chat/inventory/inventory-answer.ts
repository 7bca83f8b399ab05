import type { Action, Fact } from "#core/answers/schema.ts";
import { csvLine } from "#core/csv.ts";
import { isGone } from "#core/inventory/flags.ts";
import type { FlaggedItem } from "#core/inventory/item.ts";
import type { InventoryFlag } from "#core/inventory/schema.ts";
import type { Inventory } from "#core/inventory/service.ts";
import { saidUsd, usdDecimal } from "#core/money.ts";
import type { Day } from "#core/time.ts";
import { dayWithYear, scopeSaid } from "../keys/key-words.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import {
  countsSaid,
  type InventoryWords,
  KIND_SAID,
  KINDS,
  spellInventory,
  spellItem,
  whySaid,
} from "./inventory-words.ts";
import { itemButtons } from "./item-buttons.ts";

export const SHOWN = 20;
/** Things with their three buttons in a list; any other has them on its own card. */
const WITH_BUTTONS = 3;

export const LIST_SOURCE = {
  basis: "metered" as const,
  note: "spend of the last 30 days from the ledger; the rest as declared or as providers list it",
};

export function costSaid({ use }: FlaggedItem): string {
  if (use === undefined) return "";
  const unpriced = use.unpriced > 0n;
  if (use.cost === 0n) return unpriced ? "unpriced" : saidUsd(0n);
  return unpriced ? `${saidUsd(use.cost)} at least` : saidUsd(use.cost);
}

export function ownerSaid(org: OrgView, { ownerId, ownerLeft }: FlaggedItem): string {
  if (ownerId === undefined) return "";
  return ownerLeft ? `${org.personName(ownerId)} (left)` : org.personName(ownerId);
}

export function dueDayOf({ vendors }: Pick<Inventory, "vendors">, item: FlaggedItem) {
  return vendors.find(({ vendor }) => vendor === item.provider?.toLowerCase())?.due?.dueOn;
}

type Listed = Pick<Inventory, "today" | "vendors"> & { readonly items: readonly FlaggedItem[] };

/** The table of a list; `decided` is what asks for a decision. */
export function itemTable(org: OrgView, { items, today, vendors }: Listed, caption: string) {
  const columns = ["Name", "Kind", "Why", "Owner", "Cost centre"];
  return {
    caption,
    columns: [
      ...columns.map((label) => ({ label })),
      { label: "30 days", align: "right" as const },
      { label: "Last used", align: "right" as const },
    ],
    rows: items
      .slice(0, SHOWN)
      .map((item) => [
        item.name,
        KIND_SAID[item.kind].one,
        whySaid(org, item, today, dueDayOf({ vendors }, item)),
        ownerSaid(org, item),
        item.costCentre ?? "",
        costSaid(item),
        item.use?.lastUsed === undefined ? "" : dayWithYear(item.use.lastUsed, today),
      ]),
    omitted: Math.max(0, items.length - SHOWN),
  };
}

/** A contract or a review is not decided by a new owner. */
const OWNER_DECIDES = new Set<InventoryFlag>(["reopened", "ownerless", "new", "shared", "idle"]);

/**
 * Claim, assign and retire of the first things, and a form for every other; of a contract that ends the
 * card, where its details are.
 */
export function decisionButtons(items: readonly FlaggedItem[]): Action[] {
  const flagged = items.filter(({ flags }) => flags.length > 0);
  const owned = flagged.filter(({ flags }) => flags.some((flag) => OWNER_DECIDES.has(flag)));
  const others = flagged.filter((item) => !owned.includes(item));
  const first = owned.slice(0, WITH_BUTTONS);
  const more: Action = {
    kind: "form",
    label: "Decide about another...",
    form: "inventory_decide",
    token: "flagged",
  };
  return [
    ...first.flatMap((item) => itemButtons(item, true)),
    ...(owned.length > first.length ? [more] : []),
    ...others
      .slice(0, WITH_BUTTONS - first.length)
      .map((item) => askButton(spellItem(item), item.name)),
  ];
}

function kindFacts(items: readonly FlaggedItem[]): Fact[] {
  return KINDS.map((kind) => {
    const own = items.filter((item) => item.kind === kind);
    const open = own.filter(({ flags }) => flags.length > 0).length;
    const said = own.length === 0 ? "none known" : `${own.length}, ${open} to decide`;
    const { plural } = KIND_SAID[kind];
    return { label: `${plural.charAt(0).toUpperCase()}${plural.slice(1)}`, value: said };
  });
}

/** What keys without an owner cost: accounts hold the same spend again. */
export function ownerlessCost(items: readonly FlaggedItem[]): bigint {
  return items
    .filter(({ kind, flags }) => kind === "key" && flags.includes("ownerless"))
    .reduce((sum, { use }) => sum + (use?.cost ?? 0n), 0n);
}

const CSV_COLUMNS = [
  "kind",
  "id",
  "name",
  "flags",
  "provider",
  "account",
  "scope",
  "owner",
  "cost_centre",
  "approved_use",
  "procurement",
  "contract_from",
  "contract_until",
  "notice_days",
  "payment_method",
  "seats",
  "idle_seats",
  "cost_30_days",
  "unpriced_calls",
  "currency",
  "first_used",
  "last_used",
  "teams",
] as const;

/** Every field of every thing, amounts as exact decimals. */
export function inventoryCsv(org: OrgView, items: readonly FlaggedItem[]): string {
  const rows = items.map((item) =>
    csvLine([
      item.kind,
      item.id,
      item.name,
      item.flags.join(" "),
      item.provider ?? null,
      item.account ?? null,
      item.scopeId === 0 ? null : scopeSaid(org, item.scopeId),
      ownerSaid(org, item),
      item.costCentre ?? null,
      item.approvedUse ?? null,
      item.procurement ?? null,
      item.contractFrom ?? null,
      item.contractUntil ?? null,
      item.noticeDays ?? null,
      item.paymentMethod ?? null,
      item.seats ?? null,
      item.idleSeats ?? null,
      item.use === undefined ? null : usdDecimal(item.use.cost),
      item.use?.unpriced ?? null,
      "USD",
      item.use?.firstUsed ?? null,
      item.use?.lastUsed ?? null,
      (item.use?.teams ?? []).map((id) => scopeSaid(org, id)).join(" "),
    ]),
  );
  return csvLine(CSV_COLUMNS) + rows.join("");
}

function chosen({ items }: Inventory, words: InventoryWords): FlaggedItem[] {
  const living = items.filter((item) => !isGone(item));
  const ofKind = living.filter(({ kind }) => words.kind === undefined || kind === words.kind);
  if (words.flags.length > 0) {
    return ofKind.filter(({ flags }) => words.flags.some((flag) => flags.includes(flag)));
  }
  return words.all ? ofKind : ofKind.filter(({ flags }) => flags.length > 0);
}

function lead(org: OrgView, words: InventoryWords, all: number, shown: readonly FlaggedItem[]) {
  const open = shown.filter(({ flags }) => flags.length > 0);
  const what = words.kind === undefined ? "things" : KIND_SAID[words.kind].plural;
  const of = `${all} ${all === 1 && words.kind !== undefined ? KIND_SAID[words.kind].one : what}`;
  const needs = open.length === 1 ? "needs" : "need";
  const whose = words.kind === undefined ? org.name : `${org.name}, ${what}`;
  if (all === 0) {
    return {
      title: `Inventory of ${whose}: empty`,
      sentence:
        "Nothing is in the inventory yet: connect a provider, send usage, or list accounts, " +
        "keys and seat plans in aispend.yaml.",
    };
  }
  if (open.length === 0) {
    const isAsked = words.flags.length > 0 ? " of this kind" : "";
    return {
      title: `Inventory of ${whose}: nothing to decide`,
      sentence: `Of ${of} that ${all === 1 ? "is" : "are"} known, none needs a decision${isAsked}.`,
    };
  }
  return {
    title: `Inventory of ${whose}: ${open.length} to decide`,
    sentence: `${open.length} of ${of} ${needs} a decision: ${countsSaid(open)}.`,
  };
}

/** The inventory as it was asked for. Pure. */
export function inventoryAnswer(
  org: OrgView,
  inventory: Inventory,
  words: InventoryWords,
): AnswerBody {
  const living = inventory.items.filter((item) => !isGone(item));
  const shown = chosen(inventory, words);
  const all = words.kind === undefined ? living : living.filter(({ kind }) => kind === words.kind);
  const command = spellInventory(words);
  const nobodys = ownerlessCost(living);
  const due = inventory.vendors.filter((one) => one.due !== undefined).length;
  const facts = [
    ...(words.kind === undefined ? kindFacts(living) : []),
    ...(nobodys === 0n || !(words.kind === undefined || words.kind === "key")
      ? []
      : [{ label: "Keys without an owner", value: `${saidUsd(nobodys)} in 30 days` }]),
    ...(due === 0 || words.kind !== undefined
      ? []
      : [{ label: "Vendor reviews", value: `${due} due` }]),
  ];
  return {
    command,
    ...lead(org, words, all.length, shown),
    facts,
    ...(shown.length === 0
      ? {}
      : { table: itemTable(org, { ...inventory, items: shown }, captionOf(words)) }),
    source: LIST_SOURCE,
    actions: [
      ...decisionButtons(shown),
      ...(words.all && words.kind === undefined ? [] : [askButton("inventory all", "All")]),
      { kind: "download", label: "CSV", command },
      askButton("vendors", "Vendors"),
    ],
    figures: {
      listed: { amount: String(shown.length), unit: "items" },
      ownerless_cost: { amount: usdDecimal(nobodys), unit: "USD" },
    },
    download: { filename: fileName(command, inventory.today), csv: inventoryCsv(org, shown) },
  };
}

function captionOf({ all }: InventoryWords): string {
  return all ? "What is known, what is to decide first" : "What is to decide, the dearest first";
}

function fileName(command: string, today: Day): string {
  return `${command.replace(/[^a-z0-9]+/gi, "-").replace(/-+$/, "")}-${today}.csv`;
}
