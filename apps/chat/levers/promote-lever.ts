import { nanoFromDecimal, parseDecimal, usdDecimal } from "#core/money.ts";
import { LEVER_KINDS, type LeverKind } from "#core/outcomes/lever.ts";
import { type PromoteLever, promoteLever, withdrawLever } from "#core/outcomes/lever-record.ts";
import { findLevers } from "#core/outcomes/lever-search.ts";
import type { Asking } from "../asking.ts";
import { requireSetter } from "../budgets/setter.ts";
import { namedScope } from "../names/find-named.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import { combine, type Subject } from "../subject.ts";
import type { Form, Press } from "../surface.ts";
import { LEVER_LABELS } from "./lever-said.ts";

/** The scope of a form's token, looked up anew: it came back from a surface and may be anything. */
export function scopeOfToken(asking: Asking, token: string): { id: number; subject: Subject } {
  const id = /^\d{1,9}$/.test(token) ? Number(token) : -1;
  const scope = asking.org.scopes.find((one) => one.id === id && !one.retired);
  if (scope === undefined) {
    throw new Refusal("name_not_found", "No longer there", "What this form is about is gone.", {
      kind: "not_found",
      help: "Ask again: levers",
      actions: [askButton("levers")],
    });
  }
  return { id, subject: combine(namedScope(scope), []) };
}

async function promisedOf(asking: Asking, subject: Subject, kind: LeverKind | undefined) {
  const { org, pool, now, today } = asking;
  const search = await findLevers(pool, {
    scope: { orgId: org.id, ...subject.filter },
    today,
    now,
    timeZone: org.timeZone,
    book: await asking.priceBookOf(org.id),
  });
  return search.levers.find((lever) => kind === undefined || lever.kind === kind);
}

export async function promoteForm(asking: Asking, token: string): Promise<Form> {
  const { subject } = scopeOfToken(asking, token);
  const best = await promisedOf(asking, subject, undefined);
  const rate = { kind: "text" as const, required: true, maxLength: 6 };
  return {
    title: "Put a lever on record",
    intro:
      `What was changed at ${subject.said}, and what its evaluation gave. It is measured against ` +
      "last week from now on.",
    verb: "lever_promote",
    token,
    submitLabel: "Put on record",
    fields: [
      {
        kind: "choice",
        name: "kind",
        label: "Lever",
        required: true,
        ...(best === undefined ? {} : { initial: best.kind }),
        options: LEVER_KINDS.map((value) => ({ value, label: LEVER_LABELS[value] })),
      },
      {
        kind: "money",
        name: "promised",
        label: "Promised saving a week",
        required: true,
        ...(best === undefined ? {} : { initial: usdDecimal(best.saving) }),
      },
      { ...rate, name: "before", label: "Pass rate before, %", hint: "95.0" },
      { ...rate, name: "after", label: "Pass rate after, %", hint: "95.4" },
      {
        kind: "text",
        name: "reason",
        label: "What was changed",
        required: true,
        multiline: true,
        maxLength: 500,
      },
    ],
  };
}

function permille(text: string | undefined): number {
  const decimal = parseDecimal((text ?? "").trim().replace(/%$/, ""));
  if (decimal === undefined || decimal.digits < 0n) return -1;
  return Number((decimal.digits * 10n) / 10n ** BigInt(decimal.scale));
}

function invalid(field: string, help: string): Refusal {
  return new Refusal("lever_invalid", "Not put on record", `${field} is missing or not a number.`, {
    kind: "invalid",
    help,
  });
}

function requestOf(asking: Asking, { token, values }: Press): PromoteLever & { subject: Subject } {
  const { id, subject } = scopeOfToken(asking, token);
  const kind = LEVER_KINDS.find((one) => one === values.kind);
  const promised = parseDecimal((values.promised ?? "").replaceAll(/[$,\s]/g, ""));
  if (kind === undefined) throw invalid("The lever", "Choose one of the list.");
  if (promised === undefined || promised.digits < 0n) {
    throw invalid("The promised saving", "Write dollars a week, for example 190.");
  }
  return {
    orgId: asking.org.id,
    scopeId: id,
    filter: subject.filter,
    subject,
    kind,
    said: `${LEVER_LABELS[kind].toLowerCase()} of ${subject.said}`,
    promised: nanoFromDecimal(promised),
    passBefore: permille(values.before),
    passAfter: permille(values.after),
    reason: values.reason ?? "",
    by: requireSetter(asking),
    now: asking.now,
  };
}

export async function pressPromote(asking: Asking, press: Press): Promise<AnswerBody> {
  const { subject, ...request } = requestOf(asking, press);
  const lever = await promoteLever(asking.pool, request);
  return {
    command: `levers record ${subject.command}`,
    title: `${subject.said}: ${LEVER_LABELS[lever.kind].toLowerCase()} is on record`,
    sentence:
      `${lever.said[0]?.toUpperCase()}${lever.said.slice(1)} is on record; what it saves is ` +
      "measured every week from the next whole one.",
    source: { basis: "none" },
    actions: [askButton(`levers record ${subject.command}`, "Record")],
  };
}

/** "12:45": the scope and the lever. */
export async function pressWithdraw(asking: Asking, { token }: Press): Promise<AnswerBody> {
  const [scope = "", lever = ""] = token.split(":");
  const { id: scopeId, subject } = scopeOfToken(asking, scope);
  const id = /^\d{1,9}$/.test(lever) ? Number(lever) : -1;
  const by = requireSetter(asking);
  await withdrawLever(asking.pool, { orgId: asking.org.id, scopeId, id, by, now: asking.now });
  return {
    command: `levers record ${subject.command}`,
    title: `${subject.said}: the lever is taken back`,
    sentence: `The lever of ${subject.said} is taken back; what it measured stays on record.`,
    source: { basis: "none" },
    actions: [askButton(`levers record ${subject.command}`, "Record")],
  };
}
