import { noticeDay } from "#core/inventory/flags.ts";
import type { FlaggedItem, Item } from "#core/inventory/item.ts";
import { InventoryFlag, type InventoryKind } from "#core/inventory/schema.ts";
import type { Procurement } from "#core/org/words.ts";
import type { Day } from "#core/time.ts";
import { joined, type Word } from "../grammar/words.ts";
import { dayWithYear, scopeSaid } from "../keys/key-words.ts";
import type { OrgView } from "../org-view.ts";
import { Refusal } from "../refusal.ts";
import { spellName } from "../subject.ts";

/** A kind as it is asked for, first, and as one of it is said. */
export const KIND_SAID = {
  account: { plural: "accounts", one: "account", word: "accounts" },
  key: { plural: "keys", one: "key", word: "keys" },
  seat_plan: { plural: "seat plans", one: "seat plan", word: "seats" },
  payment_method: { plural: "payment methods", one: "payment method", word: "payments" },
  model: { plural: "models", one: "model", word: "models" },
} as const satisfies Record<InventoryKind, { plural: string; one: string; word: string }>;

export const KINDS = ["account", "key", "seat_plan", "payment_method", "model"] as const;

const KIND_WORDS: ReadonlyMap<string, InventoryKind> = new Map([
  ["account", "account"],
  ["accounts", "account"],
  ["key", "key"],
  ["keys", "key"],
  ["model", "model"],
  ["models", "model"],
  ["seat", "seat_plan"],
  ["seats", "seat_plan"],
  ["payment", "payment_method"],
  ["payments", "payment_method"],
]);

const FLAG_WORDS: ReadonlyMap<string, InventoryFlag> = new Map([
  ["reopened", "reopened"],
  ["ownerless", "ownerless"],
  ["idle", "idle"],
  ["shared", "shared"],
  ["new", "new"],
  ["unseen", "new"],
  ["contract", "contract"],
  ["contracts", "contract"],
  ["renewal", "contract"],
  ["renewals", "contract"],
  ["review", "review"],
  ["reviews", "review"],
]);

export const PROCUREMENT_SAID = {
  pay_as_you_go: "pay as you go",
  committed: "committed",
  prepaid: "prepaid",
  seats: "seats",
  marketplace: "marketplace",
} as const satisfies Record<Procurement, string>;

/** What is asked for: a list, or one thing by its name. */
export interface InventoryWords {
  readonly kind: InventoryKind | undefined;
  readonly flags: readonly InventoryFlag[];
  /** Everything, not only what is to be decided. */
  readonly all: boolean;
  readonly name: string | undefined;
}

/** "keys idle", "all", "account openai-main", "openai-main". Throws a Refusal for a wrong flag. */
export function readInventoryWords(words: readonly Word[]): InventoryWords {
  const [first, ...rest] = words;
  const kind = KIND_WORDS.get(first?.lower ?? "");
  const after = kind === undefined ? words : rest;
  const isGrammar = ({ lower }: Word) => lower === "all" || FLAG_WORDS.has(lower);
  if (after.some((word) => !isGrammar(word))) {
    return { kind, flags: [], all: false, name: joined(after) };
  }
  const flags = after.flatMap(({ lower }) => FLAG_WORDS.get(lower) ?? []);
  const all = kind !== undefined || after.some(({ lower }) => lower === "all");
  return { kind, flags: [...new Set(flags)], all: all && flags.length === 0, name: undefined };
}

export function flagOf(word: string): InventoryFlag {
  const flag = FLAG_WORDS.get(word.toLowerCase());
  if (flag !== undefined) return flag;
  throw new Refusal("flag_unknown", "No such flag", `'${word.slice(0, 40)}' is no flag.`, {
    help: "There is: ownerless, idle, shared, new, contract, review, reopened.",
  });
}

/** The canonical question. */
export function spellInventory({ kind, flags, all, name }: InventoryWords): string {
  const words = [
    ...(kind === undefined ? [] : [name === undefined ? KIND_SAID[kind].word : singular(kind)]),
    ...(all && kind === undefined ? ["all"] : []),
    ...flags,
    ...(name === undefined ? [] : [spellName(name)]),
  ];
  return ["inventory", ...words].join(" ");
}

function singular(kind: InventoryKind): string {
  return kind === "seat_plan" ? "seat" : kind === "payment_method" ? "payment" : kind;
}

export function spellItem({ kind, id }: Pick<Item, "kind" | "id">): string {
  return spellInventory({ kind, flags: [], all: false, name: id });
}

