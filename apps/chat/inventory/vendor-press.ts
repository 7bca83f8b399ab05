import { VendorDecision } from "#core/inventory/schema.ts";
import { type Inventory, loadInventory } from "#core/inventory/service.ts";
import type { Vendor } from "#core/inventory/vendor.ts";
import { decideVendor, getVendor } from "#core/inventory/vendor-service.ts";
import { addMonths, type Day, parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { dayWithYear } from "../keys/key-words.ts";
import { Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, Press } from "../surface.ts";
import { requireItemPerson } from "./decide-press.ts";
import { requireInventorySight } from "./inventory-sight.ts";
import { KIND_SAID, KINDS } from "./inventory-words.ts";
import { editWeekly } from "./tell-inventory.ts";
import { DECISION_SAID, dueSaid, vendorAnswer, yearSaid } from "./vendors-answer.ts";

/** "2 accounts, 12 keys". */
function holdsOf({ items }: Inventory, vendor: string): string {
  const own = items.filter(({ provider }) => provider?.toLowerCase() === vendor);
  return KINDS.flatMap((kind) => {
    const count = own.filter((item) => item.kind === kind).length;
    if (count === 0) return [];
    return [`${count} ${count === 1 ? KIND_SAID[kind].one : KIND_SAID[kind].plural}`];
  }).join(", ");
}

export function vendorBody(
  asking: Asking,
  inventory: Inventory,
  vendor: Vendor,
  sentence?: string,
): AnswerBody {
  const { today } = inventory;
  const holds = holdsOf(inventory, vendor.vendor);
  return vendorAnswer({ org: asking.org, today, holds }, vendor, sentence);
}

function readToken(token: string): { seen: number; vendor: string } {
  const [seen = "", ...vendor] = token.split("|");
  const name = vendor.join("|").slice(0, 256);
  if (/^\d{1,6}$/.test(seen) && name !== "") return { seen: Number(seen), vendor: name };
  throw new Refusal("button_unknown", "That button no longer works", "I do not know it.", {
    kind: "not_found",
    help: "Ask again and press the new one: vendors",
  });
}

export async function vendorForm(asking: Asking, token: string): Promise<Form> {
  await requireInventorySight(asking);
  const { org, now, pool } = asking;
  const { vendors, policy, today } = await loadInventory(pool, org.id, now);
  const vendor = getVendor(vendors, readToken(token).vendor);
  const due = vendor.due === undefined ? "No review is due." : `It is ${dueSaid(vendor, today)}.`;
  return {
    title: "Vendor review",
    intro: `${vendor.vendor} cost ${yearSaid(vendor)} in the last year. ${due}`,
    verb: "vendor_decide",
    token,
    submitLabel: "Record",
    fields: [
      {
        kind: "choice",
        name: "decision",
        label: "Decision",
        required: true,
        options: VendorDecision.options.map((value) => ({ value, label: DECISION_SAID[value] })),
      },
      {
        kind: "text",
        name: "reason",
        label: "Why",
        hint: "Kept with the decision and in the audit log",
        required: true,
        multiline: true,
        maxLength: 2_000,
      },
      {
        kind: "date",
        name: "next",
        label: "Next review",
        required: false,
        initial: addMonths(today, policy.vendor_reviews.again_months),
      },
    ],
  };
}

function invalid(what: string, help: string): Refusal {
  return new Refusal("vendor_decision_invalid", "That does not fit yet", what, { help });
}

function readNext(text: string): Day | undefined {
  if (text === "") return undefined;
  try {
    return parseDay(text);
  } catch {
    throw invalid(`'${text.slice(0, 40)}' is not a day.`, "Write it as 2027-11-22.");
  }
}

export async function pressVendor(asking: Asking, press: Press): Promise<AnswerBody> {
  const { org, now, pool } = asking;
  const { seen, vendor: name } = readToken(press.token);
  const { decision: typed = "", reason = "", next = "" } = press.values;
  const decision = VendorDecision.safeParse(typed.trim().toLowerCase());
  if (!decision.success) {
    const help = `Choose one of ${VendorDecision.options.join(", ")}.`;
    throw invalid(`'${typed.slice(0, 40)}' is no decision.`, help);
  }
  const { state, vendor } = await decideVendor(pool, {
    orgId: org.id,
    vendor: name,
    decision: decision.data,
    reason,
    nextOn: readNext(next.trim()),
    seen,
    by: requireItemPerson(asking),
    now,
  });
  const inventory = await loadInventory(pool, org.id, now);
  if (state === "done") await editWeekly(asking, inventory);
  const nextOn = vendor.decided?.nextOn;
  const again =
    nextOn == null
      ? ""
      : `; it is reviewed again ${dayWithYear(parseDay(nextOn), inventory.today)}`;
  const sentence =
    state === "done"
      ? `${vendor.vendor}: ${DECISION_SAID[decision.data]}${again}.`
      : `Nothing was changed: somebody decided about ${vendor.vendor} in the meantime.`;
  return vendorBody(asking, inventory, vendor, sentence);
}
