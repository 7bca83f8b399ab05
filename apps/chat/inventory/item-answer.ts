import type { Action, Fact } from "#core/answers/schema.ts";
import { isGone } from "#core/inventory/flags.ts";
import type { FlaggedItem } from "#core/inventory/item.ts";
import type { Inventory } from "#core/inventory/service.ts";
import { addDays, type Day, startOfMonth } from "#core/time.ts";
import { dayWithYear, scopeSaid } from "../keys/key-words.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import { claimToken } from "../reviews/claim-key.ts";
import { saidAsOf } from "../said/as-of.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { spellName } from "../subject.ts";
import { costSaid, dueDayOf, LIST_SOURCE, ownerSaid } from "./inventory-answer.ts";
import {
  atProvider,
  contractSaid,
  KIND_SAID,
  PROCUREMENT_SAID,
  spellItem,
  whySaid,
} from "./inventory-words.ts";
import { itemButtons, itemToken, undoButton } from "./item-buttons.ts";

export interface ItemSetting extends Pick<Inventory, "today" | "vendors"> {
  readonly org: OrgView;
  readonly now: Date;
}

const DECIDED = {
  claimed: "claimed",
  assigned: "assigned",
  retired: "retired",
  undone: "undone, as it was before",
} as const;

/** "retired Sun 15:30 by Grace Hopper". */
export function decisionSaid({ org, now }: ItemSetting, { decision }: FlaggedItem): string {
  if (decision === undefined) return "none yet";
  const at = saidAsOf(decision.decidedAt, now, org.timeZone);
  const to =
    decision.decision === "assigned" && decision.ownerId !== null
      ? ` to ${org.personName(decision.ownerId)}`
      : "";
  return `${DECIDED[decision.decision]}${to} ${at} by ${org.personName(decision.decidedBy)}`;
}

function spanSaid({ contractFrom, contractUntil, ...item }: FlaggedItem, today: Day): string {
  const from = contractFrom === undefined ? "" : `from ${dayWithYear(contractFrom, today)} `;
  if (contractUntil === undefined) return from.trim();
  const said = contractSaid({ ...item, contractFrom, contractUntil }, today);
  return `${from}until ${dayWithYear(contractUntil, today)}; ${said}`;
}

function factsOf({ org, today, ...setting }: ItemSetting, item: FlaggedItem): Fact[] {
  const { use } = item;
  const teams = (use?.teams ?? []).map((id) => scopeSaid(org, id)).join(", ");
  const seats = item.seats === undefined ? "" : `${item.seats}, ${item.idleSeats ?? 0} idle`;
  const isModel = item.kind === "model";
  const all: [string, string | undefined][] = [
    ["Owner", ownerSaid(org, item) || (isModel ? undefined : "nobody")],
    ["Scope", item.scopeId === 0 ? undefined : scopeSaid(org, item.scopeId)],
    ["Cost centre", item.costCentre ?? (isModel ? undefined : "none")],
    ["Use", item.approvedUse ?? (isModel ? undefined : "none was approved")],
    ["Provider", item.provider],
    ["Account", item.account],
    ["Id", item.id === item.name ? undefined : item.id],
    ["Bought", item.procurement && PROCUREMENT_SAID[item.procurement]],
    ["Contract", spanSaid(item, today)],
    ["Paid by", item.paymentMethod],
    ["Seats", seats],
    ["30 days", costSaid(item)],
    ["Teams", teams],
    ["First used", use?.firstUsed && dayWithYear(use.firstUsed, today)],
    ["Last used", use?.lastUsed && dayWithYear(use.lastUsed, today)],
    ["Decided", decisionSaid({ org, today, ...setting }, item)],
  ];
  return all.flatMap(([label, value]) =>
    value === undefined || value === "" ? [] : [{ label, value }],
  );
}

function isDescribed({ kind, virtualKeyId }: FlaggedItem): boolean {
  return kind !== "model" && virtualKeyId === undefined;
}

/** Spend that belongs to no team yet; the claim of a key is for what it spends from now on. */
function claimSpend(item: FlaggedItem, today: Day): Action[] {
  if (item.kind !== "key" || (item.use?.cost ?? 0n) === 0n) return [];
  if (item.decision?.decision !== "claimed" || (item.use?.teams.length ?? 0) > 0) return [];
  const period = { start: startOfMonth(today), end: addDays(today, 1) };
  const token = claimToken({ key: item.id, period });
  return [{ kind: "form", label: "Claim this month's spend...", form: "claim_key", token }];
}

function actionsOf({ today }: ItemSetting, item: FlaggedItem): Action[] {
  const { name, provider, virtualKeyId } = item;
  const details: Action = {
    kind: "form",
    label: "Details...",
    form: "inventory_details",
    token: itemToken(item),
  };
  return [
    ...itemButtons(item, false),
    ...(isDescribed(item) && !isGone(item) ? [details] : []),
    ...undoButton(item),
    ...claimSpend(item, today),
    ...(virtualKeyId === undefined ? [] : [askButton(`key ${spellName(name)}`, "Key")]),
    ...(provider === undefined || item.kind === "model"
      ? []
      : [askButton(`vendors ${spellName(provider)}`, "Vendor")]),
    askButton("inventory", "Inventory"),
  ];
}

/** One thing with what is known of it, why it is listed, and its buttons. Pure. */
export function itemAnswer(setting: ItemSetting, item: FlaggedItem, sentence?: string): AnswerBody {
  const { org, today } = setting;
  const what = KIND_SAID[item.kind].one;
  const why = whySaid(org, item, today, dueDayOf(setting, item));
  const isRetired = isGone(item);
  const state = isRetired ? "retired" : why === "" ? "in order" : why;
  const whose = item.provider === undefined ? "" : ` of ${item.provider}`;
  const said = `${item.name}, ${what === "account" ? "an" : "a"} ${what}${whose},`;
  const cost = item.use === undefined ? "" : `; it cost ${costSaid(item)} in 30 days`;
  return {
    command: spellItem(item),
    title: `${what.charAt(0).toUpperCase()}${what.slice(1)} ${item.name}: ${state}`,
    sentence:
      sentence ??
      (isRetired || why === ""
        ? `${said} is ${state}${cost}.`
        : `${said} needs a decision: ${why}${cost}.`),
    facts: factsOf(setting, item),
    notes: isRetired && item.virtualKeyId === undefined ? [atProvider(item)] : [],
    source: LIST_SOURCE,
    actions: actionsOf(setting, item),
  };
}