function idleSaid({ idleSeats, kind, seats, use }: Item, today: Day): string {
  if (kind === "seat_plan") return `${idleSeats ?? 0} of ${seats ?? 0} seats idle`;
  return use?.lastUsed === undefined
    ? "never used here"
    : `idle since ${dayWithYear(use.lastUsed, today)}`;
}

/** "notice by 22 Dec", "ends 31 Dec", "ended 1 Oct". */
export function contractSaid(item: Item, today: Day): string {
  const { contractUntil } = item;
  const notice = noticeDay(item);
  if (contractUntil === undefined || notice === undefined) return "";
  if (contractUntil < today) return `contract ended ${dayWithYear(contractUntil, today)}`;
  const ends = `contract ends ${dayWithYear(contractUntil, today)}`;
  if (notice === contractUntil) return ends;
  return notice < today
    ? `notice was due ${dayWithYear(notice, today)}, ${ends}`
    : `notice by ${dayWithYear(notice, today)}`;
}

function sharedSaid(org: OrgView, teams: readonly number[]): string {
  const names = teams.slice(0, 2).map((id) => scopeSaid(org, id));
  const more = teams.length - names.length;
  return more > 0
    ? `shared by ${names.join(", ")} and ${more} more`
    : `shared by ${names.join(" and ")}`;
}

function dayOf(day: Day | undefined, today: Day): string {
  return day === undefined ? "" : dayWithYear(day, today);
}

/** Why a thing is listed, in words. */
export function whySaid(org: OrgView, item: FlaggedItem, today: Day, dueOn?: Day): string {
  const said: Record<InventoryFlag, () => string> = {
    reopened: () => `spent on again, retired ${dayOf(item.retiredOn, today)}`,
    ownerless: () => (item.ownerLeft ? "its owner left" : "no owner"),
    new: () => `first seen ${dayOf(item.use?.firstUsed, today)}`,
    shared: () => sharedSaid(org, item.use?.teams ?? []),
    idle: () => idleSaid(item, today),
    contract: () => contractSaid(item, today),
    review: () =>
      dueOn !== undefined && dueOn < today
        ? `vendor review overdue since ${dayOf(dueOn, today)}`
        : `vendor review due ${dayOf(dueOn, today)}`,
  };
  return item.flags.map((flag) => said[flag]()).join("; ");
}

const FLAG_COUNTED = {
  reopened: ["spent on after it was retired", "spent on after they were retired"],
  ownerless: ["without an owner", "without an owner"],
  new: ["not seen before", "not seen before"],
  shared: ["shared by two teams", "shared by two teams"],
  idle: ["idle", "idle"],
  contract: ["contract to look at", "contracts to look at"],
  review: ["with a vendor review due", "with a vendor review due"],
} as const satisfies Record<InventoryFlag, readonly [string, string]>;

/** "3 without an owner, 2 idle, 1 shared by two teams". */
export function countsSaid(items: readonly FlaggedItem[]): string {
  return InventoryFlag.options
    .map((flag) => ({ flag, count: items.filter((item) => item.flags.includes(flag)).length }))
    .filter(({ count }) => count > 0)
    .map(({ flag, count }) => `${count} ${FLAG_COUNTED[flag][count === 1 ? 0 : 1]}`)
    .join(", ");
}

/** Where a provider's own key, account or seat is ended: nothing here can do it. */
export function atProvider({ kind, provider }: Item): string {
  const place = PLACES[(provider ?? "").toLowerCase()]?.[kind];
  const at = place ?? `in the console of ${provider ?? "its provider"}`;
  switch (kind) {
    case "key":
      return `Revoke it there too: ${at}.`;
    case "account":
      return `Close it there too, or take its keys away: ${at}.`;
    case "seat_plan":
      return `Give the seats back there too: ${at}.`;
    case "payment_method":
      return "Take it out of the accounts that it pays for.";
    case "model":
      return "Take it off the lists of models under teams in aispend.yaml, so that keys refuse it.";
  }
}

const PLACES: Readonly<Record<string, Partial<Record<InventoryKind, string>>>> = {
  openai: { key: "platform.openai.com, Settings, API keys" },
  anthropic: { key: "platform.claude.com, Settings, API keys" },
  openrouter: { key: "openrouter.ai, Settings, Keys" },
  cursor: { seat_plan: "cursor.com, Dashboard, Members" },
  github: { seat_plan: "github.com, organisation settings, Copilot, Access" },
};
