import { loadEffect } from "#core/keys/effect.ts";
import { listKeys } from "#core/keys/lookup.ts";
import { isModelAllowed } from "#core/keys/models.ts";
import { findAllowList } from "#core/keys/policy.ts";
import { loadUsage, type Suggestion, similarKeys, suggestCap } from "#core/keys/usage.ts";
import { listDimensionValues } from "#core/ledger/spend.ts";
import { NANO_PER_USD, saidUsd, usdDecimal } from "#core/money.ts";
import type { Roster } from "#core/org/raci.ts";
import { loadRoster } from "#core/org/roster.ts";
import { addDays } from "#core/time.ts";
import type { Asking } from "../asking.ts";
import type { NamedScope } from "../names/name-source.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { Form, FormField } from "../surface.ts";
import { leavesSaid } from "./key-words.ts";
import { scopesOf } from "./who.ts";

const DEFAULT_CAP = 100n * NANO_PER_USD;
const DEFAULT_DAYS = 90;
/** Slack takes 100 options in a list; more scopes than these are asked for by name. */
const SCOPES_SHOWN = 60;
/** Each option says what the cap leaves of its budget: worked out for so many, not for all. */
const EFFECTS_SHOWN = 12;
const MODELS_SHOWN = 80;

export async function likeKeys(
  asking: Asking,
  scopeIds: readonly number[],
): Promise<Suggestion | undefined> {
  const { org, pool, today } = asking;
  const keys = await listKeys(pool, { orgId: org.id, states: ["active"] });
  const usages = await loadUsage(pool, org.id, keys, today);
  const alike = similarKeys(usages, { environment: undefined, scopeIds });
  return suggestCap(alike.map(({ lately }) => lately));
}

/** Models by name: what the allow-lists name, and what was used here that they allow. */
async function modelOptions(
  asking: Asking,
  roster: Roster,
  scopes: readonly NamedScope[],
): Promise<{ models: string[]; anyAllowed: boolean }> {
  const lists: (readonly string[])[] = [];
  for (const { id } of scopes.slice(0, EFFECTS_SHOWN)) {
    lists.push(await findAllowList(asking.pool, roster, id));
  }
  const anyAllowed = lists.some((list) => list.length === 0);
  const used = await listDimensionValues(asking.pool, asking.org.id, "model");
  const names = used
    .map(({ value }) => value)
    .filter((value) => lists.some((list) => isModelAllowed(list, value)));
  const exact = lists.flat().filter((pattern) => !pattern.includes("*"));
  const models = [...new Set([...exact, ...names])].sort().slice(0, MODELS_SHOWN);
  return { models, anyAllowed };
}

async function scopeOptions(
  asking: Asking,
  roster: Roster,
  scopes: readonly NamedScope[],
  cap: bigint,
): Promise<{ value: string; label: string }[]> {
  const terms = { capAmount: cap, capPeriod: "month" as const, models: [], untilDay: undefined };
  const { pool, today } = asking;
  const options = [];
  for (const [index, { id, path }] of scopes.slice(0, SCOPES_SHOWN).entries()) {
    const leaves =
      index < EFFECTS_SHOWN
        ? ` (${leavesSaid(await loadEffect(pool, { roster, scopeId: id, terms, today }))})`
        : "";
    options.push({ value: String(id), label: `${path}${leaves}`.slice(0, 75) });
  }
  return options;
}

function nowhere(): Refusal {
  return new Refusal(
    "no_scope",
    "For which team?",
    "You belong to no team that I know, so there is no budget that a key could draw on.",
    {
      kind: "forbidden",
      help: "Whoever keeps aispend.yaml can add you: members: [you] of your team.",
      actions: [askButton("whoami")],
    },
  );
}

/** The form for a key. The token may name a scope, which is then chosen. */
export async function requestForm(asking: Asking, token: string): Promise<Form> {
  const personId = asking.asker.personId ?? 0;
  const all = await scopesOf(asking, personId);
  const [first] = all;
  if (first === undefined) throw nowhere();
  const roster = await loadRoster(asking.pool, asking.org.id);
  const like = await likeKeys(
    asking,
    all.map(({ id }) => id),
  );
  const cap = like?.cap ?? DEFAULT_CAP;
  const scopes = await scopeOptions(asking, roster, all, cap);
  const chosen = scopes.find(({ value }) => value === token) ?? scopes[0];
  const { models, anyAllowed } = await modelOptions(asking, roster, all);
  const compared =
    like === undefined
      ? "There are no similar keys to compare with yet."
      : `Similar keys use ${saidUsd(like.median)} a month (median): ${saidUsd(like.cap)} would do.`;
  return {
    title: "Request a key",
    intro:
      `Beside each scope stands what ${saidUsd(cap)} a month leaves of its budget. ` +
      `${compared} The cost centre is the scope's. ` +
      "The secret is shown to you alone, once, after the approval.",
    verb: "key_request",
    token: "new",
    submitLabel: "Request",
    fields: [
      {
        kind: "choice",
        name: "scope",
        label: "Scope",
        required: true,
        initial: chosen?.value ?? "",
        options: scopes,
      },
      {
        kind: "text",
        name: "use",
        label: "What is it for?",
        hint: "One key, one use. Prompts, names and secrets do not belong here.",
        required: true,
        multiline: true,
        maxLength: 500,
      },
      ...modelFields(models, anyAllowed),
      {
        kind: "money",
        name: "cap",
        label: "Cap",
        ...(like === undefined ? {} : { hint: compared }),
        required: true,
        initial: usdDecimal(cap),
      },
      {
        kind: "choice",
        name: "period",
        label: "Cap for each",
        required: true,
        initial: "month",
        options: ["day", "week", "month"].map((value) => ({ value, label: value })),
      },
      {
        kind: "date",
        name: "until",
        label: "Last day",
        required: false,
        initial: addDays(asking.today, DEFAULT_DAYS),
      },
      ...useFields(),
    ],
  };
}

function modelFields(models: readonly string[], anyAllowed: boolean): FormField[] {
  const hint = anyAllowed
    ? "Names or patterns such as claude-haiku-*, with commas; none chosen and none here: any model"
    : "Others need whoever sets cost policy; with commas";
  const more: FormField = {
    kind: "text",
    name: "more_models",
    label: "Other models",
    hint,
    required: false,
    maxLength: 500,
  };
  if (models.length === 0) return [more];
  const options = models.map((value) => ({ value, label: value }));
  return [
    { kind: "choice", name: "models", label: "Models", required: false, multiple: true, options },
    more,
  ];
}

function useFields(): FormField[] {
  const text = { kind: "text", required: false, maxLength: 80 } as const;
  return [
    { ...text, name: "environment", label: "Environment", hint: "Such as ci, staging, production" },
    { ...text, name: "job", label: "CI job" },
    {
      ...text,
      name: "service",
      label: "For a service",
      hint: "Its name; left empty, the key is for you",
    },
    {
      ...text,
      name: "owner",
      label: "Owner of the service",
      hint: "Name or e-mail of the person who answers for it; left empty, you",
    },
    { ...text, name: "name", label: "Name of the key", hint: "Made from the job where left empty" },
  ];
}
