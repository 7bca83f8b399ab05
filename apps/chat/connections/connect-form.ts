import { ConnectionSettings, SourceKind } from "#core/connections/schema.ts";
import { requirePermission } from "#core/org/permission.ts";
import { loadRoster } from "#core/org/roster.ts";
import type { Asking } from "../asking.ts";
import { askButton, Refusal } from "../refusal.ts";
import type { AnswerBody } from "../spend/spend-answer.ts";
import type { Form, FormField, Press } from "../surface.ts";
import { SOURCE_WORDS } from "./source-words.ts";

/** The A of any activity at the top, asked anew at every press. */
export async function requireConnector(asking: Asking): Promise<number | undefined> {
  const { asker, org, pool, now } = asking;
  if (asker.operator) return undefined;
  if (asker.personId === undefined) {
    throw new Refusal("person_needed", "Who connects it?", "This account is linked to nobody.", {
      kind: "forbidden",
      actions: [askButton("link")],
    });
  }
  const question = { action: "connect_source", scopeId: 0, now } as const;
  requirePermission(await loadRoster(pool, org.id), asker.personId, question);
  return asker.personId;
}

function kindOf(token: string): SourceKind {
  const read = SourceKind.safeParse(token);
  if (read.success) return read.data;
  throw new Refusal("source_unknown", "No longer there", "This source cannot be connected.", {
    kind: "not_found",
    actions: [askButton("connect")],
  });
}

export async function connectForm(asking: Asking, token: string): Promise<Form> {
  await requireConnector(asking);
  const kind = kindOf(token);
  const { title, key, madeAt, extra } = SOURCE_WORDS[kind];
  const fields: FormField[] = [
    {
      kind: "text",
      name: "secret",
      label: "Key",
      hint: `${key.slice(0, 1).toUpperCase()}${key.slice(1, 140)}`,
      required: true,
      secret: true,
      maxLength: 500,
    },
    {
      kind: "text",
      name: "name",
      label: "Name",
      hint: "What aispend calls it",
      required: true,
      maxLength: 40,
      initial: kind,
    },
  ];
  if (extra !== undefined) {
    fields.push({
      kind: "text",
      required: true,
      maxLength: 300,
      name: extra.name,
      label: extra.label,
      hint: extra.hint,
    });
  }
  return {
    title: `Connect ${title}`.slice(0, 24),
    intro:
      `The key is made at ${madeAt}. ` +
      "aispend encrypts it, only reads with it, and shows it to nobody.",
    verb: "connect_source",
    token: kind,
    submitLabel: "Connect",
    fields,
  };
}

function invalid(what: string, help: string): Refusal {
  return new Refusal("connect_form_invalid", "That does not fit yet", what, { help });
}

/** Stores the key sealed; the worker tries it within a minute and reads. No answer repeats it. */
export async function connectedAnswer(asking: Asking, press: Press): Promise<AnswerBody> {
  const personId = await requireConnector(asking);
  const kind = kindOf(press.token);
  const { title, pattern, key, madeAt, extra } = SOURCE_WORDS[kind];
  const { connectSource, org, surface, asker } = asking;
  if (connectSource === undefined) {
    throw new Refusal("connect_not_here", "Not from here", "This process keeps no keys.", {
      kind: "unprocessable",
      help: `On the machine of aispend: aispend connect ${kind}`,
    });
  }
  const secret = press.values.secret?.trim() ?? "";
  if (secret === "" || /\s/.test(secret) || pattern?.test(secret) === false) {
    throw invalid(`That is no ${key}.`, `Make one at ${madeAt}.`);
  }
  const given = extra === undefined ? {} : { [extra.name]: press.values[extra.name]?.trim() };
  const settings = ConnectionSettings.safeParse(given);
  if (!settings.success)
    throw invalid(`${extra?.label ?? "A setting"} is not written right.`, extra?.hint ?? "");
  const connection = await connectSource({
    orgId: org.id,
    kind,
    name: press.values.name?.trim() || kind,
    settings: settings.data,
    secret,
    by: { actor: personId ?? "operator", actorAccount: asker.account, surface },
  });
  return {
    command: "connections",
    title: `${title} is connected as ${connection.name}`,
    sentence:
      "aispend tries the key within a minute, reads 90 days and then shows you the whole bill.",
    notes: ["Meanwhile you can ask how it goes: connections"],
    source: { basis: "none" },
    actions: [askButton("connections", "How it goes")],
  };
}
