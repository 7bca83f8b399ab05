import type { Declared } from "#core/inventory/declare.ts";
import { describeItem } from "#core/inventory/describe.ts";
import { listDeclared } from "#core/org/inventory.ts";
import { PROCUREMENTS, type Procurement } from "#core/org/words.ts";
import { type Day, parseDay } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import { Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, FormField, Press } from "../surface.ts";
import { itemOfToken, requireItemPerson } from "./decide-press.ts";
import { KIND_SAID, PROCUREMENT_SAID } from "./inventory-words.ts";
import { itemAnswer } from "./item-answer.ts";
import { readItemToken } from "./item-buttons.ts";

const NOTICE_MAX = 730;

function initial(value: string | number | undefined) {
  return value === undefined ? {} : { initial: String(value) };
}

/** What only people know of a thing; what is left empty stays as it is. */
export async function detailsForm(asking: Asking, token: string): Promise<Form> {
  const item = await itemOfToken(asking, token);
  const isBought = item.kind === "account" || item.kind === "seat_plan";
  const declared = await listDeclared(asking.pool, asking.org.id);
  const methods = declared.filter(
    ({ kind, retiredOn }) => kind === "payment_method" && retiredOn === null,
  );
  const fields: FormField[] = [
    {
      kind: "text",
      name: "cost_centre",
      label: "Cost centre",
      required: false,
      maxLength: 200,
      ...initial(item.costCentre),
    },
    {
      kind: "text",
      name: "use",
      label: "Approved use",
      hint: "What it may be used for",
      required: false,
      maxLength: 500,
      ...initial(item.approvedUse),
    },
  ];
  if (isBought) {
    fields.push(
      {
        kind: "choice",
        name: "procurement",
        label: "How it is bought",
        required: false,
        options: PROCUREMENTS.map((value) => ({ value, label: PROCUREMENT_SAID[value] })),
        ...initial(item.procurement),
      },
      {
        kind: "date",
        name: "from",
        label: "Contract from",
        required: false,
        ...initial(item.contractFrom),
      },
      {
        kind: "date",
        name: "until",
        label: "Contract until, its last day",
        required: false,
        ...initial(item.contractUntil),
      },
      {
        kind: "number",
        name: "notice",
        label: "Days of notice before the end",
        min: 0,
        max: NOTICE_MAX,
        required: false,
        ...initial(item.noticeDays),
      },
    );
    if (methods.length > 0) {
      fields.push({
        kind: "choice",
        name: "payment",
        label: "Paid by",
        required: false,
        options: methods.slice(0, 100).map(({ key, name }) => ({ value: key, label: name ?? key })),
      });
    }
  }
  return {
    title: "Details",
    intro:
      `What is known of the ${KIND_SAID[item.kind].one} ${item.name}. ` +
      "What stays empty is not changed.",
    verb: "inventory_details",
    token,
    submitLabel: "Save",
    fields,
  };
}

function wrong(what: string, help: string): Refusal {
  return new Refusal("details_invalid", "That does not fit yet", what, { help });
}

function readDay(name: string, text: string | undefined): Day | undefined {
  if (text === undefined) return undefined;
  try {
    return parseDay(text);
  } catch {
    throw wrong(`${name}: '${text.slice(0, 40)}' is not a day.`, "Write it as 2027-03-31.");
  }
}

function readNotice(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const days = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (days <= NOTICE_MAX) return days;
  throw wrong(
    `Notice: '${text.slice(0, 40)}' is not a number of days.`,
    `Write 0 to ${NOTICE_MAX}.`,
  );
}

function readProcurement(text: string | undefined): Procurement | undefined {
  if (text === undefined) return undefined;
  const found = PROCUREMENTS.find((one) => one === text.toLowerCase().replace(/[\s-]+/g, "_"));
  if (found !== undefined) return found;
  throw wrong(
    `How it is bought: '${text.slice(0, 40)}' is none of the ways.`,
    `Write one of ${PROCUREMENTS.join(", ")}.`,
  );
}

/** The fields that were filled in; the rest stays. Throws a Refusal that names field and value. */
export function readDetails(values: Press["values"]): Omit<Declared, "ownerId" | "scopeId"> {
  const given = (name: string): string | undefined => {
    const text = values[name]?.trim() ?? "";
    return text === "" ? undefined : text;
  };
  const fields = {
    costCentre: given("cost_centre"),
    approvedUse: given("use"),
    procurement: readProcurement(given("procurement")),
    contractFrom: readDay("Contract from", given("from")),
    contractUntil: readDay("Contract until", given("until")),
    noticeDays: readNotice(given("notice")),
    paymentMethod: given("payment"),
  };
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (said.length === 0) throw wrong("Nothing was filled in.", "Fill in what is to be changed.");
  return {
    ...(fields.costCentre === undefined ? {} : { costCentre: fields.costCentre }),
    ...(fields.approvedUse === undefined ? {} : { approvedUse: fields.approvedUse }),
    ...(fields.procurement === undefined ? {} : { procurement: fields.procurement }),
    ...(fields.contractFrom === undefined ? {} : { contractFrom: fields.contractFrom }),
    ...(fields.contractUntil === undefined ? {} : { contractUntil: fields.contractUntil }),
    ...(fields.noticeDays === undefined ? {} : { noticeDays: fields.noticeDays }),
    ...(fields.paymentMethod === undefined ? {} : { paymentMethod: fields.paymentMethod }),
  };
}

export async function pressDetails(asking: Asking, press: Press): Promise<AnswerBody> {
  const { now, org, pool } = asking;
  const { id, kind } = readItemToken(press.token);
  const fields = readDetails(press.values);
  const by = requireItemPerson(asking);
  const described = await describeItem(pool, { orgId: org.id, kind, id, by, now }, fields);
  const { item, inventory } = described;
  const { today, vendors } = inventory;
  return itemAnswer(
    { org, now, today, vendors },
    item,
    `What is known of ${item.name} is saved; aispend.yaml does not overwrite it unasked.`,
  );
}
