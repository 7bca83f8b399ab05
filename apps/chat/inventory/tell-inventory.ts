import { Answer } from "#core/answers/schema.ts";
import type { Db, Tx } from "#core/db/db.ts";
import { transaction } from "#core/db/transaction.ts";
import { isGone } from "#core/inventory/flags.ts";
import type { FlaggedItem } from "#core/inventory/item.ts";
import type { Inventory } from "#core/inventory/service.ts";
import { saidUsd } from "#core/money.ts";
import { findChannel } from "#core/org/channel.ts";
import { eligible } from "#core/org/permission.ts";
import { listAddresses } from "#core/org/reachable.ts";
import { loadRoster } from "#core/org/roster.ts";
import { enqueue, listThreadPlaces } from "#core/outbox/service.ts";
import { type Day, startOfWeek } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { OrgView } from "../org-view.ts";
import { askButton } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { decisionButtons, itemTable, LIST_SOURCE, ownerlessCost } from "./inventory-answer.ts";
import { countsSaid } from "./inventory-words.ts";
import { dueSaid } from "./vendors-answer.ts";

const KIND = "weekly_inventory";

/** What the week's message is about; reviews stand there by vendor, and issued keys have their own. */
export function weeklyItems({ items }: Pick<Inventory, "items">): FlaggedItem[] {
  const told = new Set(["ownerless", "idle"]);
  return items.filter(
    (item) =>
      !isGone(item) &&
      item.flags.some((flag) => flag !== "review") &&
      !(item.virtualKeyId !== undefined && item.flags.every((flag) => told.has(flag))),
  );
}

function withoutReview(item: FlaggedItem): FlaggedItem {
  return { ...item, flags: item.flags.filter((flag) => flag !== "review") };
}

/** The week's message; undefined where nothing is to be decided. Pure. */
export function weeklyBody(org: OrgView, inventory: Inventory): AnswerBody | undefined {
  const items = weeklyItems(inventory);
  const due = inventory.vendors.filter((vendor) => vendor.due !== undefined);
  if (items.length === 0 && due.length === 0) return undefined;
  const nobodys = ownerlessCost(items);
  const count = items.length === 1 ? "1 thing needs" : `${items.length} things need`;
  const reviews = due.length === 1 ? "1 vendor review is" : `${due.length} vendor reviews are`;
  const parts = [
    ...(items.length === 0 ? [] : [`${count} a decision: ${countsSaid(items.map(withoutReview))}`]),
    ...(due.length === 0 ? [] : [`${reviews} due`]),
  ];
  return {
    command: "inventory",
    title: `INVENTORY of ${org.name}: ${items.length + due.length} to decide`,
    sentence: `${parts.join("; ")}.`,
    facts: [
      ...(nobodys === 0n
        ? []
        : [{ label: "Keys without an owner", value: `${saidUsd(nobodys)} in 30 days` }]),
      ...due.slice(0, 5).map((vendor) => ({
        label: `Vendor ${vendor.vendor}`,
        value: dueSaid(vendor, inventory.today),
      })),
    ],
    ...(items.length === 0
      ? {}
      : { table: itemTable(org, { ...inventory, items }, "What is to decide, the dearest first") }),
    source: LIST_SOURCE,
    actions: [
      ...decisionButtons(items),
      askButton("inventory", "All"),
      ...(due.length === 0 ? [] : [askButton("vendors", "Vendors")]),
    ],
  };
}

function doneBody(org: OrgView): AnswerBody {
  return {
    command: "inventory",
    title: `INVENTORY of ${org.name}: all decided`,
    sentence: "Everything that was listed this week is decided.",
    source: { basis: "none" },
    actions: [askButton("inventory all", "All")],
  };
}

function threadOf(today: Day): string {
  return `inventory:${startOfWeek(today)}`;
}

interface Place {
  readonly surface: string;
  readonly destination: string;
}

/** The room of the organisation; without one, those who are accountable there, in private. */
async function placesOf(db: Db, org: OrgView, now: Date): Promise<Place[]> {
  const channel = await findChannel(db, { orgId: org.id, scopeId: 0, kind: KIND });
  if (channel !== undefined) return [channel];
  const question = { action: "see_inventory", scopeId: 0, now } as const;
  const people = eligible(await loadRoster(db, org.id), question).map(({ personId }) => personId);
  return listAddresses(db, org.id, people);
}

function audienceAt({ destination }: Place): Answer["audience"] {
  const person = /^person:(\d+)$/.exec(destination)?.[1];
  return person === undefined ? { kind: "room" } : { kind: "person", personId: Number(person) };
}

async function owe(
  tx: Tx,
  org: OrgView,
  at: Place,
  of: { thread: string; key: string; placement: "post" | "update"; body: AnswerBody; now: Date },
): Promise<void> {
  const { surface, destination } = at;
  await enqueue(
    tx,
    {
      orgId: org.id,
      dedupeKey: `${of.key}:${surface}:${destination}`.slice(0, 200),
      surface,
      destination,
      kind: KIND,
      urgency: "report",
      placement: of.placement,
      threadKey: of.thread,
      body: Answer.parse({
        ...of.body,
        audience: audienceAt(at),
        demonstration: org.demonstration,
      }),
    },
    of.now,
  );
}

/** Owes the week's message, once a week and place. Silent where nothing is to be decided. */
export async function tellInventory(
  tx: Tx,
  org: OrgView,
  { inventory, now }: { inventory: Inventory; now: Date },
): Promise<number> {
  const body = weeklyBody(org, inventory);
  if (body === undefined) return 0;
  const thread = threadOf(inventory.today);
  const places = await placesOf(tx, org, now);
  for (const at of places)
    await owe(tx, org, at, { thread, key: thread, placement: "post", body, now });
  return places.length;
}

/** After a decision: the message of the week shows what is left. */
export async function editWeekly({ now, org, pool }: Asking, inventory: Inventory): Promise<void> {
  await transaction(pool, async (tx) => {
    const thread = threadOf(inventory.today);
    const body = weeklyBody(org, inventory) ?? doneBody(org);
    const key = `${thread}:edit:${now.getTime()}`;
    for (const at of await listThreadPlaces(tx, org.id, thread)) {
      await owe(tx, org, at, { thread, key, placement: "update", body, now });
    }
  });
}
